"""Policies for random tabular MDPs. All know how transitions and rewards are drawn.

Each plans once an episode, by value iteration over the horizon, on a model that it makes of what
was seen; they differ in the model alone. No state is met twice at the same step of an episode, so
that those that choose at random do so beforehand.
"""

import math
from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.agents.environments import MDP, Action, TabularMDP
from yingshe.applications.agents.planners.play import Move

_CONFIDENCE = 0.05  # UCRL2's δ


class Seen(NamedTuple):
    """What was seen of an MDP.

    The posterior is Dirichlet(1 + counts) of transitions, N(mean, 1 / (1 + visits)) of rewards.
    """

    prior: Float[Array, ""]
    """Mean of the rewards that is expected before any is seen."""

    counts: Float[Array, "states choices states"]
    """How often a choice in a state led to a state."""
    paid: Float[Array, "states choices"]
    """Sum of the rewards."""

    @property
    def visits(self) -> Float[Array, "states choices"]:
        return self.counts.sum(axis=-1)

    @property
    def mean(self) -> MDP:
        """Posterior mean."""
        weights, visits = 1 + self.counts, self.visits
        transitions = weights / weights.sum(axis=-1, keepdims=True)
        return MDP(transitions, (self.prior + self.paid) / (1 + visits))

    def sample(self, key: PRNGKeyArray) -> MDP:
        """An MDP from the posterior."""
        transition_key, reward_key = jax.random.split(key)
        mean = self.mean.rewards
        noise = jax.random.normal(reward_key, mean.shape)
        parts = jax.random.gamma(transition_key, 1 + self.counts)
        transitions = parts / parts.sum(axis=-1, keepdims=True)
        return MDP(transitions, mean + noise / jnp.sqrt(1 + self.visits))


class Planned(NamedTuple):
    """What was seen, and what to do about it."""

    seen: Seen
    worth: Float[Array, "horizon states choices"]
    """Of a choice, at every step of the episode: that of the largest is made."""
    step: Int[Array, ""]


def backward(backup, rewards: Float[Array, "states choices"], horizon: int):
    """Worth of choices by step, (horizon, states, choices), by backward induction.

    `backup` gives from the values of the following states what (states, choices) lead to.
    """

    def back(value, _):
        worth = rewards + backup(value)
        return worth.max(axis=-1), worth

    value = jnp.zeros(rewards.shape[0])
    return jax.lax.scan(back, value, None, length=horizon, reverse=True)[1]


def value_iteration(task: MDP, horizon: int) -> Float[Array, "horizon states choices"]:
    """Expected reward of an episode's rest, undiscounted, after each choice at each step."""
    return backward(lambda value: task.transitions @ value, task.rewards, horizon)


def optimal_value(task: MDP, horizon: int) -> Float[Array, ""]:
    """Mean reward of an episode for who knows the task."""
    return value_iteration(task, horizon)[0, 0].max()


class MDPPolicy(eqx.Module):
    """Plans before each episode, and makes the choice of the largest worth."""

    family: eqx.AbstractVar[TabularMDP]

    prior: eqx.AbstractVar[Float[Array, ""]]
    """Mean of the rewards that is expected before any is seen; 1 is the truth.

    With 0, greedy is worse and PSRL better, and both nearer to the figures of Duan et al., 2016,
    table 2; with 1, all but PSRL and OPSRL are better than these figures.
    """

    @abstractmethod
    def plan(self, seen: Seen, key: PRNGKeyArray) -> Float[Array, "horizon states choices"]:
        """Worth of each choice in each state at each step."""

    def init(self) -> Planned:
        states, choices, horizon = self.family.states, self.family.choices, self.family.horizon
        pairs = (states, choices)
        seen = Seen(self.prior, jnp.zeros((*pairs, states)), jnp.zeros(pairs))
        return Planned(seen, jnp.zeros((horizon, *pairs)), jnp.array(0))

    def begin(self, state: Planned, key: PRNGKeyArray) -> Planned:
        return Planned(state.seen, self.plan(state.seen, key), jnp.array(0))

    def act(
        self, state: Planned, observation: Float[Array, " states"], key: PRNGKeyArray
    ) -> Action:
        worth = observation @ state.worth[state.step]
        return jax.nn.one_hot(jnp.argmax(worth), self.family.choices)

    def learn(self, state: Planned, move: Move) -> Planned:
        made = move.observation[:, None] * move.action  # (states, choices)
        counts = state.seen.counts + made[..., None] * move.following
        seen = Seen(self.prior, counts, state.seen.paid + made * move.reward)
        return Planned(seen, state.worth, state.step + 1)


