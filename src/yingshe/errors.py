"""Errors that are safe to show: what came, what was wanted and what to do, in one sentence."""

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """Bad input, told in one readable sentence; the command line prints it and exits with 2."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The question after the nearest known name, or the list of all of them."""
    known = list(known)
    nearest = difflib.get_close_matches(name.lower(), [k.lower() for k in known], n=1, cutoff=0.5)
    if nearest:
        original = next(k for k in known if k.lower() == nearest[0])
        return f" Did you mean '{original}'?"
    return f" Choose one of: {', '.join(known)}."
