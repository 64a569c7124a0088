"""Hash the code and the models that a benchmark's figures depend on.

Imports are followed in the source, without running it. Comments, docstrings and formatting do not
count. Of the benchmark's own file only what its `run` reaches counts, so that titles and prose may
change without a new measurement.
"""

import ast
import functools
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = {"yingshe": ROOT / "src" / "yingshe", "benchmarks": ROOT / "benchmarks"}
_INFRASTRUCTURE = frozenset(
    f"benchmarks.{name}"
    for name in (
        "_benchmark",
        "_code_hash",
        "_figures",
        "_registry",
        "_results",
        "_run",
        "_staleness",
        "_tables",
    )
)
"""Modules that record and report figures; they do not affect them."""

Bindings = dict[str, tuple[str, str | None]]
"""Local name -> module of origin, and name in that module."""


def hash_code(benchmark: str) -> dict[str, str]:
    """Return a hash of each module that the figures of a benchmark depend on.

    Args:
        benchmark: Name of the benchmark.

    Returns:
        Hexadecimal hashes by module name, of yingshe and of benchmarks.
    """
    name = f"benchmarks.{benchmark}"
    definitions = _reachable(_parse(name), "measure")
    hashes = {name: _hash("".join(_dump(node) for node in definitions))}
    pending = set(_used_modules(definitions, _bindings(name)))
    while pending:
        module = pending.pop()
        if module in hashes or module in _INFRASTRUCTURE:
            continue
        tree = _parse(module)
        hashes[module] = _hash(_dump(tree))
        pending |= set(_used_modules([tree], _bindings(module)))
    return dict(sorted(hashes.items()))


def hash_models(models: Iterable[str]) -> dict[str, str]:
    """Return a hash of the tensors of each model of the zoo, whatever their names are.

    Args:
        models: Names in the zoo.
    """
    return {
        model: _hash_tensors(PACKAGES["yingshe"] / "zoo" / f"{model}.safetensors")
        for model in models
    }


def _hash_tensors(path: Path) -> str:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        tensors = [file.get_tensor(key) for key in file.keys()]  # noqa: SIM118
    parts = sorted(f"{t.dtype}{t.shape}".encode() + t.tobytes() for t in tensors)
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _dump(node: ast.AST | list | object) -> str:
    """Return the structure of code without docstrings, the same in all versions of Python."""
    if isinstance(node, list):
        return "[" + ",".join(_dump(entry) for entry in node) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = dict(ast.iter_fields(node))
    if isinstance(fields.get("body"), list):
        fields["body"] = [entry for entry in fields["body"] if not _is_text(entry)]
    parts = [f"{k}={_dump(v)}" for k, v in fields.items() if v is not None and v != []]
    return f"{type(node).__name__}({','.join(parts)})"


def _is_text(node: ast.AST) -> bool:
    """Return True for a string statement: the docstring of a module, class, function or field."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _reachable(tree: ast.Module, start: str) -> list[ast.stmt]:
    """Return the top-level statements that a function needs, imports apart, in their order."""
    defined: dict[str, ast.stmt] = {}
    for node in tree.body:
        for name in _defined_names(node):
            defined[name] = node
    reachable, pending = [], [start]
    while pending:
        node = defined.get(pending.pop())
        if node is None or node in reachable:
            continue
        reachable.append(node)
        pending += [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    return [node for node in tree.body if node in reachable]


def _defined_names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


@functools.cache
def _parse(module: str) -> ast.Module:
    path = _file(module)
    if path is None:
        raise ValueError(f"There is no module {module}.")
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def _file(module: str) -> Path | None:
    root, *parts = module.split(".")
    if root not in PACKAGES:
        return None
    path = PACKAGES[root].joinpath(*parts)
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


@functools.cache
def _bindings(module: str) -> Bindings:
    """Return the names that imports of our packages bind, anywhere in a module."""
    bindings: Bindings = {}
    for node in ast.walk(_parse(module)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in PACKAGES:
                    bound = alias.asname or alias.name.split(".")[0]
                    bindings[bound] = (alias.name if alias.asname else bound, None)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES:
            for alias in node.names:
                bindings[alias.asname or alias.name] = (node.module or "", alias.name)
    return bindings


def _used_modules(nodes: Iterable[ast.AST], bindings: Bindings) -> Iterator[str]:
    """Yield the modules whose names are used, through packages that only re-export them."""
    for node in nodes:
        for part in ast.walk(node):
            chain = _chain(part)
            if chain and chain[0] in bindings:
                module, name = bindings[chain[0]]
                names = ([name] if name else []) + chain[1:]
                yield from _resolve(module, names)


def _chain(node: ast.AST) -> list[str]:
    """Return ["ys", "tasks", "Linear"] of ys.tasks.Linear."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


def _resolve(module: str, names: list[str]) -> Iterator[str]:
    """Yield the module in which a dotted name is defined."""
    while names and _file(f"{module}.{names[0]}"):
        module, names = f"{module}.{names[0]}", names[1:]
    path = _file(module)
    if path is None:
        return
    if path.name == "__init__.py" and not names:
        if module not in PACKAGES:
            yield module
        return
    if path.name == "__init__.py" and names[0] in _bindings(module):
        source, name = _bindings(module)[names[0]]
        yield from _resolve(source, ([name] if name else []) + names[1:])
    elif path.name == "__init__.py" and _is_lazy(module):
        yield from _submodules(module)
    elif module not in PACKAGES:
        yield module


def _is_lazy(module: str) -> bool:
    """Return True if a package resolves names on access."""
    names = (n.name for n in _parse(module).body if isinstance(n, ast.FunctionDef))
    return "__getattr__" in names


def _submodules(package: str) -> Iterator[str]:
    """Yield all modules of a package, because any of them may define a lazy name."""
    path = _file(package)
    if path is not None and package not in PACKAGES:
        yield package
        for entry in sorted(path.parent.glob("*.py")):
            if entry.stem != "__init__":
                yield f"{package}.{entry.stem}"
