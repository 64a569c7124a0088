"""Bootstrap confidence intervals over tasks."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

_RESAMPLES = 2000
_CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Estimate with its 95 % bootstrap interval over tasks; the ends are NaN for a single task."""

    value: float
    low: float
    high: float


Curves = Mapping[str, tuple[Sequence[int], Sequence[Interval]]]
"""Mapping of a method's name to (shots, figures)."""


class Resamples:
    """Bootstrap resamples of n tasks, shared by all quantities, so that these can be paired.

    Intervals are percentile intervals.

    Args:
        tasks: Number of tasks, n.
        generator: Random number generator.

    References:
        Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """

    counts: Float[np.ndarray, "resamples tasks"]  # how often each task was drawn

    def __init__(self, tasks: int, generator: np.random.Generator):
        counts = generator.multinomial(tasks, np.full(tasks, 1 / tasks), _RESAMPLES)
        self.counts = counts.astype(float)  # a product of floats is fast, one of integers is not

    def mean(self, values: Float[np.ndarray, " tasks"], valid: np.ndarray) -> Interval:
        """Estimate the mean over the valid tasks.

        Args:
            values: Value of each task.
            valid: Mask of the tasks that have a value, (tasks,).

        Returns:
            The mean and its interval.
        """
        return self.ratio(values, np.ones_like(values, float), valid)

    def ratio(
        self,
        values: Float[np.ndarray, " tasks"],
        others: Float[np.ndarray, " tasks"],
        valid: np.ndarray,
    ) -> Interval:
        """Estimate the mean of `values` divided by the mean of `others`, over the same valid tasks.

        Args:
            values: Value of each task in the numerator.
            others: Value of each task in the denominator.
            valid: Mask of the tasks that have both values, (tasks,).

        Returns:
            The ratio and its interval.
        """
        tops, bottoms = (np.where(valid, v, 0.0).astype(float) for v in (values, others))
        with np.errstate(divide="ignore", invalid="ignore"):
            value = tops.sum() / bottoms.sum()
            ratios = (self.counts @ tops) / (self.counts @ bottoms)
        # A resample may have drawn none of the valid tasks: it has no ratio.
        ratios = ratios[self.counts @ valid.astype(float) > 0]
        if valid.sum() <= 1:
            return Interval(float(value), np.nan, np.nan)
        return _percentile_interval(value, ratios)


def mean_interval(values: Float[np.ndarray, " tasks"], *, seed: int = 0) -> Interval:
    """Estimate a mean over tasks with its bootstrap interval.

    Args:
        values: Value of each task, such as its return; NaN where a task has none.
        seed: Seed of the bootstrap.

    Returns:
        The mean and its 95 % interval.
    """
    values = np.asarray(values, float)
    return Resamples(len(values), np.random.default_rng(seed)).mean(values, ~np.isnan(values))


def ratio_of_means(top: Interval, bottom: Interval) -> Interval:
    """Estimate the ratio of two means over different tasks.

    The relative errors of both add up in squares, on a logarithmic scale, so that the lower end is
    above 0.

    Args:
        top: Mean in the numerator.
        bottom: Mean in the denominator.

    Returns:
        The ratio and its interval.
    """
    value = top.value / bottom.value if bottom.value else np.nan
    spreads = [(i.high - i.low) / (2 * i.value) if i.value else np.nan for i in (top, bottom)]
    factor = np.exp(np.linalg.norm(spreads))
    return Interval(float(value), float(value / factor), float(value * factor))


def _percentile_interval(value: float, draws: Float[np.ndarray, " resamples"]) -> Interval:
    if not np.isfinite(draws).all():
        return Interval(float(value), np.nan, np.nan)
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(float(value), float(low), float(high))
