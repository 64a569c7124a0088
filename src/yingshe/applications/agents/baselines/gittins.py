"""Gittins indices of Bernoulli arms: the certain reward that is worth as much as an arm."""

from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

_LEVELS = 129  # of certain reward, from 0 to 1, between which indices are interpolated
_LOOK_AHEAD = 3  # times the mean number of pulls 1 / (1 - discount): then arms count as known
_EXACT = 16  # remaining pulls, up to which each has its own row


class FiniteHorizonIndices(NamedTuple):
    """Indices by the number of remaining pulls."""

    remaining: Int[np.ndarray, " rows"]
    """Remaining pulls of each row of the table: all up to 16, then in steps of 10 %."""
    table: Float[np.ndarray, "rows wins losses"]


@cache
def discounted_indices(discount: float, pulls: int) -> Float[np.ndarray, "wins losses"]:
    """Compute the Gittins index of an arm with uniform prior for discounted rewards.

    By calibration: each level λ of certain reward defines an optimal stopping problem, in which the
    arm may be left for λ forever. The index is the λ at which pulling gains nothing.

    Args:
        discount: Discount factor.
        pulls: Largest number of pulls in the table.

    Returns:
        Index by wins and losses; NaN beyond `pulls`.

    References:
        Gittins, Glazebrook and Weber, Multi-armed Bandit Allocation Indices, 2011, section 8.4.
    """
    levels = np.linspace(0.0, 1.0, _LEVELS)[:, None]
    deepest = pulls + round(_LOOK_AHEAD / (1 - discount))
    table = np.full((pulls + 1, pulls + 1), np.nan)
    value = np.maximum(levels, _means(deepest))  # values are times 1 - discount: a reward per pull
    for count in range(deepest - 1, -1, -1):
        mean = _means(count)
        win = 1 - discount + discount * value[:, 1:]
        surplus = mean * win + (1 - mean) * discount * value[:, :-1] - levels
        if count <= pulls:
            wins = np.arange(count + 1)
            table[wins, count - wins] = _find_crossing(surplus)
        value = levels + np.maximum(surplus, 0.0)
    return table


@cache
def finite_horizon_indices(pulls: int) -> FiniteHorizonIndices:
    """Compute the Gittins index of an arm with uniform prior by the remaining pulls.

    By calibration as in `discounted_indices`. The index is the certain reward λ per pull at which
    pulling the arm, with optional stopping, gains nothing. 500 pulls take 45 s.

    Args:
        pulls: Largest number of remaining pulls.

    Returns:
        The remaining pulls of each row, and the table by rows, wins and losses.

    References:
        Kaufmann, On Bayesian Index Policies for Sequential Resource Allocation, 2018, section 2.2.
    """
    remaining = _remaining(pulls)
    row_by_remaining = {int(m): row for row, m in enumerate(remaining)}
    # Interpolation also reads a row where only as many pulls remain as in the row before it.
    size = pulls + int(np.diff(remaining, prepend=0).max())
    table = np.zeros((len(remaining), size, size), np.float32)
    previous = np.ones_like(table)  # surplus at the level before
    wins = np.arange(size)[:, None]
    means = (wins + 1) / (wins + wins.T + 2)
    step = 1 / (_LEVELS - 1)
    # Level by level, because the values of one level stay in the cache of a core.
    for level in np.linspace(0.0, 1.0, _LEVELS):
        value = np.zeros((size + 1, size + 1))
        for m in range(1, pulls + 1):
            n = size - m
            mean = means[:n, :n]
            surplus = mean * (1 + value[1 : n + 1, :n]) + (1 - mean) * value[:n, 1 : n + 1] - level
            if m in row_by_remaining:
                row = row_by_remaining[m]
                last = previous[row, :n, :n]
                crossed = (last > 0) & (surplus <= 0)
                fraction = last[crossed] / (last[crossed] - surplus[crossed])
                table[row, :n, :n][crossed] = level - step + step * fraction
                previous[row, :n, :n] = surplus
            value = np.maximum(surplus, 0.0)
    return FiniteHorizonIndices(remaining, table[:, :pulls, :pulls])


def _remaining(pulls: int) -> Int[np.ndarray, " rows"]:
    """Return all numbers up to 16, then numbers in steps of 10 %, and `pulls`."""
    exact = np.arange(1, min(pulls, _EXACT) + 1)
    sparse = np.round(_EXACT * 1.1 ** np.arange(1, 100)).astype(int)
    return np.unique(np.concatenate([exact, sparse[sparse < pulls], [pulls]]))


def _means(count: int) -> Float[np.ndarray, " wins"]:
    """Return the posterior means of arms with 0 … `count` wins of `count` pulls."""
    return (np.arange(count + 1) + 1) / (count + 2)


def _find_crossing(surplus: Float[np.ndarray, "levels wins"]) -> Float[np.ndarray, " wins"]:
    """Return the level at which the surplus is 0; it decreases with the level."""
    above = np.minimum((surplus > 0).sum(axis=0) - 1, _LEVELS - 2)
    columns = np.arange(surplus.shape[1])
    high, low = surplus[above, columns], surplus[above + 1, columns]
    return (above + high / (high - low)) / (_LEVELS - 1)
