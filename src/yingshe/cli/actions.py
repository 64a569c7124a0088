"""What the commands of applications share: an action, the files it is about, and its options."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from yingshe.cli.extras import needs
from yingshe.errors import UserError, did_you_mean

Action = Callable[[Sequence[str], Sequence[str]], None]
"""(files, folders or words that were named, words of the options) -> None."""

_HELP = ("-h", "--help")


def run_action(
    command: str,
    words: Sequence[str],
    actions: Mapping[str, Action],
    *,
    usage: str,
    about: str,
    packages: Sequence[str],
    extra: str = "robots",
) -> None:
    """Carry out `yingshe COMMAND ACTION FILE [options]`, or print the usage.

    `about` is what stands for the file in the usage; `packages` are wanted, of the extra.
    Raises UserError where there is no such action, or nothing is named.
    """
    if not words or words[0] in _HELP:
        print(usage, end="")
        return
    action, *rest = words
    if action not in actions:
        raise UserError(f"There is no '{command} {action}'." + did_you_mean(action, actions))
    named = next((i for i, word in enumerate(rest) if word.startswith("-")), len(rest))
    if not named and not (rest and rest[0] in _HELP):
        raise UserError(f"Name what it is about first: yingshe {command} {action} {about}.")
    needs(*packages, extra=extra)
    actions[action](rest[:named], rest[named:])


def only(named: Sequence[str], about: str) -> Path:
    """The one that was named, or `about` where help is asked for. Raises UserError on several."""
    if len(named) > 1:
        raise UserError(f"{len(named)} are named ({', '.join(named)}); name one.")
    return Path(named[0] if named else about)
