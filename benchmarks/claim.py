"""What a row of the results tables is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Figures = dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """One row: what was measured, in two languages, what was reached, and what stands beside."""

    benchmark: str
    english: str
    chinese: str
    ours: Callable[[Figures], str]
    beside: Callable[[Figures], str]
    settings: tuple[str, ...] = ()
    """Figures without which the row would have gaps, and is left out."""
