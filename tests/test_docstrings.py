"""Docstrings of everything public: how they begin, and what they list."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yingshe

SOURCE = Path(yingshe.__file__).parent
RIDDLE = re.compile(r"(What|Which|How|Of|Whether|Whoever|Who)\b")


def test_no_docstring_begins_with_a_riddle():
    """Breaks when a docstring begins with What, Which, How or Of instead of a verb or a noun."""
    riddles = [
        f"{place}: {text.splitlines()[0]}"
        for place, _, text in documented(private=True)
        if RIDDLE.match(text)
    ]
    assert riddles == []


def test_public_functions_list_their_arguments_and_what_they_return():
    """Breaks when fewer than nine in ten public docstrings have the sections they need."""
    lacking, total = [], 0
    for place, node, text in documented(private=False):
        if not isinstance(node, ast.FunctionDef) or is_property(node):
            continue
        total += 1
        if takes_arguments(node) and "Args:" not in text:
            lacking.append(f"{place} lacks Args")
        elif gives_something(node) and not re.search(
            r"Returns:|Yields:|^Returns? |^Yields? ", text
        ):
            lacking.append(f"{place} lacks Returns")
    assert len(lacking) <= 0.1 * total, "\n".join(lacking)


def documented(*, private: bool) -> Iterator[tuple[str, ast.AST, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        relative = path.relative_to(SOURCE)
        hidden = any(part.startswith("_") for part in relative.with_suffix("").parts)
        if hidden and not private and path.name != "__init__.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from _walk(tree, str(relative), private=private)


def _walk(node: ast.AST, place: str, *, private: bool) -> Iterator[tuple[str, ast.AST, str]]:
    text = ast.get_docstring(node) if isinstance(node, _DOCUMENTED) else None
    if text:
        yield place, node, text
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef | ast.FunctionDef):
            continue
        hidden = child.name.startswith("_") and child.name != "__call__"
        if (hidden and not private) or (isinstance(node, ast.FunctionDef) and not private):
            continue
        yield from _walk(child, f"{place}:{child.name}", private=private)


_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def is_property(node: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def takes_arguments(node: ast.FunctionDef) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return any(argument.arg not in ("self", "cls") for argument in arguments)


def gives_something(node: ast.FunctionDef) -> bool:
    return node.returns is not None and ast.unparse(node.returns) not in ("None", "Self")
