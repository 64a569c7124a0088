"""Checks of the options that environments share."""

from yingshe._validation import check_min
from yingshe.errors import UserError


def check_counts(**counts: int) -> None:
    """Raise UserError for a count below 1."""
    for name, count in counts.items():
        check_min(name, count, 1)


def check_probability(name: str, value: float) -> None:
    """Raise UserError for a value outside of [0, 1]."""
    if not 0 <= value <= 1:
        raise UserError(f"{name} must be from 0 to 1, got {value}.")
