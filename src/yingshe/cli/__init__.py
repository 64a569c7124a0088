"""Command line: `yingshe COMMAND`. Imports only the module of the command."""

import importlib
import sys
import warnings
from collections.abc import Sequence

from yingshe._version import __version__
from yingshe.applications import APPLICATIONS
from yingshe.command_line.command import Command
from yingshe.errors import UserError, did_you_mean

COMMANDS = {
    "demo": "train two learners in under a minute and adapt them to new tasks",
    "train": "meta-train a learner on a task family or on your own table",
    "evaluate": "evaluate a trained model on held-out tasks, by number of shots",
    "adapt": "adapt to a new task from a few pairs and write predictions",
    "compare": "train several learners on equal budgets and recommend one",
    "relate": "measure distances between tasks, draw a map, find neighbors",
    "tasks": "list task families, or describe one, or a table",
    "zoo": "list the trained models that are shipped",
    "completion": "print a shell completion script",
}
"""Commands of the core with a summary; those of applications are in `APPLICATIONS`."""

RENAMED = {"walker": "locomotion", "pronounce": "g2p", "lemmas": "lemmatize"}
"""Commands of 0.1, which work for one release."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Command-line arguments; by default those of the process.

    Returns:
        Exit status: 0; 2 after bad input, with one line on the standard error; 130 when
        interrupted.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.simplefilter("always", DeprecationWarning)
            warnings.showwarning = _show_warning
            _check_utf8(args)
            _run(args)
    except UserError as error:
        return _fail(str(error))
    except OSError as error:
        # A full disk or a missing permission is no defect: no traceback.
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")
    except KeyboardInterrupt:
        print("yingshe: stopped", file=sys.stderr)
        return 130
    except SystemExit as stop:  # of --help
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def usage() -> str:
    """Return the text of `yingshe --help`."""
    lines = [
        "usage: yingshe COMMAND ...",
        "",
        "Meta-learning: a network observes a few (x, y) pairs of a new task and then predicts",
        "with its mapping.",
    ]
    groups = {"commands": COMMANDS}
    for name, application in APPLICATIONS.items():
        groups.setdefault(application.group, {})[name] = application.summary
    for group, commands in groups.items():
        lines += ["", f"{group}:", *(f"  {name:12}{text}" for name, text in commands.items())]
    lines += [
        "",
        "start with:",
        "  yingshe demo",
        "  yingshe train sinusoid --run-dir runs/waves && yingshe evaluate runs/waves",
        "  yingshe train mydata.csv --task subject --inputs age --outputs weight",
        "",
        "`yingshe COMMAND --help` says more.",
        "",
    ]
    return "\n".join(lines)


def command_of(application: str) -> Command:
    """Import the command of an application.

    Args:
        application: Key of `APPLICATIONS`.

    Returns:
        The command; it is called with the arguments after its name.
    """
    package = APPLICATIONS[application].package
    return importlib.import_module(f"{package}.cli").COMMAND


def _check_utf8(args: list[str]) -> None:
    """Raise UserError where an argument holds bytes that are not text."""
    for arg in args:
        if any("\ud800" <= letter <= "\udfff" for letter in arg):
            raise UserError(f"{arg!a} is not text in the terminal's encoding; type UTF-8.")


def _run(args: list[str]) -> None:
    if not args or args[0] in ("-h", "--help", "help"):
        print(usage(), end="")
        return
    command, *rest = args
    if command == "--version":
        print(f"yingshe {__version__}")
        return
    if command in RENAMED:
        new = RENAMED[command]
        warnings.warn(
            f"`yingshe {command}` is now `yingshe {new}`.", DeprecationWarning, stacklevel=1
        )
        command = new
    if command in APPLICATIONS:
        command_of(command)(rest)
        return
    if command not in COMMANDS:
        known = [*COMMANDS, *APPLICATIONS]
        raise UserError(f"There is no command '{command}'." + did_you_mean(command, known))
    importlib.import_module(f"yingshe.cli.{command}").run(rest)


def _fail(message: str) -> int:
    print(f"yingshe: {' '.join(message.split())}", file=sys.stderr)
    return 2


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:
    if issubclass(category, UserWarning) or (
        issubclass(category, DeprecationWarning) and "yingshe" in str(message)
    ):
        print(f"yingshe: note: {' '.join(str(message).split())}", file=sys.stderr)
