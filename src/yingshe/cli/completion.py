"""`yingshe completion`: print a shell completion script."""

import argparse
import dataclasses
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path

import shtab

from yingshe.applications import APPLICATIONS
from yingshe.command_line.command import HELP
from yingshe.errors import UserError, did_you_mean

USAGE = """usage: yingshe completion SHELL

Print a shell completion script for commands, actions, models and options.

Prints the script; where your shell looks for it is in the examples.

SHELL    bash, zsh or fish

examples:
  yingshe completion bash > ~/.local/share/bash-completion/completions/yingshe
  yingshe completion zsh > ~/.zfunc/_yingshe
  yingshe completion fish > ~/.config/fish/completions/yingshe.fish
"""

SHELLS = ("bash", "zsh", "fish")
"""Shells with a completion script."""


def run(args: Sequence[str]) -> None:
    """Print the script for a shell.

    Args:
        args: Command-line arguments after `yingshe completion`.

    Raises:
        UserError: The shell is missing or not supported.
    """
    if args and args[0] in HELP:
        print(USAGE, end="")
        return
    if len(args) != 1:
        raise UserError(f"Name one shell: yingshe completion {'|'.join(SHELLS)}.")
    if args[0] not in SHELLS:
        raise UserError(f"There is no completion for '{args[0]}'." + did_you_mean(args[0], SHELLS))
    print(shtab.complete(make_parser(), shell=args[0]))


def make_parser() -> argparse.ArgumentParser:
    """Make a parser of all commands, actions and options, for shtab to read.

    Returns:
        The parser. It completes arguments; it does not parse them.
    """
    from yingshe.cli import COMMANDS, command_of

    parser = argparse.ArgumentParser("yingshe", description="Meta-learning.")
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        choices, options = _describe(name)
        if choices:
            command.add_argument("argument", nargs="*", choices=choices)
        elif name != "completion":
            _complete_files(command.add_argument("argument", nargs="*"))
        for dataclass_ in options:
            _add_options(command, dataclass_)
    for name, application in APPLICATIONS.items():
        command = commands.add_parser(name, help=application.summary)
        actions = command.add_subparsers(dest="action")
        for verb, action in command_of(name).actions.items():
            subparser = actions.add_parser(verb, help=action.summary)
            if action.metavar:
                _complete_files(subparser.add_argument("argument", nargs="*"))
            if action.options is not None:
                _add_options(subparser, action.options)
    return parser


def _describe(command: str) -> tuple[list[str], list[type]]:
    """Return the first arguments and the option dataclasses of a command of the core."""
    from yingshe import zoo
    from yingshe.applications.agents.tasks import ENVIRONMENTS
    from yingshe.cli import adapt, compare, demo, evaluate, relate
    from yingshe.command_line.run_options import RunOptions
    from yingshe.command_line.task_source import TableOptions
    from yingshe.learners import LEARNERS
    from yingshe.tasks import FAMILIES
    from yingshe.training import TrainConfig

    tasks = [*FAMILIES, *ENVIRONMENTS]
    return {
        "demo": ([*APPLICATIONS], [demo.DemoOptions]),
        "train": ([*tasks, *LEARNERS], [TableOptions, TrainConfig, RunOptions]),
        "evaluate": (zoo.list_models(), [evaluate.EvaluateOptions]),
        "adapt": (zoo.list_models(), [adapt.AdaptOptions]),
        "compare": ([*FAMILIES], [TableOptions, compare.CompareOptions, TrainConfig]),
        "relate": (zoo.list_models(), [relate.RelateOptions]),
        "tasks": (tasks, [TableOptions]),
        "zoo": (zoo.list_models(), []),
        "completion": ([*SHELLS], []),
    }[command]


def _add_options(parser: argparse.ArgumentParser, options: type) -> None:
    hints = typing.get_type_hints(options)
    for field in dataclasses.fields(options):
        flag = f"--{field.name.replace('_', '-')}"
        hint = hints[field.name]
        if flag in parser._option_string_actions:  # several dataclasses may have it
            continue
        if hint is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction)
            continue
        choices = _get_choices(hint)
        argument = parser.add_argument(flag, choices=choices or None)
        if Path in _flatten(hint):
            _complete_files(argument)


def _get_choices(hint: object) -> list[str]:
    return [c for c in _flatten(hint) if isinstance(c, str)]


def _flatten(hint: object) -> Iterable[object]:
    """Return the innermost types and literals of an annotation."""
    arguments = typing.get_args(hint)
    if not arguments:
        return [hint]
    return [inner for argument in arguments for inner in _flatten(argument)]


def _complete_files(argument: argparse.Action) -> None:
    argument.complete = shtab.FILE  # pyright: ignore[reportAttributeAccessIssue]
