"""Policies for random MDPs: what they plan with, and how they stand to one another."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.applications.agents.environments import MDP, TabularMDP
from yingshe.applications.agents.planners import play
from yingshe.applications.agents.planners.mdps import (
    BEB,
    OPSRL,
    PSRL,
    UCRL2,
    EpsilonGreedy,
    Greedy,
    MDPPolicy,
    RandomChoice,
    optimal_value,
    optimistic,
    value_iteration,
)
from yingshe.applications.agents.play import TrialKeys

FAMILY = TabularMDP(episodes=10)
TRIALS = 64
KEYS = jax.random.split(jax.random.key(0), TRIALS)


POLICIES = {
    "random": RandomChoice(FAMILY),
    "greedy": Greedy(FAMILY),
    "never at random": EpsilonGreedy(FAMILY, epsilon=0.0),
    "PSRL": PSRL(FAMILY),
    "BEB": BEB(FAMILY, bonus=10.0),
    "BEB without bonus": BEB(FAMILY, bonus=0.0),
    "UCRL2 without width": UCRL2(FAMILY, scale=0.0),
}


class OneOf(MDPPolicy):
    """One of POLICIES. Which of them is an argument: all share one compilation."""

    family: TabularMDP
    which: jax.Array
    prior: jax.Array

    def plan(self, seen, key):
        plans = [lambda *told, one=one: one.plan(*told) for one in POLICIES.values()]
        return jax.lax.switch(self.which, plans, seen, key)


def total(name, prior=1.0):
    """Total reward of each trial."""
    which = jnp.array(list(POLICIES).index(name))
    return np.asarray(play(FAMILY, OneOf(FAMILY, which, jnp.array(prior)), KEYS)).sum(axis=(1, 2))


def test_value_iteration_is_that_by_hand():
    # CandidateRanker 0 stays and pays 1 in state 0; choice 1 goes to state 1, where all pays 3.
    transitions = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])
    task = MDP(transitions, jnp.array([[1.0, 0.0], [3.0, 3.0]]))
    worth = value_iteration(task, horizon=3)
    np.testing.assert_allclose(worth[:, 0], [[1 + 3, 0 + 6], [1 + 1, 0 + 3], [1, 0]])
    assert optimal_value(task, horizon=3) == 6


def test_the_known_model_is_worth_what_was_published():
    draw = jax.vmap(FAMILY.sample_task)
    value = jax.jit(jax.vmap(lambda task: optimal_value(task, FAMILY.horizon)))
    values = value(draw(jax.random.split(jax.random.key(1), 4000)))
    assert values.mean() == pytest.approx(21.81, abs=0.15)  # four standard errors


def test_the_most_optimistic_transitions_are_found():
    p = jnp.array([[[0.2, 0.3, 0.5]], [[0.1, 0.9, 0.0]], [[0.6, 0.3, 0.1]]])
    value, mass = jnp.array([0.3, 2.0, -1.0]), 0.4
    found = np.asarray(jax.jit(optimistic)(p, jnp.full((3, 1), mass), value)[0, 0])
    value, first = np.asarray(value), np.asarray(p[0, 0])
    assert found.sum() == pytest.approx(1, abs=1e-6)
    assert np.abs(found - first).sum() <= mass + 1e-5
    grid = np.linspace(0, 1, 101)
    corners = [np.array([a, b, 1 - a - b]) for a, b in itertools.product(grid, grid) if a + b <= 1]
    near = [q for q in corners if np.abs(q - first).sum() <= mass]
    assert max(q @ value for q in near) <= found @ value + 1e-5
    assert max(q @ value for q in near) >= found @ value - 0.05  # the grid is coarse


def test_policies_stand_in_the_order_of_the_literature():
    random, posterior, bonus = (total(name) for name in ("random", "PSRL", "BEB"))
    tasks = jax.vmap(lambda key: FAMILY.sample_task(TrialKeys.of(key).task))(KEYS)
    limit = FAMILY.episodes * jax.vmap(lambda task: optimal_value(task, FAMILY.horizon))(tasks)
    # Differences of the same trials have standard errors of 1 to 2.
    for worse, better, margin in (
        (random, posterior, 15),
        (posterior, bonus, 8),
        (bonus, np.asarray(limit), 30),
    ):
        assert (better - worse).mean() > margin


def test_optimistic_sampling_leads_where_the_best_of_its_samples_does():
    key, seen = jax.random.key(3), Greedy(FAMILY).init().seen
    plans = eqx.filter_jit(OPSRL(FAMILY, samples=3).plan)(seen, key)
    models = jax.jit(jax.vmap(seen.sample))(jax.random.split(key, 3))
    rewards, transitions = np.asarray(models.rewards), np.asarray(models.transitions)
    value = np.zeros(FAMILY.states)
    for step in reversed(range(FAMILY.horizon)):
        worth = (rewards + transitions @ value).max(axis=0)
        np.testing.assert_allclose(plans[step], worth, rtol=1e-4)
        value = worth.max(axis=1)


def test_policies_without_their_constant_are_greedy():
    greedy = total("greedy")
    np.testing.assert_array_equal(total("never at random"), greedy)
    np.testing.assert_array_equal(total("BEB without bonus"), greedy)
    # Its transitions are summed in another order.
    assert abs(total("UCRL2 without width").mean() - greedy.mean()) < 0.5


def test_who_expects_little_finds_little():
    assert total("greedy").mean() > total("greedy", prior=0.0).mean() + 10
