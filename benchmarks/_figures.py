"""Write figures as text."""

import json
from collections.abc import Sequence

from benchmarks._benchmark import Value

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int | None = None) -> str:
    """Return a number as text, with a proper minus sign.

    Args:
        value: Number.
        digits: Digits after the point; None for three significant digits, with a power of ten if
            the number is very small or very large.
    """
    if digits is not None:
        text = f"{round(value, digits) + 0.0:,.{digits}f}"  # + 0.0: no negative zero
    elif value == 0:
        text = "0"
    elif 1e-3 <= abs(value) < 1e5:
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".removesuffix(".")
    else:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPT)}".replace("-", "−")
    return text.replace("-", "−")


def interval(value: Sequence[float], digits: int | None = None, scale: float = 1) -> str:
    """Return "mean [low, high]" of a 95 % interval.

    Args:
        value: Mean, low and high end.
        digits: Digits after the point, as for `number`.
        scale: Factor of all three.
    """
    mean, low, high = (number(scale * part, digits) for part in value)
    return f"{mean} [{low}, {high}]"


def series(values: Sequence[float], digits: int | None = None, scale: float = 1) -> str:
    """Return "a / b / c".

    Args:
        values: Numbers.
        digits: Digits after the point, as for `number`.
        scale: Factor of all.
    """
    return " / ".join(number(scale * value, digits) for value in values)


def format_value(value: Value, digits: int | None = None, scale: float = 1) -> str:
    """Return the text of a table's cell.

    Args:
        value: Number, text, interval or None.
        digits: Digits after the point, as for `number`.
        scale: Factor of numbers.
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return number(scale * value, digits)
    if value[0] == value[1] == value[2]:
        return number(scale * value[0], digits)
    return interval(value, digits, scale)


def curve_value(curve: dict, method: str, shots: int, measure: str = "error") -> list[float] | None:
    """Return [mean, low, high] of a method of a recorded ShotCurve.

    Args:
        curve: Return value of `ShotCurve.to_dict`.
        method: Name of a learner or baseline.
        shots: Number of examples.
        measure: "error", "log_likelihood", "ratio_to_oracle" or "log_likelihood_gap".
    """
    for row in curve["rows"]:
        if row["method"] == method and row["shots"] == shots:
            return row[measure]
    return None


def to_json(value: object) -> str:
    """Return compact JSON of settings."""
    return json.dumps(value, ensure_ascii=False)
