"""Command-line options of a benchmark, from the keyword arguments of its `run`."""

import argparse
import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def add_options(parser: argparse.ArgumentParser, run: Callable[..., Any]) -> None:
    """Add one option for each keyword argument of a function.

    Args:
        parser: Parser of the command line.
        run: Function with keyword-only arguments of type int, str, Path or tuple; "Args:" of its
            docstring are the help texts.
    """
    texts = _argument_texts(run.__doc__ or "")
    for name, parameter in inspect.signature(run).parameters.items():
        default = parameter.default
        required = default is inspect.Parameter.empty
        kind = Path if parameter.annotation is Path else str
        arguments: dict[str, Any] = {"help": texts.get(name, ""), "required": required}
        if isinstance(default, tuple):
            arguments |= {"nargs": "+", "type": type(default[0])}
        elif not required:
            kind = type(default) if default is not None else kind
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            **{"default": None if required else default, "type": kind, **arguments},
        )


def list_required(run: Callable[..., Any]) -> list[str]:
    """Return the required arguments of a function.

    Args:
        run: Function with keyword-only arguments.
    """
    parameters = inspect.signature(run).parameters.items()
    return [name for name, p in parameters if p.default is inspect.Parameter.empty]


def collect_options(parsed: argparse.Namespace, run: Callable[..., Any]) -> dict[str, Any]:
    """Return the keyword arguments of a function from a parsed command line.

    Args:
        parsed: Parsed command line.
        run: Function that was passed to `add_options`.
    """
    values = {name: getattr(parsed, name) for name in inspect.signature(run).parameters}
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}


def format_command(name: str, words: Sequence[str]) -> str:
    """Return the command line that runs a benchmark.

    Args:
        name: Name of the benchmark.
        words: Options as given.
    """
    return " ".join(["python -m benchmarks", name, *words])


def _argument_texts(docstring: str) -> dict[str, str]:
    _, _, rest = inspect.cleandoc(docstring).partition("Args:\n")
    section = re.split(r"\n\n|\n(?=\S)", rest, maxsplit=1)[0]
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}
