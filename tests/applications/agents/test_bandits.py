"""Policies for bandits: their indices, the optimum, and how they stand to one another."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.applications.agents.environments import Bandit, TabularMDP
from yingshe.applications.agents.planners import Policy, beside, play
from yingshe.applications.agents.planners.bandit_optimum import bayes_optimal_value
from yingshe.applications.agents.planners.bandits import (
    UCB1,
    BanditPolicy,
    EpsilonGreedy,
    FiniteHorizonGittins,
    Gittins,
    Greedy,
    OptimisticThompson,
    RandomArm,
    Thompson,
)
from yingshe.applications.agents.planners.gittins import (
    discounted_indices,
    finite_horizon_indices,
)

ARMS, PULLS = 5, 10
TRIALS = 1000
KEYS = jax.random.split(jax.random.key(0), TRIALS)


POLICIES = {
    "random": RandomArm(ARMS),
    "Thompson": Thompson(ARMS),
    "optimistic Thompson": OptimisticThompson(ARMS, 4),
    "greedy": Greedy(ARMS),
    "ε-greedy": EpsilonGreedy(ARMS, 0.1),
    "UCB1": UCB1(ARMS, 0.2),
    "Gittins": Gittins(ARMS, PULLS),
    "finite-horizon Gittins": FiniteHorizonGittins(ARMS, PULLS),
}


class OneOf(BanditPolicy):
    """One of POLICIES. Which of them is an argument: all share one compilation."""

    arms: int = eqx.field(static=True)
    which: jax.Array

    def score(self, seen, key):
        scores = [lambda *told, one=one: one.score(*told) for one in POLICIES.values()]
        return jax.lax.switch(self.which, scores, seen, key)


def total(name):
    """Total reward of each trial."""
    which = jnp.array(list(POLICIES).index(name))
    return np.asarray(play(Bandit(ARMS, PULLS), OneOf(ARMS, which), KEYS)).sum(axis=(1, 2))


def test_the_optimum_of_a_few_pulls_is_that_by_hand():
    assert bayes_optimal_value(arms=1, pulls=7) == pytest.approx(7 / 2)
    # After a win the same arm, of mean 2/3; after a loss the other, of mean 1/2.
    assert bayes_optimal_value(arms=2, pulls=2) == pytest.approx(1 / 2 + (2 / 3 + 1 / 2) / 2)


@pytest.mark.parametrize(("arms", "value"), [(5, 6.660), (10, 6.714), (50, 6.714)])
def test_the_optimum_of_ten_pulls(arms, value):
    assert bayes_optimal_value(arms, pulls=10) == pytest.approx(value, abs=5e-4)


def test_discounted_indices_are_the_published_ones():
    indices = discounted_indices(0.9, pulls=5)
    # Gittins, Glazebrook and Weber, 2011, table 8.5: uniform prior, then one win or one loss.
    assert indices[0, 0] == pytest.approx(0.7029, abs=2e-4)
    assert indices[1, 0] == pytest.approx(0.8001, abs=2e-4)
    assert indices[0, 1] == pytest.approx(0.5001, abs=2e-4)


def test_finite_horizon_indices_are_those_by_hand():
    remaining, table = finite_horizon_indices(10)
    assert remaining.tolist() == list(range(1, 11))
    wins = np.arange(10)[:, None]
    means = (wins + 1) / (wins + wins.T + 2)
    seen = wins + wins.T < 10
    np.testing.assert_allclose(table[0][seen], means[seen], atol=1e-5)  # one pull is left
    # Two pulls: 1/2 − λ + 1/2 (2/3 − λ) = 0.
    assert table[1, 0, 0] == pytest.approx(5 / 9, abs=1e-4)
    assert (np.diff(table[:, 0, 0]) > 0).all()  # the more pulls remain, the more is to learn


def test_an_index_between_two_rows_is_about_that_of_its_own():
    other = FiniteHorizonGittins(ARMS, 30)
    few = np.flatnonzero(np.diff(other.remaining) > 1)[0]
    left = int(other.remaining[few]) + 1
    own = FiniteHorizonGittins(ARMS, left)
    losses = other.init().losses.at[0].add(30 - left)
    between = eqx.filter_jit(other.score)(other.init()._replace(losses=losses), KEYS[0])[1]
    assert between == pytest.approx(float(own.table[-1, 0, 0]), abs=1e-3)


def test_all_policies_meet_the_same_luck():
    one_arm = Bandit(arms=1, pulls=20)
    np.testing.assert_array_equal(
        play(one_arm, Greedy(1), KEYS[:50]), play(one_arm, RandomArm(1), KEYS[:50])
    )


def test_policies_stand_in_the_order_of_their_optimality():
    order = [total(name) for name in ("random", "Thompson", "optimistic Thompson", "greedy")]
    for worse, better in itertools.pairwise(order):
        # Some 0.07 is the standard error of what two policies differ by in the same trials.
        assert (better - worse).mean() > 0.1
    index = total("finite-horizon Gittins")
    assert index.mean() > order[-1].mean()
    optimum = bayes_optimal_value(ARMS, PULLS)
    assert abs(index.mean() - optimum) < 3 * index.std() / TRIALS**0.5


def test_exploring_with_a_constant_is_better_than_at_random():
    random = total("random").mean()
    for name in ("ε-greedy", "UCB1", "Gittins"):
        assert total(name).mean() > random + 1.0


def test_a_family_has_all_of_its_policies():
    for policies in (beside(Bandit(3, 20)), beside(TabularMDP())):
        assert len(policies) >= 7
        assert all(isinstance(make(), Policy) for make in policies.values())
    assert beside(Bandit(3, 20))["UCB1"]().width == pytest.approx(0.1)  # as for 10 pulls
    assert beside(Bandit(3, 90))["UCB1"]().width == pytest.approx(0.2)  # as for 100