class RandomChoice(MDPPolicy):
    """Any choice."""

    family: TabularMDP
    prior: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, seen: Seen, key: PRNGKeyArray) -> Float[Array, "horizon states choices"]:
        shape = (self.family.horizon, self.family.states, self.family.choices)
        return jax.random.uniform(key, shape)


class Greedy(MDPPolicy):
    """What is best in the posterior mean."""

    family: TabularMDP
    prior: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, seen: Seen, key: PRNGKeyArray) -> Float[Array, "horizon states choices"]:
        return value_iteration(seen.mean, self.family.horizon)


class EpsilonGreedy(MDPPolicy):
    """With odds `epsilon` any choice, else the greedy one."""

    family: TabularMDP
    epsilon: Float[Array, ""] = eqx.field(converter=jnp.asarray)
    prior: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, seen: Seen, key: PRNGKeyArray) -> Float[Array, "horizon states choices"]:
        explore_key, choice_key = jax.random.split(key)
        worth = value_iteration(seen.mean, self.family.horizon)
        explores = jax.random.bernoulli(explore_key, self.epsilon, worth.shape[:2])
        return jnp.where(explores[..., None], jax.random.uniform(choice_key, worth.shape), worth)


class PSRL(MDPPolicy):
    """What is best in a sample from the posterior. Strens, 2000; Osband et al., 2013."""

    family: TabularMDP
    prior: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, seen: Seen, key: PRNGKeyArray) -> Float[Array, "horizon states choices"]:
        return value_iteration(seen.sample(key), self.family.horizon)


class OPSRL(MDPPolicy):
    """What is best where each choice leads where it does in the best of a few samples.

    Osband and Van Roy, Why is posterior sampling better than optimism, 2017.
    """

    family: TabularMDP
    samples: int = eqx.field(static=True)
    prior: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, seen: Seen, key: PRNGKeyArray) -> Float[Array, "horizon states choices"]:
        models = jax.vmap(seen.sample)(jax.random.split(key, self.samples))
        none = jnp.zeros(models.rewards.shape[1:])

        def backup(value):
            return (models.rewards + models.transitions @ value).max(axis=0)

        return backward(backup, none, self.family.horizon)


class BEB(MDPPolicy):
    """The mean model, with β / (1 + n) on top of the rewards. Kolter and Ng, 2009.

    n counts the visits and the `states` that the prior stands for.
    """

    family: TabularMDP
    bonus: Float[Array, ""] = eqx.field(converter=jnp.asarray)
    """β."""
    prior: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, seen: Seen, key: PRNGKeyArray) -> Float[Array, "horizon states choices"]:
        mean = seen.mean
        rewards = mean.rewards + self.bonus / (1 + self.family.states + seen.visits)
        return value_iteration(mean._replace(rewards=rewards), self.family.horizon)


class UCRL2(MDPPolicy):
    """What is best in the best of all models that are plausible. Jaksch, Ortner and Auer, 2010.

    Simplified: it plans over the horizon and before each episode; the plausible models lie default_variants
    the posterior mean, for the paper's means are of nothing at first; and the widths of the paper,
    which hold for any MDP, are `scale` times as wide.
    """

    family: TabularMDP
    scale: Float[Array, ""] = eqx.field(converter=jnp.asarray)
    prior: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, seen: Seen, key: PRNGKeyArray) -> Float[Array, "horizon states choices"]:
        mean, visits = seen.mean, seen.visits
        states, choices = visits.shape
        steps = jnp.maximum(1, visits.sum())
        log_pairs = jnp.log(2 * states * choices * steps / _CONFIDENCE)
        log_choices = jnp.log(2 * choices * steps / _CONFIDENCE)
        wide = self.scale / jnp.sqrt(jnp.maximum(1, visits))
        rewards = mean.rewards + wide * jnp.sqrt(3.5 * log_pairs)
        mass = wide * math.sqrt(14 * states) * jnp.sqrt(log_choices)

        def backup(value):
            return optimistic(mean.transitions, mass, value) @ value

        return backward(backup, rewards, self.family.horizon)


def optimistic(
    transitions: Float[Array, "states choices states"],
    mass: Float[Array, "states choices"],
    value: Float[Array, " states"],
) -> Float[Array, "states choices states"]:
    """The transitions of the largest mean value within a distance of `mass` in L1.

    Half of it goes to the best state, from the worst ones. Jaksch et al., 2010, fig. 2.
    """
    order = jnp.argsort(value)
    rising = transitions[..., order]
    rising = rising.at[..., -1].set(jnp.minimum(1.0, rising[..., -1] + mass / 2))
    excess = rising.sum(axis=-1, keepdims=True) - 1
    below = jnp.cumsum(rising, axis=-1) - rising
    taken = jnp.clip(excess - below, 0.0, rising)
    return (rising - taken)[..., jnp.argsort(order)]
