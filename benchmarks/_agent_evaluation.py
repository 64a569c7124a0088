"""Evaluate an agent and all planners in the same instances, with common random numbers."""

import time
from collections.abc import Callable, Mapping

import jax
import numpy as np

import yingshe as ys
from benchmarks._run import resume_directory
from yingshe.applications.agents import EnvironmentFamily, LearnerPlays, planner_returns, returns
from yingshe.applications.agents.judge import mean_with_interval
from yingshe.applications.agents.planners import Policy, beside

_NONE: Mapping[str, int] = {}


def evaluate_with_planners(
    benchmark: str,
    name: str,
    family: EnvironmentFamily,
    *,
    seed: int,
    instances: int,
    fewer: Mapping[str, int] = _NONE,
) -> dict:
    """Return what the agent and every planner earn over a trial, means with 95 % intervals.

    Args:
        benchmark: Name of the benchmark, for the folder of finished parts.
        name: The agent's name in the zoo.
        family: Environments.
        seed: Seed of the instances.
        instances: Number of instances.
        fewer: Slow planners, and the number of instances they play: the first ones.

    Returns:
        For "agent" and every planner its return, instances and seconds; for planners also the
        agent's gain over them in the same instances.
    """
    key, started = jax.random.key(seed), time.time()
    agent = agent_returns(name, family, seed=seed, instances=instances)
    rows: dict = {"agent": _row(agent, round(time.time() - started, 1))}
    for planner, make in beside(family).items():
        trials = min(instances, fewer.get(planner, instances))
        part = f"{name}-{planner}-{seed}-{trials}".replace(" ", "-")
        earned, seconds = _resume(benchmark, part, family, make, key, trials)
        gain = mean_with_interval(agent[:trials] - earned)
        rows[planner] = {**_row(earned, seconds), "gain of the agent": gain}
    return rows


def agent_returns(name: str, family: EnvironmentFamily, *, seed: int, instances: int) -> np.ndarray:
    """Return the agent's return over each trial, shape (instances,).

    Args:
        name: The agent's name in the zoo.
        family: Environments.
        seed: Seed of the instances.
        instances: Number of instances.
    """
    policy = LearnerPlays(ys.load(name), greedy=True)
    return returns(family, policy, jax.random.key(seed), trials=instances).sum(axis=1)


def _row(earned: np.ndarray, seconds: float) -> dict:
    return {"return": mean_with_interval(earned), "instances": len(earned), "seconds": seconds}


def _resume(
    benchmark: str, part: str, family: EnvironmentFamily, make: Callable[[], Policy], key, trials
) -> tuple[np.ndarray, float]:
    """Return a planner's return in each trial, and the seconds; played once for each code."""
    path = resume_directory(benchmark) / f"{part}.npz"
    if not path.exists():
        started = time.time()
        earned = planner_returns(family, make(), key, trials=trials).sum(axis=1)
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, earned=earned, seconds=round(time.time() - started, 1))
        unfinished.replace(path)
    saved = np.load(path)
    return saved["earned"], float(saved["seconds"])
