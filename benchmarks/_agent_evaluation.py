"""Evaluate an agent and all baselines in the same instances, with common random numbers."""

import time
from collections.abc import Callable, Mapping

import jax
import numpy as np

import yingshe as ys
from benchmarks._run import resume_directory
from yingshe.applications.agents import EnvDistribution, LearnerPolicy, evaluate_policy
from yingshe.applications.agents.baselines import baseline_policies
from yingshe.applications.agents.evaluation import mean_interval
from yingshe.applications.policy import Policy

_NONE: Mapping[str, int] = {}


def evaluate_with_baselines(
    benchmark: str,
    name: str,
    env_distribution: EnvDistribution,
    *,
    seed: int,
    instances: int,
    fewer: Mapping[str, int] = _NONE,
) -> dict:
    """Evaluate the agent and every baseline: mean return of a trial with its 95 % interval.

    Args:
        benchmark: Name of the benchmark, for the folder of finished parts.
        name: The agent's name in the zoo.
        env_distribution: Environments.
        seed: Seed of the instances.
        instances: Number of instances.
        fewer: Slow baselines -> number of instances they play, the first ones.

    Returns:
        Return, number of instances and seconds of "agent" and every baseline. For baselines, also
        the agent's gain over them in the same instances.
    """
    key, start_time = jax.random.key(seed), time.time()
    agent = agent_returns(name, env_distribution, seed=seed, instances=instances)
    rows: dict = {"agent": _row(agent, round(time.time() - start_time, 1))}
    for baseline, make in baseline_policies(env_distribution).items():
        trials = min(instances, fewer.get(baseline, instances))
        part = f"{name}-{baseline}-{seed}-{trials}".replace(" ", "-")
        returns, seconds = _resume(benchmark, part, env_distribution, make, key, trials)
        gain = _interval(agent[:trials] - returns)
        rows[baseline] = {**_row(returns, seconds), "gain of the agent": gain}
    return rows


def agent_returns(
    name: str, env_distribution: EnvDistribution, *, seed: int, instances: int
) -> np.ndarray:
    """Return the agent's return over each trial, shape (instances,).

    Args:
        name: The agent's name in the zoo.
        env_distribution: Environments.
        seed: Seed of the instances.
        instances: Number of instances.
    """
    policy = LearnerPolicy(ys.load(name), greedy=True)
    key = jax.random.key(seed)
    return evaluate_policy(env_distribution, policy, key, num_trials=instances).sum(axis=1)


def _interval(values: np.ndarray) -> list[float]:
    return list(mean_interval(values))


def _row(returns: np.ndarray, seconds: float) -> dict:
    return {"return": _interval(returns), "instances": len(returns), "seconds": seconds}


def _resume(
    benchmark: str,
    part: str,
    env_distribution: EnvDistribution,
    make: Callable[[], Policy],
    key,
    trials,
) -> tuple[np.ndarray, float]:
    """Return a baseline's return in each trial, and the seconds; saved for each code version."""
    path = resume_directory(benchmark) / f"{part}.npz"
    if not path.exists():
        start_time = time.time()
        returns = evaluate_policy(env_distribution, make(), key, num_trials=trials).sum(axis=1)
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, earned=returns, seconds=round(time.time() - start_time, 1))
        unfinished.replace(path)
    saved = np.load(path)
    return saved["earned"], float(saved["seconds"])
