"""Evaluation of policies: returns in the same environments with common random numbers."""

from collections.abc import Mapping

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray
from rich.box import SIMPLE_HEAD
from rich.table import Table

from yingshe.applications.agents.environments.base import EnvDistribution
from yingshe.applications.agents.rollout import rollout
from yingshe.applications.policy import Policy
from yingshe.errors import UserError
from yingshe.evaluation import ShotCurve, curve_from_scores
from yingshe.evaluation.bootstrap import Interval, Resamples

_BATCH_SIZE = 500  # trials: more would not be faster, and take more memory

Returns = Mapping[str, Float[np.ndarray, "trials episodes"]]
"""Name of a policy -> its return in each episode of each trial."""


def evaluate_policy(
    env_distribution: EnvDistribution, policy: Policy, key: PRNGKeyArray, *, num_trials: int
) -> Float[np.ndarray, "trials episodes"]:
    """Compute the return of each episode of many trials, each in its own environment.

    Environments and noise depend on the key alone, so that policies can be compared by trial.

    Args:
        env_distribution: Distribution that the environments are drawn from.
        policy: The policy: an agent's `LearnerPolicy`, or a baseline.
        key: PRNG key of all trials.
        num_trials: Number of trials.

    Returns:
        Returns (num_trials, episodes).

    Raises:
        UserError: `num_trials` is below 1.
    """
    if num_trials < 1:
        raise UserError(f"num_trials must be at least 1, got {num_trials}.")
    arrays, static = eqx.partition(policy, eqx.is_array)
    leaves, tree = jax.tree.flatten(arrays)

    @jax.jit
    def evaluate_batch(leaves, numbers):
        rebuilt = eqx.combine(jax.tree.unflatten(tree, leaves), static)
        keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(numbers)
        trials = jax.vmap(lambda k: rollout(env_distribution, rebuilt, k))(keys)
        return jax.vmap(lambda trial: trial.returns(env_distribution.episodes))(trials)

    size = min(num_trials, _BATCH_SIZE)
    batches = [evaluate_batch(leaves, np.arange(i, i + size)) for i in range(0, num_trials, size)]
    return np.concatenate([np.asarray(batch) for batch in batches])[:num_trials]


def return_curve(
    returns: Returns,
    *,
    learners: tuple[str, ...],
    title: str,
    seed: int,
    episodes: tuple[int, ...] | None = None,
) -> ShotCurve:
    """Build the curve of the return by the number of episodes observed before.

    Args:
        returns: Returns of each policy, all in the same trials.
        learners: Names of the policies that are learned; the others are baselines.
        title: Title of the curve.
        seed: Seed of the bootstrap.
        episodes: Episodes to include, from 0; all by default.

    Returns:
        A curve whose "error" is the return, with bootstrap intervals over trials. Its shots are
        episodes: at 0 shots no episode was observed before.
    """
    if episodes is None:
        episodes = tuple(range(next(iter(returns.values())).shape[1]))
    return curve_from_scores(
        {name: values[:, list(episodes)] for name, values in returns.items()},
        episodes,
        family=title,
        metric="return",
        learners=learners,
        seed=seed,
    )


def mean_interval(values: Float[np.ndarray, " trials"], *, seed: int = 0) -> Interval:
    """Compute the mean over trials and its 95 % bootstrap interval.

    Args:
        values: One value for each trial.
        seed: Seed of the bootstrap.

    Returns:
        The mean and the ends of the interval; the ends are NaN for a single trial.
    """
    resamples = Resamples(len(values), np.random.default_rng(seed))
    return resamples.mean(np.asarray(values, float), np.ones(len(values), bool))


def trial_intervals(returns: Returns, *, reference: str, seed: int = 0) -> dict[str, dict]:
    """Compute the return of a trial of each policy, and the paired difference to a reference.

    Args:
        returns: Returns of each policy, all in the same trials.
        reference: Name of the policy that the others are compared with.
        seed: Seed of the bootstrap.

    Returns:
        Name -> {"return": interval, "difference": interval}; the difference is the reference's
        return minus this policy's, by trial, and None for the reference itself.
    """
    totals = {name: values.sum(axis=1) for name, values in returns.items()}
    return {
        name: {
            "return": mean_interval(total, seed=seed),
            "difference": None
            if name == reference
            else mean_interval(totals[reference] - total, seed=seed),
        }
        for name, total in totals.items()
    }


def comparison_table(returns: Returns, *, reference: str, seed: int = 0) -> Table:
    """Build a table of returns of a trial, its first and its last episode, and of differences.

    Args:
        returns: Returns of each policy, all in the same trials.
        reference: Name of the policy that the others are compared with.
        seed: Seed of the bootstrap.

    Returns:
        The table, one row for each policy.
    """
    episodes = next(iter(returns.values())).shape[1]
    table = Table(
        title="return of a trial, with 95 % intervals",
        caption=f"difference: return of {reference} minus return of the policy, by trial",
        box=SIMPLE_HEAD,
        padding=(0, 0, 0, 1),
    )
    table.add_column("policy", no_wrap=True)
    columns = ["return", "95 %", *(["episode 1", f"episode {episodes}"] if episodes > 1 else [])]
    for column in [*columns, "difference"]:
        table.add_column(column, justify="right")
    for name, intervals in trial_intervals(returns, reference=reference, seed=seed).items():
        total, difference = intervals["return"], intervals["difference"]
        row = [name, f"{total.value:.2f}", f"{total.low:.2f} – {total.high:.2f}"]
        if episodes > 1:
            row += [f"{returns[name][:, 0].mean():.2f}", f"{returns[name][:, -1].mean():.2f}"]
        if difference is not None:
            ends = f"{difference.low:.2f} – {difference.high:.2f}"
            row.append(f"{difference.value:.2f} ({ends})")
        table.add_row(*row)
    return table
