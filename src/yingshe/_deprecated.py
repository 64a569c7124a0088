"""Names of 0.1, which work for one release with a DeprecationWarning that names the new one.

The tables are in `yingshe._deprecated_names`. Modules are prepared when they are imported, so that
no other file knows of old names. To end the support of 0.1, delete both files and the two lines in
`yingshe/__init__.py` that call `install`.
"""

import functools
import importlib
import inspect
import sys
import warnings
from collections.abc import Callable
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from yingshe._deprecated_names import ARGUMENTS, METHODS, MODULES, NAMES, VALUES


def warn_renamed(old: str, new: str, *, stacklevel: int = 3) -> None:
    """Warn that a name of 0.1 was used.

    Args:
        old: The name of 0.1.
        new: The present name.
        stacklevel: Number of frames up to the caller that the warning names.
    """
    warnings.warn(f"yingshe: {old} is now {new}.", DeprecationWarning, stacklevel=stacklevel)


def install() -> None:
    """Let names of 0.1 work from now on, in modules that are imported later."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def resolve(path: str) -> Any:
    """Import the modules of a dotted path and look up the rest.

    Args:
        path: Dotted path of a module, a class, a function or a method.

    Returns:
        The object.
    """
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:end])
        try:
            value = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise  # a package that an extra installs
            continue
        for part in parts[end:]:
            # A function goes before the module of its name that defines it.
            if inspect.ismodule(value) and not hasattr(value, part):
                value = importlib.import_module(f"{value.__name__}.{part}")
            else:
                value = getattr(value, part)
        return value
    return importlib.import_module(path)


def _owner(path: str) -> str:
    return path.rpartition(".")[0]


def _module_of(path: str) -> str:
    """Return the module part of a path: up to the first part that begins with a capital letter."""
    parts = path.split(".")
    for i, part in enumerate(parts):
        if part[:1].isupper():
            return ".".join(parts[:i])
    return _owner(path)


_PREPARED = {_owner(name) for name in NAMES} | {
    _module_of(path) for path in (*ARGUMENTS, *METHODS, *VALUES)
}
"""Modules that need something of this file."""


def _prepare(module: ModuleType) -> None:
    """Give a module that was just executed its old names, arguments and methods."""
    name = module.__name__
    for path in {*ARGUMENTS, *VALUES}:
        if _module_of(path) == name:
            _accept_old(module, path.removeprefix(f"{name}.").split("."), path)
    for path, methods in METHODS.items():
        if _module_of(path) == name and (cls := vars(module).get(path.rpartition(".")[2])):
            for old, new in methods.items():
                setattr(cls, old, _old_attribute(path, old, new, cls))
    if any(_owner(old) == name for old in NAMES):
        fallback = vars(module).get("__getattr__")
        vars(module)["__getattr__"] = _getattr_of(name, fallback)


def _accept_old(module: ModuleType, parts: list[str], path: str) -> None:
    owner: Any = module
    for part in parts[:-1]:
        owner = inspect.getattr_static(owner, part)
    target = vars(owner).get(parts[-1])
    if target is None:  # imported lazily, and prepared in the module that defines it
        return
    if inspect.isclass(target):
        # A named tuple takes its arguments in __new__.
        method = "__new__" if target.__init__ is object.__init__ else "__init__"
        if not hasattr(getattr(target, method), "__accepts__"):
            type.__setattr__(target, method, _accepting(getattr(target, method), path))
    elif isinstance(target, classmethod):
        setattr(owner, parts[-1], classmethod(_accepting(target.__func__, path)))
    else:
        setattr(owner, parts[-1], _accepting(target, path))


def _accepting(function: Callable, path: str) -> Callable:
    renamed, values = ARGUMENTS.get(path, {}), VALUES.get(path, {})
    name = path.rpartition(".")[2]

    @functools.wraps(function)
    def accepting(*args, **kwargs):
        for old in renamed.keys() & kwargs.keys():
            new = renamed[old]
            warn_renamed(f"{name}({old}=…)", f"{new}=…")
            if new in kwargs:
                raise TypeError(f"{name} got both '{old}' and '{new}', which are the same.")
            kwargs[new] = kwargs.pop(old)
        for argument in values.keys() & kwargs.keys():
            value = kwargs[argument]
            if isinstance(value, str) and value in values[argument]:
                kwargs[argument] = values[argument][value]
                warn_renamed(f"{argument}='{value}'", f"{argument}='{kwargs[argument]}'")
        return function(*args, **kwargs)

    vars(accepting)["__accepts__"] = renamed
    return accepting


def _old_attribute(path: str, old: str, new: str, cls: type) -> Any:
    target = inspect.getattr_static(cls, new, None)
    name = path.rpartition(".")[2]
    if isinstance(target, classmethod | staticmethod):

        def call_class(owner, *args, **kwargs):
            warn_renamed(f"{name}.{old}", f"{name}.{new}")
            return getattr(owner, new)(*args, **kwargs)

        return classmethod(call_class)
    if inspect.isfunction(target):

        def call(self, *args, **kwargs):
            warn_renamed(f"{name}.{old}", f"{name}.{new}")
            return getattr(self, new)(*args, **kwargs)

        return call

    def get(self):
        warn_renamed(f"{name}.{old}", f"{name}.{new}")
        return getattr(self, new)

    return property(get)


def _getattr_of(module: str, fallback: Callable[[str], Any] | None) -> Callable[[str], Any]:
    """Return a module's `__getattr__` (PEP 562) that resolves its names of 0.1."""

    def getattr_(name: str) -> Any:
        new = NAMES.get(f"{module}.{name}")
        if new is not None:
            warn_renamed(f"{module}.{name}", new)
            return resolve(new)
        if fallback is not None:
            return fallback(name)
        raise AttributeError(f"module '{module}' has no attribute '{name}'")

    return getattr_


class _Finder:
    """Finds modules that have moved, and prepares those that have old names."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return a spec for a module of the tables; None leaves it to the other finders."""
        if name in MODULES:
            return ModuleSpec(name, _MovedModule(), is_package=True)
        if name not in _PREPARED:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Preparing(spec.loader)
                return spec
        return None


class _Preparing(Loader):
    """A loader that prepares the module that another one has executed."""

    def __init__(self, inner: Loader):
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._inner.exec_module(module)
        _prepare(module)


class _MovedModule(Loader):
    """A loader of modules that have moved; their names are looked up in the new ones."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        old = module.__name__
        new = MODULES[old]
        warn_renamed(old, new, stacklevel=5)

        def fallback(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return getattr(importlib.import_module(new), name)

        vars(module)["__getattr__"] = _getattr_of(old, fallback)
