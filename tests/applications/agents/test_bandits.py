"""Policies for bandits: their indices, the optimum, and their order."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.applications.agents import evaluate_policy, rollout_batch
from yingshe.applications.agents.baselines import baseline_policies, bayes_optimal_value
from yingshe.applications.agents.baselines.bandits import (
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
from yingshe.applications.agents.baselines.gittins import (
    discounted_indices,
    finite_horizon_indices,
)
from yingshe.applications.agents.environments import Bandit, TabularMDP
from yingshe.applications.policy import Policy

ARMS, PULLS = 5, 10
TRIALS = 1000
KEY = jax.random.key(0)


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
    """One of POLICIES. Its number is an array: all share one compilation."""

    num_arms: int = eqx.field(static=True)
    number: jax.Array

    def score(self, belief, key):
        scores = [lambda *args, p=policy: p.score(*args) for policy in POLICIES.values()]
        return jax.lax.switch(self.number, scores, belief, key)


@eqx.filter_jit
def rewards(bandit, policy, trials):
    return rollout_batch(bandit, policy, KEY, trials).reward


def total(name):
    """Return the return of each trial."""
    number = jnp.array(list(POLICIES).index(name))
    policy = OneOf(ARMS, number)
    return np.asarray(rewards(Bandit(ARMS, PULLS), policy, TRIALS)).sum(axis=1)


def test_the_optimum_of_a_few_pulls_is_that_by_hand():
    """Breaks when the recursion over beliefs is wrong."""
    assert bayes_optimal_value(num_arms=1, horizon=7) == pytest.approx(7 / 2)
    # After a win the same arm, of mean 2/3; after a loss the other, of mean 1/2.
    assert bayes_optimal_value(num_arms=2, horizon=2) == pytest.approx(1 / 2 + (2 / 3 + 1 / 2) / 2)


@pytest.mark.parametrize(("arms", "value"), [(5, 6.660), (10, 6.714), (50, 6.714)])
def test_the_optimum_of_ten_pulls(arms, value):
    """Breaks when the optimum changes, or counts more arms than pulls."""
    assert bayes_optimal_value(arms, horizon=10) == pytest.approx(value, abs=5e-4)


def test_discounted_indices_are_the_published_ones():
    """Breaks when the calibration of discounted indices is wrong."""
    indices = discounted_indices(0.9, pulls=5)
    # Gittins, Glazebrook and Weber, 2011, table 8.5: uniform prior, then one win or one loss.
    assert indices[0, 0] == pytest.approx(0.7029, abs=2e-4)
    assert indices[1, 0] == pytest.approx(0.8001, abs=2e-4)
    assert indices[0, 1] == pytest.approx(0.5001, abs=2e-4)


def test_finite_horizon_indices_are_those_by_hand():
    """Breaks when the calibration by remaining pulls is wrong."""
    remaining, table = finite_horizon_indices(10)
    assert remaining.tolist() == list(range(1, 11))
    wins = np.arange(10)[:, None]
    means = (wins + 1) / (wins + wins.T + 2)
    valid = wins + wins.T < 10
    np.testing.assert_allclose(table[0][valid], means[valid], atol=1e-5)  # one pull is left
    # Two pulls: 1/2 − λ + 1/2 (2/3 − λ) = 0.
    assert table[1, 0, 0] == pytest.approx(5 / 9, abs=1e-4)
    assert (np.diff(table[:, 0, 0]) > 0).all()  # the more pulls remain, the more is to learn


def test_an_index_between_two_rows_is_about_that_of_its_own():
    """Breaks when rows of the table are interpolated wrongly."""
    sparse = FiniteHorizonGittins(ARMS, 30)
    few = np.flatnonzero(np.diff(sparse.remaining) > 1)[0]
    left = int(sparse.remaining[few]) + 1
    exact = FiniteHorizonGittins(ARMS, left)
    losses = sparse.init_state(None).losses.at[0].add(30 - left)
    between = eqx.filter_jit(sparse.score)(sparse.init_state(None)._replace(losses=losses), KEY)[1]
    assert between == pytest.approx(float(exact.table[-1, 0, 0]), abs=1e-3)


def test_all_policies_share_common_random_numbers():
    """Breaks when rewards depend on the random numbers of the policy."""
    bandit = Bandit(num_arms=1, horizon=20)
    np.testing.assert_array_equal(rewards(bandit, Greedy(1), 50), rewards(bandit, RandomArm(1), 50))


def test_evaluation_is_in_batches_of_the_same_trials(monkeypatch):
    """Breaks when returns depend on the number of trials that are rolled out at once."""
    bandit = Bandit(num_arms=2, horizon=4)
    whole = evaluate_policy(bandit, Greedy(2), KEY, num_trials=7)
    monkeypatch.setattr("yingshe.applications.agents.evaluation._BATCH_SIZE", 3)
    np.testing.assert_array_equal(evaluate_policy(bandit, Greedy(2), KEY, num_trials=7), whole)


@pytest.mark.slow
def test_policies_stand_in_the_order_of_their_optimality():
    """Breaks when a policy is better or worse than it should be."""
    order = [total(name) for name in ("random", "Thompson", "optimistic Thompson", "greedy")]
    for worse, better in itertools.pairwise(order):
        # Some 0.07 is the standard error of what two policies differ by in the same trials.
        assert (better - worse).mean() > 0.1
    index = total("finite-horizon Gittins")
    assert index.mean() > order[-1].mean()
    optimum = bayes_optimal_value(ARMS, PULLS)
    assert abs(index.mean() - optimum) < 3 * index.std() / TRIALS**0.5


def test_exploring_with_a_constant_is_better_than_at_random():
    """Breaks when a policy does not use what it observes."""
    random = total("random").mean()
    for name in ("ε-greedy", "UCB1", "Gittins"):
        assert total(name).mean() > random + 1.0


def test_environments_have_all_of_their_baselines():
    """Breaks when a baseline is missing or is not tuned for the nearest horizon."""
    for policies in (baseline_policies(Bandit(3, 20)), baseline_policies(TabularMDP())):
        assert len(policies) >= 7
        assert all(isinstance(make(), Policy) for make in policies.values())
    assert baseline_policies(Bandit(3, 20))["UCB1"]().bonus_scale == pytest.approx(
        0.1
    )  # as for 10 pulls
    assert baseline_policies(Bandit(3, 90))["UCB1"]().bonus_scale == pytest.approx(
        0.2
    )  # as for 100
