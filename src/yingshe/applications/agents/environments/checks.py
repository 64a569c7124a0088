"""What options of environments may be."""

from yingshe.errors import UserError


def check_counts(**counts: int) -> None:
    """Raises UserError where a count is below 1."""
    for name, count in counts.items():
        if count < 1:
            raise UserError(f"{name} is {count}; it must be 1 or more.")


def check_probability(name: str, value: float) -> None:
    """Raises UserError unless the value is from 0 to 1."""
    if not 0 <= value <= 1:
        raise UserError(f"{name} is {value}; it must be from 0 to 1.")
