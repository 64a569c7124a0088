"""Policies for random MDPs: their plans, and their order."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.applications.agents import rollout_batch
from yingshe.applications.agents.baselines.mdps import (
    BEB,
    OPSRL,
    PSRL,
    UCRL2,
    EpsilonGreedyPolicy,
    GreedyPolicy,
    MDPPolicy,
    RandomPolicy,
    optimal_value,
    optimistic_transitions,
    value_iteration,
)
from yingshe.applications.agents.environments import MDPParams, TabularMDP
from yingshe.applications.agents.rollout import TrialKeys

MDPS = TabularMDP(episodes=10)
TRIALS = 64
KEY = jax.random.key(0)
KEYS = jax.random.split(KEY, TRIALS)


POLICIES = {
    "random": RandomPolicy(MDPS),
    "greedy": GreedyPolicy(MDPS),
    "never at random": EpsilonGreedyPolicy(MDPS, epsilon=0.0),
    "PSRL": PSRL(MDPS),
    "BEB": BEB(MDPS, bonus=10.0),
    "BEB without bonus": BEB(MDPS, bonus=0.0),
    "UCRL2 without width": UCRL2(MDPS, bonus_scale=0.0),
}


class OneOf(MDPPolicy):
    """One of POLICIES. Its number is an array: all share one compilation."""

    env_distribution: TabularMDP
    number: jax.Array
    prior_mean: jax.Array

    def plan(self, belief, key):
        plans = [lambda *args, p=policy: p.plan(*args) for policy in POLICIES.values()]
        return jax.lax.switch(self.number, plans, belief, key)


@eqx.filter_jit
def rewards(policy):
    return rollout_batch(MDPS, policy, KEY, TRIALS).reward


def total(name, prior_mean=1.0):
    """Return the return of each trial."""
    number = jnp.array(list(POLICIES).index(name))
    return np.asarray(rewards(OneOf(MDPS, number, jnp.array(prior_mean)))).sum(axis=1)


def test_value_iteration_is_that_by_hand():
    """Breaks when backward induction is wrong."""
    # Action 0 stays and pays 1 in state 0; action 1 goes to state 1, where all pays 3.
    transitions = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])
    task = MDPParams(transitions, jnp.array([[1.0, 0.0], [3.0, 3.0]]))
    q_values = value_iteration(task, horizon=3)
    np.testing.assert_allclose(q_values[:, 0], [[1 + 3, 0 + 6], [1 + 1, 0 + 3], [1, 0]])
    assert optimal_value(task, horizon=3) == 6


def test_the_value_of_known_models_is_the_published_one():
    """Breaks when the distribution of MDPs changes."""
    draw = jax.vmap(MDPS.sample_task)
    value = jax.jit(jax.vmap(lambda task: optimal_value(task, MDPS.horizon)))
    values = value(draw(jax.random.split(jax.random.key(1), 4000)))
    assert values.mean() == pytest.approx(21.81, abs=0.15)  # four standard errors


def test_the_most_optimistic_transitions_are_found():
    """Breaks when UCRL2 plans with transitions that are not the most optimistic."""
    p = jnp.array([[[0.2, 0.3, 0.5]], [[0.1, 0.9, 0.0]], [[0.6, 0.3, 0.1]]])
    value, mass = jnp.array([0.3, 2.0, -1.0]), 0.4
    result = np.asarray(jax.jit(optimistic_transitions)(p, jnp.full((3, 1), mass), value)[0, 0])
    value, first = np.asarray(value), np.asarray(p[0, 0])
    assert result.sum() == pytest.approx(1, abs=1e-6)
    assert np.abs(result - first).sum() <= mass + 1e-5
    grid = np.linspace(0, 1, 101)
    corners = [np.array([a, b, 1 - a - b]) for a, b in itertools.product(grid, grid) if a + b <= 1]
    near = [q for q in corners if np.abs(q - first).sum() <= mass]
    assert max(q @ value for q in near) <= result @ value + 1e-5
    assert max(q @ value for q in near) >= result @ value - 0.05  # the grid is coarse


@pytest.mark.slow
def test_policies_stand_in_the_order_of_the_literature():
    """Breaks when a policy is better or worse than it should be."""
    random, posterior, bonus = (total(name) for name in ("random", "PSRL", "BEB"))
    tasks = jax.vmap(lambda key: MDPS.sample_task(TrialKeys.split(key).task))(KEYS)
    optimum = MDPS.episodes * jax.vmap(lambda task: optimal_value(task, MDPS.horizon))(tasks)
    # Differences of the same trials have standard errors of 1 to 2.
    for worse, better, margin in (
        (random, posterior, 15),
        (posterior, bonus, 8),
        (bonus, np.asarray(optimum), 30),
    ):
        assert (better - worse).mean() > margin


def test_optimistic_sampling_leads_where_the_best_of_its_samples_does():
    """Breaks when OPSRL does not take the best of its samples."""
    key, belief = jax.random.key(3), GreedyPolicy(MDPS).init_state(None).belief
    plans = eqx.filter_jit(OPSRL(MDPS, samples=3).plan)(belief, key)
    models = jax.jit(jax.vmap(belief.sample))(jax.random.split(key, 3))
    rewards, transitions = np.asarray(models.rewards), np.asarray(models.transitions)
    value = np.zeros(MDPS.num_states)
    for step in reversed(range(MDPS.horizon)):
        q_values = (rewards + transitions @ value).max(axis=0)
        np.testing.assert_allclose(plans[step], q_values, rtol=1e-4)
        value = q_values.max(axis=1)


def test_policies_without_their_constant_are_greedy():
    """Breaks when a bonus remains with its constant at 0."""
    greedy = total("greedy")
    np.testing.assert_array_equal(total("never at random"), greedy)
    np.testing.assert_array_equal(total("BEB without bonus"), greedy)
    # Its transitions are summed in another order.
    assert abs(total("UCRL2 without width").mean() - greedy.mean()) < 0.5


def test_a_low_prior_mean_explores_less():
    """Breaks when the prior mean of rewards has no effect."""
    assert total("greedy").mean() > total("greedy", prior_mean=0.0).mean() + 10
