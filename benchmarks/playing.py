"""An agent of the zoo and all planners in the same instances, with the same luck."""

import time
from collections.abc import Callable, Mapping

import jax
import numpy as np

import yingshe as ys
from benchmarks.shipping import RUNS
from yingshe.applications.agents import EnvironmentFamily, LearnerPlays, planner_returns, returns
from yingshe.applications.agents.judge import mean_with_interval
from yingshe.applications.agents.planners import Policy, beside

_NONE: Mapping[str, int] = {}


def judged(
    name: str,
    family: EnvironmentFamily,
    *,
    seed: int,
    instances: int,
    fewer: Mapping[str, int] = _NONE,
) -> dict:
    """Return of everybody over a trial, and by how much the agent earns more: means with 95 %
    intervals.

    Slow planners play in `fewer` instances, the first ones. What a planner earned is kept in
    runs/played, for the next agent that is judged there; delete it where planners change.
    """
    key, began = jax.random.key(seed), time.time()
    player = LearnerPlays(ys.load(name), greedy=True)
    agent = returns(family, player, key, trials=instances).sum(axis=1)
    seconds = round(time.time() - began, 1)
    rows: dict = {"agent": _row(agent, seconds)}
    for planner, make in beside(family).items():
        trials = min(instances, fewer.get(planner, instances))
        earned, seconds = _kept(f"{name}-{planner}-{seed}-{trials}", family, make, key, trials)
        more = mean_with_interval(agent[:trials] - earned)
        rows[planner] = {**_row(earned, seconds), "agent earns more by": more}
    return rows


def _row(earned: np.ndarray, seconds: float) -> dict:
    return {"return": mean_with_interval(earned), "instances": len(earned), "seconds": seconds}


def _kept(
    name: str, family: EnvironmentFamily, make: Callable[[], Policy], key, trials: int
) -> tuple[np.ndarray, float]:
    """What a planner earned in each trial, and in how many seconds; played unless it is kept."""
    path = RUNS / "played" / f"{name.replace(' ', '-')}.npz"
    if not path.exists():
        began = time.time()
        earned = planner_returns(family, make(), key, trials=trials).sum(axis=1)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, earned=earned, seconds=round(time.time() - began, 1))
        part.replace(path)
    kept = np.load(path)
    return kept["earned"], float(kept["seconds"])
