"""Data flows one way, and an import against the arrow fails here."""

import ast
from pathlib import Path

import yingshe

SOURCE = Path(yingshe.__file__).parent

# Every module may import from its own row and from the rows above it.
ROWS = [
    {"_deprecated", "_deprecated_names", "_jax_config", "_version", "errors"},
    {"_format_0_1", "_jit_cache", "_linalg", "_validation", "pairs", "prediction", "text"},
    {"standardizer"},
    {"tasks", "learners"},
    {"serialization", "mapping"},
    {"training", "zoo"},
    {"evaluation"},
    {"command_line", "estimators"},
    {"applications"},
    {"cli"},
]
# Side by side in one row, yet neither may know the other.
STRANGERS = [("tasks", "learners"), ("learners", "tasks")]


def test_every_module_has_its_row():
    modules = {p.stem if p.is_file() else p.name for p in SOURCE.iterdir() if _is_code(p)}
    assert modules - {"__init__"} == set.union(*ROWS)


def test_no_import_against_the_arrow():
    row_of = {name: row for row, names in enumerate(ROWS) for name in names}
    against = []
    for path in SOURCE.rglob("*.py"):
        here = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        if here in ("__init__", "__main__"):
            continue
        for there in _imported(path):
            if row_of[there] > row_of[here] or (here, there) in STRANGERS:
                against.append(f"{path.relative_to(SOURCE)} imports {there}")
    assert against == []


def _imported(path: Path) -> set[str]:
    """The first-level modules of the package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("yingshe.")}
    return found


def _is_code(path: Path) -> bool:
    return path.suffix == ".py" or any(path.glob("*.py"))
