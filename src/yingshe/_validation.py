"""Checks of constructor arguments, shared by task families, environments and training settings."""

from yingshe.errors import UserError


def check_interval(name: str, interval: tuple[float, float], *, positive: bool = False) -> None:
    """Raise unless an argument is an interval (low, high) with low ≤ high.

    Args:
        name: Name of the argument.
        interval: Value of the argument.
        positive: Require 0 < low as well.

    Raises:
        UserError: If the interval runs backwards, or is not positive where it must be.
    """
    low, high = interval
    if not low <= high or (positive and low <= 0):
        condition = "0 < low ≤ high" if positive else "low ≤ high"
        raise UserError(f"{name} is {interval}; it must be (low, high) with {condition}.")


def check_nonnegative(name: str, value: float) -> None:
    """Raise if an argument is negative.

    Args:
        name: Name of the argument.
        value: Value of the argument.

    Raises:
        UserError: If the value is below 0.
    """
    if value < 0:
        raise UserError(f"{name} must be 0 or more, got {value}.")


def check_min(name: str, value: int, minimum: int) -> None:
    """Raise if an argument is below its minimum.

    Args:
        name: Name of the argument.
        value: Value of the argument.
        minimum: Smallest value that is allowed.

    Raises:
        UserError: If the value is smaller.
    """
    if value < minimum:
        raise UserError(f"{name} must be at least {minimum}, got {value}.")
