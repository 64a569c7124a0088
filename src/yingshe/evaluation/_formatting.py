"""Figures as text for tables and as plain values for JSON."""

import math
from typing import Any

from rich.console import Console, RenderableType

from yingshe.evaluation.bootstrap import Interval


def number(value: float) -> str:
    """Three significant digits."""
    return "–" if math.isnan(value) else f"{value:.3g}"


def cell(interval: Interval | None) -> str:
    """A figure, and beneath it, dimmed, half the width of its interval."""
    if interval is None:
        return "–"
    half = (interval.high - interval.low) / 2
    return number(interval.value) + ("" if math.isnan(half) else f"\n[dim]±{half:.2g}[/dim]")


def as_text(renderable: RenderableType, width: int = 100) -> str:
    """What rich would show, without colours."""
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get().rstrip()


def plain(value: Any) -> Any:
    """The same content as JSON can hold it: tuples as lists, NaN and infinity as None."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def interval(values: list[float | None]) -> Interval:
    """An interval from its plain form."""
    return Interval(*(math.nan if v is None else v for v in values))
