"""Errors that are safe to show: the problem, the expected value and the remedy, in one sentence."""

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """Invalid input, explained in one readable sentence.

    The command line prints the sentence and exits with status 2.
    """


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return a suggestion for a misspelt name, to append to an error.

    Args:
        name: The unknown name.
        choices: All valid names.

    Returns:
        " Did you mean '…'?" with the nearest name, or the list of all if none is near.
    """
    choices = list(choices)
    nearest = difflib.get_close_matches(name.lower(), [k.lower() for k in choices], n=1, cutoff=0.5)
    if nearest:
        original = next(k for k in choices if k.lower() == nearest[0])
        return f" Did you mean '{original}'?"
    return f" Choose one of: {', '.join(choices)}."
