"""Conversion of figures to text for tables and to plain values for JSON."""

import math
from typing import Any

from rich.console import Console, RenderableType

from yingshe.evaluation.bootstrap import Interval


def format_number(value: float) -> str:
    """Format a number with three significant digits."""
    return "–" if math.isnan(value) else f"{value:.3g}"


def format_interval(interval: Interval | None) -> str:
    """Format a figure and, dimmed on the next line, half the width of its interval."""
    if interval is None:
        return "–"
    half = (interval.high - interval.low) / 2
    return format_number(interval.value) + ("" if math.isnan(half) else f"\n[dim]±{half:.2g}[/dim]")


def render_text(renderable: RenderableType, width: int = 100) -> str:
    """Render with rich, without colors."""
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get().rstrip()


def to_jsonable(value: Any) -> Any:
    """Convert to values that JSON can hold: tuples to lists, NaN and infinity to None."""
    if isinstance(value, dict):
        return {str(k): to_jsonable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_jsonable(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def interval_from_json(values: list[float | None]) -> Interval:
    """Convert [value, low, high] to an interval, None to NaN."""
    return Interval(*(math.nan if v is None else v for v in values))
