"""Gittins indices of Bernoulli arms: the sure pay that is worth as much as an unknown arm."""

from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

_LEVELS = 129  # of sure pay, from 0 to 1, between which indices are interpolated
_LOOK_AHEAD = 3  # times the mean number of pulls 1 / (1 - discount): where arms count as known
_EXACT = 16  # pulls that remain, up to which the finite-horizon index is computed for each


class FiniteHorizonIndices(NamedTuple):
    """Indices by the number of pulls that remain."""

    remaining: Int[np.ndarray, " rows"]
    """Pulls that remain, of each row of the table: all up to 16, and one in 10% more of them."""
    table: Float[np.ndarray, "rows wins losses"]


@cache
def discounted_indices(discount: float, pulls: int) -> Float[np.ndarray, "wins losses"]:
    """Index of an arm with uniform prior by its wins and losses, of which there are ≤ `pulls`.

    By calibration: for each level of sure pay λ, the value of playing the arm until one would
    rather have λ for ever; the index is the λ at which playing on is worth nothing more.
    Gittins, 1979; Gittins, Glazebrook and Weber, 2011, sec. 8.4.
    """
    levels = np.linspace(0.0, 1.0, _LEVELS)[:, None]
    deepest = pulls + round(_LOOK_AHEAD / (1 - discount))
    table = np.full((pulls + 1, pulls + 1), np.nan)
    value = np.maximum(levels, _means(deepest))  # values are times 1 - discount: a pay per pull
    for count in range(deepest - 1, -1, -1):
        mean = _means(count)
        win = 1 - discount + discount * value[:, 1:]
        surplus = mean * win + (1 - mean) * discount * value[:, :-1] - levels
        if count <= pulls:
            wins = np.arange(count + 1)
            table[wins, count - wins] = _crossing(surplus)
        value = levels + np.maximum(surplus, 0.0)
    return table


@cache
def finite_horizon_indices(pulls: int) -> FiniteHorizonIndices:
    """Index of an arm with uniform prior by its wins and losses, and the pulls that remain.

    By calibration as in `discounted_indices`: the sure pay λ a pull at which playing the arm, and
    stopping when one likes within the pulls that remain, is worth nothing more than not to begin.
    Some 45 s for 500 pulls. Kaufmann, On Bayesian index policies, 2018, sec. 2.2.
    """
    remaining = _remaining(pulls)
    row_of = {int(m): row for row, m in enumerate(remaining)}
    # Rows are read, to interpolate, where no more pulls are left than the row before has.
    size = pulls + int(np.diff(remaining, prepend=0).max())
    table = np.zeros((len(remaining), size, size), np.float32)
    before = np.ones_like(table)  # surplus at the level before
    wins = np.arange(size)[:, None]
    means = (wins + 1) / (wins + wins.T + 2)
    step = 1 / (_LEVELS - 1)
    # Level by level, for one level's values stay in the cache of a core.
    for level in np.linspace(0.0, 1.0, _LEVELS):
        value = np.zeros((size + 1, size + 1))
        for m in range(1, pulls + 1):
            n = size - m
            mean = means[:n, :n]
            surplus = mean * (1 + value[1 : n + 1, :n]) + (1 - mean) * value[:n, 1 : n + 1] - level
            if m in row_of:
                row = row_of[m]
                last = before[row, :n, :n]
                crossed = (last > 0) & (surplus <= 0)
                share = last[crossed] / (last[crossed] - surplus[crossed])
                table[row, :n, :n][crossed] = level - step + step * share
                before[row, :n, :n] = surplus
            value = np.maximum(surplus, 0.0)
    return FiniteHorizonIndices(remaining, table[:, :pulls, :pulls])


def _remaining(pulls: int) -> Int[np.ndarray, " rows"]:
    """All up to 16, then one in 10% more, and the last."""
    exact = np.arange(1, min(pulls, _EXACT) + 1)
    sparse = np.round(_EXACT * 1.1 ** np.arange(1, 100)).astype(int)
    return np.unique(np.concatenate([exact, sparse[sparse < pulls], [pulls]]))


def _means(count: int) -> Float[np.ndarray, " wins"]:
    """Posterior means of arms with 0 … `count` wins of `count` pulls."""
    return (np.arange(count + 1) + 1) / (count + 2)


def _crossing(surplus: Float[np.ndarray, "levels wins"]) -> Float[np.ndarray, " wins"]:
    """The level at which the surplus, which falls with it, is 0."""
    above = np.minimum((surplus > 0).sum(axis=0) - 1, _LEVELS - 2)
    columns = np.arange(surplus.shape[1])
    high, low = surplus[above, columns], surplus[above + 1, columns]
    return (above + high / (high - low)) / (_LEVELS - 1)
