"""Optimal search of a hidden goal, beside all that could be done."""

from functools import cache

import equinox as eqx
import jax
import numpy as np
import pytest

from yingshe.applications.agents.environments import HiddenGoal
from yingshe.applications.agents.environments.hidden_goal import MOVES
from yingshe.applications.agents.planners import play
from yingshe.applications.agents.planners.beside import PolicyPlays
from yingshe.applications.agents.planners.grid import Search, search_plan
from yingshe.applications.agents.play import TrialKeys, play_many


def brute_force(family):
    """Mean total reward of the best policy, by trying all actions after all that can be known."""

    def reached(cell, move):
        place = np.clip(np.divmod(cell, family.size) + MOVES[move], 0, family.size - 1)
        return int(place[0] * family.size + place[1])

    @cache
    def value(step, cell, goals):
        """Of the rest of the trial, where the goal is one of `goals`."""
        if step == family.trial_steps:
            return 0.0
        if step % family.steps == 0:
            cell = 0
        best = -np.inf
        for move in range(len(MOVES)):
            there = reached(cell, move)
            miss = goals - {there}
            worth = len(miss) / len(goals) * (-0.1 + value(step + 1, there, miss)) if miss else 0.0
            if there in goals:
                hit = 1.0 + value(step + 1, there, frozenset([there]))
                worth += hit / len(goals)
            best = max(best, worth)
        return best

    return value(0, 0, frozenset(range(1, family.size**2)))


@pytest.mark.parametrize(("steps", "episodes"), [(2, 2), (4, 2), (5, 2), (3, 3), (8, 1)])
def test_no_policy_is_better(steps, episodes):
    family = HiddenGoal(size=3, steps=steps, episodes=episodes)
    assert search_plan(family).value == pytest.approx(brute_force(family))


@pytest.mark.parametrize(
    "family", [HiddenGoal(), HiddenGoal(size=3, steps=5, episodes=2)], ids=["5x5", "3x3"]
)
def test_the_policy_earns_its_value(family):
    keys = jax.random.split(jax.random.key(0), 600)
    totals = np.asarray(play(family, Search(family), keys)).sum(axis=(1, 2))
    goals = jax.vmap(lambda key: family.sample_task(TrialKeys.of(key).task))(keys)
    cells = np.unique(goals)
    assert len(cells) == family.size**2 - 1
    each = [totals[goals == cell] for cell in cells]
    assert all(np.ptp(values) < 1e-4 for values in each)
    assert np.mean([values[0] for values in each]) == pytest.approx(
        search_plan(family).value, abs=1e-3
    )


def test_the_optimum_of_the_default_grid():
    assert search_plan(HiddenGoal()).value == pytest.approx(-0.1 * 60 + 1.1 * 968 / 24)


def test_a_planner_meets_as_a_player_what_it_meets_as_a_planner():
    family, key = HiddenGoal(size=3, steps=5, episodes=2), jax.random.key(4)
    trials = eqx.filter_jit(play_many)(family, PolicyPlays(Search(family)), key, 20)
    planned = play(family, Search(family), jax.random.split(key, 20))
    assert len(np.unique(trials.reward.sum(axis=1))) > 2
    np.testing.assert_array_equal(trials.reward, planned.reshape(20, -1))
