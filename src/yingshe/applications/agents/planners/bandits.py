"""Policies for Bernoulli bandits. All know that the odds of the arms are uniform."""

from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import xlog1py, xlogy
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.agents.environments import Action
from yingshe.applications.agents.planners.gittins import (
    discounted_indices,
    finite_horizon_indices,
)
from yingshe.applications.agents.planners.play import Move


class Arms(NamedTuple):
    """What was seen of the arms."""

    wins: Float[Array, " arms"]
    losses: Float[Array, " arms"]

    @property
    def pulls(self) -> Float[Array, " arms"]:
        return self.wins + self.losses

    @property
    def mean(self) -> Float[Array, " arms"]:
        """Posterior mean of the odds."""
        return (self.wins + 1) / (self.pulls + 2)


class BanditPolicy(eqx.Module):
    """Pulls the arm with the highest score; ties are broken at random."""

    arms: eqx.AbstractVar[int]

    @abstractmethod
    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        """How much an arm is worth pulling."""

    def init(self) -> Arms:
        return Arms(jnp.zeros(self.arms), jnp.zeros(self.arms))

    def begin(self, state: Arms, key: PRNGKeyArray) -> Arms:
        return state

    def act(self, state: Arms, observation: Float[Array, "0"], key: PRNGKeyArray) -> Action:
        score_key, tie_key = jax.random.split(key)
        score = self.score(state, score_key)
        lot = jax.random.uniform(tie_key, score.shape)
        best = jnp.argmax(jnp.where(score >= jnp.max(score), lot, -1.0))
        return jax.nn.one_hot(best, self.arms)

    def learn(self, state: Arms, move: Move) -> Arms:
        wins, losses = move.action * move.reward, move.action * (1 - move.reward)
        return Arms(state.wins + wins, state.losses + losses)


class RandomArm(BanditPolicy):
    """Any arm."""

    arms: int = eqx.field(static=True)

    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return jnp.zeros(self.arms)


class Greedy(BanditPolicy):
    """The arm with the highest posterior mean."""

    arms: int = eqx.field(static=True)

    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return seen.mean


class EpsilonGreedy(BanditPolicy):
    """With odds `epsilon` any arm, else the one with the highest posterior mean."""

    arms: int = eqx.field(static=True)
    epsilon: Float[Array, ""] = eqx.field(converter=jnp.asarray)

    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        explores = jax.random.bernoulli(key, self.epsilon)
        return jnp.where(explores, 0.0, seen.mean)


class UCB1(BanditPolicy):
    """Posterior mean + c √(2 ln t / (n + 2)), after Auer et al., 2002, whose c is 1.

    t counts the pulls of all arms from 1, n those of the arm. The 2 is the weight of the uniform
    prior: without it all arms would have to be pulled once, for which 10 pulls of 50 arms are few.
    """

    arms: int = eqx.field(static=True)
    width: Float[Array, ""] = eqx.field(converter=jnp.asarray)
    """c."""

    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        pulls = seen.pulls
        return seen.mean + self.width * jnp.sqrt(2 * jnp.log1p(pulls.sum()) / (pulls + 2))


class Thompson(BanditPolicy):
    """The arm that is best in a sample from the posterior. Thompson, 1933."""

    arms: int = eqx.field(static=True)

    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return jax.random.beta(key, seen.wins + 1, seen.losses + 1)


class OptimisticThompson(BanditPolicy):
    """The arm that is best in the most probable of a few samples from the posterior.

    The density of the posterior decides, of all arms at once: the more samples, the less they
    stray from the mode. Of readings of the "optimistic Thompson sampling" of Duan et al., RL²,
    2016, sec. 3.1, this one comes nearest to what they report; May et al., 2012, take the larger
    of sample and mean.
    """

    arms: int = eqx.field(static=True)
    samples: int = eqx.field(static=True)

    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        shape = (self.samples, self.arms)
        odds = jax.random.beta(key, seen.wins + 1, seen.losses + 1, shape)
        log_density = xlogy(seen.wins, odds) + xlog1py(seen.losses, -odds)
        return odds[jnp.argmax(log_density.sum(axis=1))]


class Gittins(BanditPolicy):
    """The arm with the highest Gittins index, discounted by 1 − 1 / pulls.

    Optimal where the number of pulls is unknown: 1 in `pulls` is the last, at every pull.
    """

    arms: int = eqx.field(static=True)
    table: Float[Array, "wins losses"]

    def __init__(self, arms: int, pulls: int):
        self.arms = arms
        self.table = jnp.asarray(discounted_indices(1 - 1 / pulls, pulls), jnp.float32)

    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return self.table[seen.wins.astype(int), seen.losses.astype(int)]


class FiniteHorizonGittins(BanditPolicy):
    """The arm with the highest Gittins index for the number of pulls that remain. Kaufmann, 2018.

    Not quite optimal: an index is optimal with discounted pulls only.
    """

    arms: int = eqx.field(static=True)
    pulls: int = eqx.field(static=True)
    remaining: Int[Array, " rows"]
    table: Float[Array, "rows wins losses"]

    def __init__(self, arms: int, pulls: int):
        self.arms, self.pulls = arms, pulls
        indices = finite_horizon_indices(pulls)
        self.remaining, self.table = jnp.asarray(indices.remaining), jnp.asarray(indices.table)

    def score(self, seen: Arms, key: PRNGKeyArray) -> Float[Array, " arms"]:
        left = self.pulls - seen.pulls.sum()
        after = jnp.searchsorted(self.remaining, left)
        before = jnp.maximum(after - 1, 0)
        ends = jnp.log(self.remaining[jnp.stack([before, after])])
        # The index grows about as the logarithm of the pulls that remain.
        share = jnp.clip((jnp.log(left) - ends[0]) / jnp.maximum(ends[1] - ends[0], 1e-6), 0, 1)
        wins, losses = seen.wins.astype(int), seen.losses.astype(int)
        rows = self.table[jnp.stack([before, after])[:, None], wins, losses]
        return rows[0] + share * (rows[1] - rows[0])
