"""What players earn in the same environments, with the same luck."""

from collections.abc import Mapping

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray
from rich.table import Table

from yingshe.applications.agents.environments.base import EnvironmentFamily
from yingshe.applications.agents.planners.play import Policy
from yingshe.applications.agents.planners.play import play as play_planner
from yingshe.applications.agents.play import Player, play
from yingshe.evaluation.bootstrap import Interval

_AT_ONCE = 500  # trials: more would not be faster, and take more memory


def returns(
    family: EnvironmentFamily, player: Player, key: PRNGKeyArray, *, trials: int
) -> Float[np.ndarray, "trials episodes"]:
    """The return of each episode of many trials, each in an environment of its own.

    Environments and luck come from the key alone: what players earn can be compared trial by trial.
    """
    arrays, rest = eqx.partition(player, eqx.is_array)
    leaves, tree = jax.tree.flatten(arrays)

    @jax.jit
    def some(leaves, numbers):
        whole = eqx.combine(jax.tree.unflatten(tree, leaves), rest)
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(numbers)
        played = jax.vmap(lambda k: play(family, whole, k))(keys)
        return jax.vmap(lambda trial: trial.returns(family.episodes))(played)

    size = min(trials, _AT_ONCE)
    parts = [some(leaves, np.arange(i, i + size)) for i in range(0, trials, size)]
    return np.concatenate([np.asarray(part) for part in parts])[:trials]


def planner_returns(
    family: EnvironmentFamily, policy: Policy, key: PRNGKeyArray, *, trials: int
) -> Float[np.ndarray, "trials episodes"]:
    """The same of a planner, in the same environments with the same luck."""
    parts = []
    for first in range(0, trials, _AT_ONCE):
        numbers = np.arange(first, first + min(trials, _AT_ONCE))
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(numbers)
        parts.append(np.asarray(play_planner(family, policy, keys)).sum(axis=2))
    return np.concatenate(parts)[:trials]


def mean_with_interval(values: Float[np.ndarray, " trials"]) -> Interval:
    """Mean over trials and its 95 % interval, 1.96 standard errors to each side."""
    mean, error = values.mean(), 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return Interval(float(mean), float(mean - error), float(mean + error))


def comparison(found: Mapping[str, Float[np.ndarray, "trials episodes"]], *, first: str) -> Table:
    """Return of a trial, and of its first and last episode, for each player; and by how much the
    `first` one earns more than each, trial by trial.
    """
    episodes = next(iter(found.values())).shape[1]
    table = Table("", "return", "95 %")
    if episodes > 1:
        table.add_column("first episode")
        table.add_column("last episode")
    table.add_column(f"{first} earns more by")
    for name, values in found.items():
        total = mean_with_interval(values.sum(axis=1))
        row = [name, f"{total.value:.2f}", f"{total.low:.2f} – {total.high:.2f}"]
        if episodes > 1:
            row += [f"{values[:, 0].mean():.2f}", f"{values[:, -1].mean():.2f}"]
        if name != first:
            more = mean_with_interval((found[first] - values).sum(axis=1))
            row.append(f"{more.value:.2f} ({more.low:.2f} – {more.high:.2f})")
        table.add_row(*row)
    return table
