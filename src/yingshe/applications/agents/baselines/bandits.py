"""Policies for Bernoulli bandits with a uniform prior over success probabilities."""

from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import xlog1py, xlogy
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.agents.baselines.gittins import (
    discounted_indices,
    finite_horizon_indices,
)
from yingshe.applications.agents.environments import Action, Task
from yingshe.applications.agents.rollout import PolicyInput, StepResult


class BetaCounts(NamedTuple):
    """Belief about the arms: the posterior of an arm is Beta(1 + wins, 1 + losses)."""

    wins: Float[Array, " arms"]
    losses: Float[Array, " arms"]

    @property
    def pulls(self) -> Float[Array, " arms"]:
        """Return the number of pulls of each arm."""
        return self.wins + self.losses

    @property
    def mean(self) -> Float[Array, " arms"]:
        """Return the posterior mean of the success probabilities."""
        return (self.wins + 1) / (self.pulls + 2)


class BanditPolicy(eqx.Module):
    """Policy that pulls the arm with the highest score; ties are broken at random."""

    num_arms: eqx.AbstractVar[int]

    @abstractmethod
    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        """Compute the score of each arm.

        Args:
            belief: Wins and losses of each arm.
            key: PRNG key, for randomized scores.

        Returns:
            Scores (arms,).
        """

    def init_state(self, task: Task) -> BetaCounts:
        return BetaCounts(jnp.zeros(self.num_arms), jnp.zeros(self.num_arms))

    def begin_episode(self, state: BetaCounts, key: PRNGKeyArray) -> BetaCounts:
        # Nothing to plan; policies with plans draw their random numbers by episode.
        return state

    def act(
        self, state: BetaCounts, step: PolicyInput, key: PRNGKeyArray
    ) -> tuple[Action, tuple[()]]:
        score_key, tie_key = jax.random.split(key)
        score = self.score(state, score_key)
        tie_break = jax.random.uniform(tie_key, score.shape)
        best = jnp.argmax(jnp.where(score >= jnp.max(score), tie_break, -1.0))
        return jax.nn.one_hot(best, self.num_arms), ()

    def update(
        self, state: BetaCounts, step: PolicyInput, action: Action, result: StepResult
    ) -> BetaCounts:
        wins, losses = action * result.reward, action * (1 - result.reward)
        return BetaCounts(state.wins + wins, state.losses + losses)


class RandomArm(BanditPolicy):
    """Uniformly random arm."""

    num_arms: int = eqx.field(static=True)

    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return jnp.zeros(self.num_arms)


class Greedy(BanditPolicy):
    """Arm with the highest posterior mean."""

    num_arms: int = eqx.field(static=True)

    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return belief.mean


class EpsilonGreedy(BanditPolicy):
    """Random arm with probability `epsilon`, else the arm with the highest posterior mean."""

    num_arms: int = eqx.field(static=True)
    epsilon: Float[Array, ""] = eqx.field(converter=jnp.asarray)

    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        explores = jax.random.bernoulli(key, self.epsilon)
        return jnp.where(explores, 0.0, belief.mean)


class UCB1(BanditPolicy):
    """Upper confidence bound: posterior mean + c √(2 ln t / (n + 2)).

    t counts the pulls of all arms from 1, and n those of the arm. The 2 is the weight of the
    uniform prior. Without it, every arm would be pulled once first: too often for 10 pulls of 50
    arms.

    References:
        Auer, Cesa-Bianchi and Fischer, Finite-time Analysis of the Multiarmed Bandit Problem, 2002,
        where c = 1.
    """

    num_arms: int = eqx.field(static=True)
    bonus_scale: Float[Array, ""] = eqx.field(converter=jnp.asarray)
    """Scale c of the exploration bonus."""

    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        pulls = belief.pulls
        return belief.mean + self.bonus_scale * jnp.sqrt(2 * jnp.log1p(pulls.sum()) / (pulls + 2))


class Thompson(BanditPolicy):
    """Thompson sampling: the best arm in a sample from the posterior.

    References:
        Thompson, On the Likelihood that One Unknown Probability Exceeds Another, 1933.
    """

    num_arms: int = eqx.field(static=True)

    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return jax.random.beta(key, belief.wins + 1, belief.losses + 1)


class OptimisticThompson(BanditPolicy):
    """Best arm in the most probable of several samples from the posterior.

    The joint posterior density of all arms ranks the samples: more samples lie closer to the mode.
    Of several interpretations of "optimistic Thompson sampling" in RL², this one comes closest to
    the reported figures; May et al., 2012, take the maximum of sample and mean.

    References:
        Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement Learning, 2016,
        section 3.1.
    """

    num_arms: int = eqx.field(static=True)
    samples: int = eqx.field(static=True)
    """Number of samples."""

    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        shape = (self.samples, self.num_arms)
        probs = jax.random.beta(key, belief.wins + 1, belief.losses + 1, shape)
        log_density = xlogy(belief.wins, probs) + xlog1py(belief.losses, -probs)
        return probs[jnp.argmax(log_density.sum(axis=1))]


class Gittins(BanditPolicy):
    """Arm with the highest Gittins index for the discount 1 − 1 / horizon.

    Optimal for a horizon that is geometric with this mean.

    Args:
        num_arms: Number of arms.
        horizon: Mean number of pulls.
    """

    num_arms: int = eqx.field(static=True)
    table: Float[Array, "wins losses"]

    def __init__(self, num_arms: int, horizon: int):
        self.num_arms = num_arms
        self.table = jnp.asarray(discounted_indices(1 - 1 / horizon, horizon), jnp.float32)

    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return self.table[belief.wins.astype(int), belief.losses.astype(int)]


class FiniteHorizonGittins(BanditPolicy):
    """Arm with the highest Gittins index for the number of remaining pulls.

    Close to optimal: index policies are exactly optimal for discounted rewards only.

    Args:
        num_arms: Number of arms.
        horizon: Number of pulls.

    References:
        Kaufmann, On Bayesian Index Policies for Sequential Resource Allocation, 2018.
    """

    num_arms: int = eqx.field(static=True)
    horizon: int = eqx.field(static=True)
    remaining: Int[Array, " rows"]
    table: Float[Array, "rows wins losses"]

    def __init__(self, num_arms: int, horizon: int):
        self.num_arms, self.horizon = num_arms, horizon
        indices = finite_horizon_indices(horizon)
        self.remaining, self.table = jnp.asarray(indices.remaining), jnp.asarray(indices.table)

    def score(self, belief: BetaCounts, key: PRNGKeyArray) -> Float[Array, " arms"]:
        remaining = self.horizon - belief.pulls.sum()
        upper = jnp.searchsorted(self.remaining, remaining)
        lower = jnp.maximum(upper - 1, 0)
        ends = jnp.log(self.remaining[jnp.stack([lower, upper])])
        # The index grows about linearly in the logarithm of the remaining pulls.
        fraction = (jnp.log(remaining) - ends[0]) / jnp.maximum(ends[1] - ends[0], 1e-6)
        fraction = jnp.clip(fraction, 0, 1)
        wins, losses = belief.wins.astype(int), belief.losses.astype(int)
        rows = self.table[jnp.stack([lower, upper])[:, None], wins, losses]
        return rows[0] + fraction * (rows[1] - rows[0])
