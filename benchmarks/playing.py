"""An agent of the zoo and all planners in the same instances, with the same luck."""

import time

import jax

import yingshe as ys
from yingshe.applications.agents import EnvironmentFamily, LearnerPlays, planner_returns, returns
from yingshe.applications.agents.judge import mean_with_interval
from yingshe.applications.agents.planners import beside


def judged(name: str, family: EnvironmentFamily, *, seed: int, instances: int) -> dict:
    """Return of everybody over a trial, and by how much the agent earns more: means with 95 %
    intervals.
    """
    key, began = jax.random.key(seed), time.time()
    player = LearnerPlays(ys.load(name), greedy=True)
    agent = returns(family, player, key, trials=instances).sum(axis=1)
    seconds = round(time.time() - began, 1)
    rows: dict = {"agent": {"return": mean_with_interval(agent), "seconds": seconds}}
    for planner, make in beside(family).items():
        earned = planner_returns(family, make(), key, trials=instances).sum(axis=1)
        rows[planner] = {
            "return": mean_with_interval(earned),
            "agent earns more by": mean_with_interval(agent - earned),
        }
    return rows
