"""The public surface: what it is, and that names of the last release still work."""

import importlib
import inspect
import json
import re
import warnings
from pathlib import Path

import pytest

from yingshe import _deprecated
from yingshe._deprecated_names import ARGUMENTS, METHODS, MODULES, NAMES

PINNED = json.loads((Path(__file__).parent / "public_api.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("package", PINNED)
def test_the_public_names_are_those_that_are_pinned(package):
    """Breaks when a public name appears or vanishes without a decision."""
    module = importlib.import_module(package)
    assert sorted(module.__all__) == PINNED[package]
    for name in module.__all__:
        assert hasattr(module, name)


@pytest.mark.parametrize("old", NAMES)
def test_an_old_name_warns_and_is_the_new_one(old):
    """Breaks when a name of 0.1 no longer leads to the present one."""
    module, _, name = old.rpartition(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        owner = importlib.import_module(module)
    with pytest.warns(DeprecationWarning, match=NAMES[old].rpartition(".")[2]):
        value = getattr(owner, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert value is _deprecated.resolve(NAMES[old])


@pytest.mark.parametrize("old", MODULES)
def test_an_old_module_can_be_imported(old):
    """Breaks when a module of 0.1 that has moved cannot be imported under its old name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert importlib.import_module(old)
        assert importlib.import_module(MODULES[old])


@pytest.mark.parametrize("path", ARGUMENTS)
def test_old_arguments_are_taken(path):
    """Breaks when a table of old arguments is not applied, or names an argument that is gone."""
    function = _deprecated.resolve(path)
    targets = (function.__init__, function.__new__) if inspect.isclass(function) else (function,)
    assert ARGUMENTS[path] in [getattr(target, "__accepts__", None) for target in targets]
    parameters = inspect.signature(function).parameters
    assert set(ARGUMENTS[path].values()) <= set(parameters)


@pytest.mark.parametrize("path", METHODS)
def test_old_methods_are_there(path):
    """Breaks when a method of 0.1 vanishes from its class."""
    cls = _deprecated.resolve(path)
    for old, new in METHODS[path].items():
        assert inspect.getattr_static(cls, old)
        assert hasattr(cls, new) or any(new in _fields(base) for base in cls.__mro__)


def _fields(cls: type) -> set[str]:
    """Annotated fields, and attributes that methods set."""
    if cls is object:
        return set()
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):
        source = ""
    return {*vars(cls).get("__annotations__", {}), *re.findall(r"self\.(\w+)", source)}
