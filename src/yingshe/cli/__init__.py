"""The command line: `yingshe COMMAND`, with the commands of `COMMANDS`."""

import importlib
import sys
import warnings
from collections.abc import Sequence

from yingshe.errors import UserError, did_you_mean

COMMANDS = {
    "demo": "train two learners in under a minute and see them read new tasks",
    "train": "meta-train a learner over a family of tasks, or over your own table",
    "evaluate": "judge a trained learner on tasks it never saw, shot by shot",
    "adapt": "read a few pairs of a new task and write predictions with intervals",
    "compare": "train several learners alike and say which to take, and why",
    "relate": "how tasks relate: distances between their mappings, a map, neighbours",
    "tasks": "list the families of tasks, or describe one, or describe a table",
    "arm": "log arms with unknown loads in simulation, and train a learner of them",
    "grasp": "log grasps with unknown offsets in simulation, and train a learner of them",
    "metaworld": "record manipulation, and train a learner of policies from demonstrations",
    "walker": "log damaged walkers in simulation, and train learners of them",
    "intents": "teach what sentences ask for, in any language, from a few examples of each",
    "pronounce": "say the words of a new language, after reading a few of them",
    "lemmas": "teach dictionary forms of a language from a few pairs, and ask for others",
}

_HELP = f"""usage: yingshe COMMAND ...

Meta-learning: a network reads a few (x, y) pairs of a new task and is, from then on, that mapping.

commands:
{chr(10).join(f"  {name:10}{what}" for name, what in COMMANDS.items())}

start with:
  yingshe demo
  yingshe train sinusoid --run runs/waves && yingshe evaluate runs/waves
  yingshe train mydata.csv --task subject --inputs age --outputs weight --run runs/mine

`yingshe COMMAND --help` says more.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 2 after bad input, told in one line on stderr."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = _show_warning
            _check_text(words)
            _run(words)
    except UserError as error:
        return _refuse(str(error))
    except OSError as error:
        # A full disk, a folder without permission: ours to say, not a defect to trace.
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{where}{error.strerror or error}")
    except KeyboardInterrupt:
        print("yingshe: stopped", file=sys.stderr)
        return 130
    except SystemExit as stop:  # of --help
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def _check_text(words: list[str]) -> None:
    """Raises UserError where a word holds bytes that the terminal's encoding has no letters for."""
    for word in words:
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            raise UserError(f"{word!a} is not text in the terminal's encoding; type UTF-8.")


def _run(words: list[str]) -> None:
    if not words or words[0] in ("-h", "--help", "help"):
        print(_HELP, end="")
        return
    command, *rest = words
    if command == "--version":
        from importlib.metadata import version

        print(f"yingshe {version('yingshe')}")
        return
    if command not in COMMANDS:
        raise UserError(f"There is no command '{command}'." + did_you_mean(command, COMMANDS))
    # Only the command that is asked for: each imports much that the others do not need.
    importlib.import_module(f"yingshe.cli.{command}").run(rest)


def _refuse(message: str) -> int:
    print(f"yingshe: {' '.join(message.split())}", file=sys.stderr)
    return 2


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:
    if issubclass(category, UserWarning):
        print(f"yingshe: note: {' '.join(str(message).split())}", file=sys.stderr)
