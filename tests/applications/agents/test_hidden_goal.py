"""Optimal search of a hidden goal, compared with brute force."""

from functools import cache

import jax
import numpy as np
import pytest

from yingshe.applications.agents import evaluate_policy
from yingshe.applications.agents.baselines import BeliefOptimalPolicy, search_plan
from yingshe.applications.agents.environments import HiddenGoal
from yingshe.applications.agents.environments.hidden_goal import MOVES
from yingshe.applications.agents.rollout import TrialKeys


def brute_force(grid):
    """Return the mean return of the best policy: try all actions after all possible beliefs."""

    def apply(cell, move):
        place = np.clip(np.divmod(cell, grid.size) + MOVES[move], 0, grid.size - 1)
        return int(place[0] * grid.size + place[1])

    @cache
    def value(step, cell, goals):
        """Return the value of the rest of the trial, with the goal in `goals`."""
        if step == grid.trial_steps:
            return 0.0
        if step % grid.episode_steps == 0:
            cell = 0
        best = -np.inf
        for move in range(len(MOVES)):
            there = apply(cell, move)
            miss = goals - {there}
            q = len(miss) / len(goals) * (-0.1 + value(step + 1, there, miss)) if miss else 0.0
            if there in goals:
                hit = 1.0 + value(step + 1, there, frozenset([there]))
                q += hit / len(goals)
            best = max(best, q)
        return best

    return value(0, 0, frozenset(range(1, grid.size**2)))


@pytest.mark.parametrize(("steps", "episodes"), [(2, 2), (4, 2), (5, 2), (3, 3), (8, 1)])
def test_no_policy_is_better(steps, episodes):
    """Breaks when the search misses a better walk."""
    grid = HiddenGoal(size=3, episode_steps=steps, episodes=episodes)
    assert search_plan(grid).value == pytest.approx(brute_force(grid))


@pytest.mark.parametrize(
    "grid", [HiddenGoal(), HiddenGoal(size=3, episode_steps=5, episodes=2)], ids=["5x5", "3x3"]
)
def test_the_policy_reaches_its_value(grid):
    """Breaks when the policy does not follow its plan."""
    key = jax.random.key(0)
    returns = evaluate_policy(grid, BeliefOptimalPolicy(grid), key, num_trials=600).sum(axis=1)
    keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(np.arange(600))
    goals = jax.vmap(lambda k: grid.sample_task(TrialKeys.split(k).task))(keys)
    cells = np.unique(goals)
    assert len(cells) == grid.size**2 - 1
    by_cell = [returns[goals == cell] for cell in cells]
    assert all(np.ptp(values) < 1e-4 for values in by_cell)
    assert np.mean([values[0] for values in by_cell]) == pytest.approx(
        search_plan(grid).value, abs=1e-3
    )


def test_the_optimum_of_the_default_grid():
    """Breaks when the published optimum changes."""
    assert search_plan(HiddenGoal()).value == pytest.approx(-0.1 * 60 + 1.1 * 968 / 24)
