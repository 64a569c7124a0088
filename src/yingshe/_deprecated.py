"""Names of 0.1, which work for one release with a DeprecationWarning that names the new one.

The tables are in `yingshe._deprecated_names`. To end the support of 0.1, delete both files and the
lines that import them.
"""

import functools
import importlib
import inspect
import sys
import warnings
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, TypeVar

from yingshe._deprecated_names import ARGUMENTS, METHODS, MODULES, NAMES, VALUES

Decorated = TypeVar("Decorated", bound=Callable)


def warn_renamed(old: str, new: str, *, stacklevel: int = 3) -> None:
    """Warn that a name of 0.1 was used.

    Args:
        old: The name of 0.1.
        new: The present name.
        stacklevel: Number of frames up to the caller that is to be blamed.
    """
    warnings.warn(f"yingshe: {old} is now {new}.", DeprecationWarning, stacklevel=stacklevel)


def module_getattr(
    module: str, fallback: Callable[[str], Any] | None = None
) -> Callable[[str], Any]:
    """Return a module's `__getattr__` (PEP 562) that resolves its names of 0.1.

    Args:
        module: Full name of the module.
        fallback: The module's own `__getattr__`, for lazily imported names.
    """

    def getattr_(name: str) -> Any:
        new = NAMES.get(f"{module}.{name}")
        if new is not None:
            warn_renamed(f"{module}.{name}", new)
            return resolve(new)
        if fallback is not None:
            return fallback(name)
        raise AttributeError(f"module '{module}' has no attribute '{name}'")

    return getattr_


def keep_old_names(decorated: Decorated) -> Decorated:
    """Make a function or class accept its arguments and methods of 0.1 as well.

    Args:
        decorated: A function, or a class whose `__init__` is defined or generated.

    Returns:
        The same function wrapped, or the same class with a wrapped `__init__` and old methods.
    """
    path = f"{decorated.__module__}.{decorated.__qualname__}"
    renamed = ARGUMENTS.get(path, {})
    if not inspect.isclass(decorated):
        return _accept(decorated, path, renamed)  # pyright: ignore[reportReturnType]
    if renamed:
        decorated.__init__ = _accept(decorated.__init__, path, renamed)
    for old, new in METHODS.get(path, {}).items():
        setattr(decorated, old, _old_method(path, old, new, decorated))
    return decorated


def install() -> None:
    """Make modules of 0.1 that have moved importable under their old names."""
    if not any(isinstance(finder, _MovedModules) for finder in sys.meta_path):
        sys.meta_path.append(_MovedModules())


def _accept(function: Callable, path: str, renamed: dict[str, str]) -> Callable:
    values = VALUES.get(path, {})

    @functools.wraps(function)
    def accepting(*args, **kwargs):
        for old in renamed.keys() & kwargs.keys():
            new = renamed[old]
            warn_renamed(f"{path}({old}=…)", f"{new}=…")
            if new in kwargs:
                raise TypeError(f"{path} got both '{old}' and '{new}', which are the same.")
            kwargs[new] = kwargs.pop(old)
        for name in values.keys() & kwargs.keys():
            value = kwargs[name]
            if isinstance(value, str) and value in values[name]:
                warn_renamed(f"{path}({name}='{value}')", f"{name}='{values[name][value]}'")
                kwargs[name] = values[name][value]
        return function(*args, **kwargs)

    accepting.__accepts__ = renamed  # pyright: ignore[reportFunctionMemberAccess]
    return accepting


def _old_method(path: str, old: str, new: str, cls: type) -> Any:
    target = inspect.getattr_static(cls, new)
    if isinstance(target, property):

        def get(self):
            warn_renamed(f"{path}.{old}", f"{path}.{new}")
            return getattr(self, new)

        return property(get)
    if isinstance(target, classmethod):

        @functools.wraps(getattr(cls, new))
        def call_class(owner, *args, **kwargs):
            warn_renamed(f"{path}.{old}", f"{path}.{new}")
            return getattr(owner, new)(*args, **kwargs)

        return classmethod(call_class)

    @functools.wraps(target)
    def call(self, *args, **kwargs):
        warn_renamed(f"{path}.{old}", f"{path}.{new}")
        return getattr(self, new)(*args, **kwargs)

    return call


def resolve(path: str) -> Any:
    """Import the longest module in a dotted path and look up the rest.

    Args:
        path: Dotted path of a module, a class, a function or a method.

    Returns:
        The object.
    """
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        name = ".".join(parts[:end])
        try:
            value = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise  # a package that an extra installs
            continue
        for part in parts[end:]:
            value = getattr(value, part)
        return value
    raise ModuleNotFoundError(path)


class _MovedModules:
    """Finder and loader of modules that have moved; asked only after all others."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return a spec for a module of 0.1 that has moved."""
        if name not in MODULES:
            return None
        return ModuleSpec(name, self, is_package=True)  # pyright: ignore[reportArgumentType]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return an empty module; its names are looked up in the new one."""
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Give the module a `__getattr__`."""
        old = module.__name__
        new = MODULES[old]
        warn_renamed(old, new, stacklevel=5)

        def fallback(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return getattr(importlib.import_module(new), name)

        module.__dict__["__getattr__"] = module_getattr(old, fallback)
