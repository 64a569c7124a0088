"""Confidence intervals over tasks."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

_RESAMPLES = 2000
_LEVEL = 0.95


class Interval(NamedTuple):
    """An estimate and its 95 % bootstrap interval over tasks; ends are NaN from one task alone."""

    value: float
    low: float
    high: float


Curves = Mapping[str, tuple[Sequence[int], Sequence[Interval]]]
"""name -> (shots, figures)"""


class Resamples:
    """Bootstrap resamples of n tasks, the same for all quantities, so that they can be paired.

    Percentile intervals after Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
    """

    counts: Float[np.ndarray, "resamples tasks"]  # how often each task was drawn

    def __init__(self, tasks: int, generator: np.random.Generator):
        counts = generator.multinomial(tasks, np.full(tasks, 1 / tasks), _RESAMPLES)
        self.counts = counts.astype(float)  # a product of floats is fast, one of integers is not

    def mean(self, values: Float[np.ndarray, " tasks"], counted: np.ndarray) -> Interval:
        """Mean over the counted tasks."""
        return self.ratio(values, np.ones_like(values, float), counted)

    def ratio(
        self,
        values: Float[np.ndarray, " tasks"],
        others: Float[np.ndarray, " tasks"],
        counted: np.ndarray,
    ) -> Interval:
        """Mean of `values` over mean of `others`, both over the same counted tasks."""
        tops, bottoms = (np.where(counted, v, 0.0).astype(float) for v in (values, others))
        with np.errstate(divide="ignore", invalid="ignore"):
            value = tops.sum() / bottoms.sum()
            ratios = (self.counts @ tops) / (self.counts @ bottoms)
        # A resample may have drawn none of the counted tasks: it says nothing.
        ratios = ratios[self.counts @ counted.astype(float) > 0]
        return (
            _interval(value, ratios)
            if counted.sum() > 1
            else Interval(float(value), np.nan, np.nan)
        )


def ratio_of_means(top: Interval, bottom: Interval) -> Interval:
    """Ratio of two means over different tasks; the relative errors of both add up in squares."""
    value = top.value / bottom.value if bottom.value else np.nan
    spreads = [(i.high - i.low) / (2 * i.value) if i.value else np.nan for i in (top, bottom)]
    factor = np.exp(
        np.linalg.norm(spreads)
    )  # on a logarithmic scale, so that the lower end is above 0
    return Interval(float(value), float(value / factor), float(value * factor))


def _interval(value: float, draws: Float[np.ndarray, " resamples"]) -> Interval:
    if not np.isfinite(draws).all():
        return Interval(float(value), np.nan, np.nan)
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(float(value), float(low), float(high))
