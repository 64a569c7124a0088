"""Policies for random tabular MDPs with a known prior over transitions and rewards.

Each plans once an episode, by value iteration over the horizon, in a model made from its belief.
The policies differ in this model only. No state occurs twice at the same step of an episode, so
policies that act at random can draw all their actions in the plan.
"""

import math
from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.agents.environments import Action, MDPParams, TabularMDP, Task
from yingshe.applications.agents.rollout import PolicyInput, StepResult

_CONFIDENCE = 0.05  # UCRL2's δ


class MDPBelief(NamedTuple):
    """Posterior over an MDP.

    Dirichlet(1 + counts) for transitions, N(mean, 1 / (1 + visits)) for mean rewards.
    """

    prior_mean: Float[Array, ""]
    """Prior mean of the rewards."""

    counts: Float[Array, "states actions states"]
    """Number of observed transitions."""
    reward_sums: Float[Array, "states actions"]
    """Sums of the observed rewards."""

    @property
    def visits(self) -> Float[Array, "states actions"]:
        """Return the number of times that each action was taken in each state."""
        return self.counts.sum(axis=-1)

    @property
    def mean(self) -> MDPParams:
        """Return the posterior mean of the MDP."""
        weights, visits = 1 + self.counts, self.visits
        transitions = weights / weights.sum(axis=-1, keepdims=True)
        return MDPParams(transitions, (self.prior_mean + self.reward_sums) / (1 + visits))

    def sample(self, key: PRNGKeyArray) -> MDPParams:
        """Draw an MDP from the posterior.

        Args:
            key: PRNG key.

        Returns:
            Transitions and mean rewards.
        """
        transition_key, reward_key = jax.random.split(key)
        mean = self.mean.rewards
        noise = jax.random.normal(reward_key, mean.shape)
        parts = jax.random.gamma(transition_key, 1 + self.counts)
        transitions = parts / parts.sum(axis=-1, keepdims=True)
        return MDPParams(transitions, mean + noise / jnp.sqrt(1 + self.visits))


class PlannerState(NamedTuple):
    """Belief, and the plan for the current episode."""

    belief: MDPBelief
    q_values: Float[Array, "horizon states actions"]
    """Action values at each step of the episode; the greedy action is taken."""
    step: Int[Array, ""]


def backward_induction(
    backup, rewards: Float[Array, "states actions"], horizon: int
) -> Float[Array, "horizon states actions"]:
    """Compute action values by backward induction.

    Args:
        backup: Function from the values of the next states (states,) to the expected value after
            each action (states, actions).
        rewards: Mean rewards (states, actions).
        horizon: Number of steps.

    Returns:
        Action values (horizon, states, actions).
    """

    def back(value, _):
        q_values = rewards + backup(value)
        return q_values.max(axis=-1), q_values

    value = jnp.zeros(rewards.shape[0])
    return jax.lax.scan(back, value, None, length=horizon, reverse=True)[1]


def value_iteration(task: MDPParams, horizon: int) -> Float[Array, "horizon states actions"]:
    """Compute the action values of a known MDP, undiscounted.

    Args:
        task: The MDP.
        horizon: Number of steps of an episode.

    Returns:
        Expected return of the rest of the episode (horizon, states, actions).
    """
    return backward_induction(lambda value: task.transitions @ value, task.rewards, horizon)


def optimal_value(task: MDPParams, horizon: int) -> Float[Array, ""]:
    """Compute the mean return of an episode of the optimal policy of a known MDP.

    Args:
        task: The MDP.
        horizon: Number of steps of an episode.

    Returns:
        The value of state 0.
    """
    return value_iteration(task, horizon)[0, 0].max()


class MDPPolicy(eqx.Module):
    """Policy that plans before each episode, and takes the action of the largest value."""

    env_distribution: eqx.AbstractVar[TabularMDP]

    prior_mean: eqx.AbstractVar[Float[Array, ""]]
    """Prior mean of the rewards; 1 is the true one.

    With 0, greedy is worse and PSRL better, and both are closer to table 2 of Duan et al., 2016.
    With 1, all but PSRL and OPSRL exceed the figures of this table.
    """

    @abstractmethod
    def plan(self, belief: MDPBelief, key: PRNGKeyArray) -> Float[Array, "horizon states actions"]:
        """Compute action values for the next episode.

        Args:
            belief: Posterior over the MDP.
            key: PRNG key, for randomized plans.

        Returns:
            Values by step, state and action.
        """

    def init_state(self, task: Task) -> PlannerState:
        states, actions = self.env_distribution.num_states, self.env_distribution.num_actions
        shape = (states, actions)
        belief = MDPBelief(self.prior_mean, jnp.zeros((*shape, states)), jnp.zeros(shape))
        plan = jnp.zeros((self.env_distribution.horizon, *shape))
        return PlannerState(belief, plan, jnp.array(0))

    def begin_episode(self, state: PlannerState, key: PRNGKeyArray) -> PlannerState:
        return PlannerState(state.belief, self.plan(state.belief, key), jnp.array(0))

    def act(
        self, state: PlannerState, step: PolicyInput, key: PRNGKeyArray
    ) -> tuple[Action, tuple[()]]:
        q_values = step.observation @ state.q_values[state.step]
        return jax.nn.one_hot(jnp.argmax(q_values), self.env_distribution.num_actions), ()

    def update(
        self, state: PlannerState, step: PolicyInput, action: Action, result: StepResult
    ) -> PlannerState:
        taken = step.observation[:, None] * action  # (states, actions)
        counts = state.belief.counts + taken[..., None] * result.observation
        reward_sums = state.belief.reward_sums + taken * result.reward
        belief = MDPBelief(self.prior_mean, counts, reward_sums)
        return PlannerState(belief, state.q_values, state.step + 1)


class RandomPolicy(MDPPolicy):
    """Uniformly random actions."""

    env_distribution: TabularMDP
    prior_mean: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, belief: MDPBelief, key: PRNGKeyArray) -> Float[Array, "horizon states actions"]:
        mdp = self.env_distribution
        return jax.random.uniform(key, (mdp.horizon, mdp.num_states, mdp.num_actions))


class GreedyPolicy(MDPPolicy):
    """Optimal policy of the posterior mean."""

    env_distribution: TabularMDP
    prior_mean: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, belief: MDPBelief, key: PRNGKeyArray) -> Float[Array, "horizon states actions"]:
        return value_iteration(belief.mean, self.env_distribution.horizon)


class EpsilonGreedyPolicy(MDPPolicy):
    """Random action with probability `epsilon`, else the greedy action."""

    env_distribution: TabularMDP
    epsilon: Float[Array, ""] = eqx.field(converter=jnp.asarray)
    prior_mean: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, belief: MDPBelief, key: PRNGKeyArray) -> Float[Array, "horizon states actions"]:
        explore_key, choice_key = jax.random.split(key)
        q_values = value_iteration(belief.mean, self.env_distribution.horizon)
        explores = jax.random.bernoulli(explore_key, self.epsilon, q_values.shape[:2])
        random = jax.random.uniform(choice_key, q_values.shape)
        return jnp.where(explores[..., None], random, q_values)


class PSRL(MDPPolicy):
    """Posterior sampling: the optimal policy of an MDP drawn from the posterior.

    References:
        Strens, A Bayesian Framework for Reinforcement Learning, 2000. Osband et al., (More)
        Efficient Reinforcement Learning via Posterior Sampling, 2013.
    """

    env_distribution: TabularMDP
    prior_mean: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, belief: MDPBelief, key: PRNGKeyArray) -> Float[Array, "horizon states actions"]:
        return value_iteration(belief.sample(key), self.env_distribution.horizon)


class OPSRL(MDPPolicy):
    """Optimistic posterior sampling: each action has the best of its values in several samples.

    References:
        Osband and Van Roy, Why is Posterior Sampling Better than Optimism for Reinforcement
        Learning?, 2017.
    """

    env_distribution: TabularMDP
    samples: int = eqx.field(static=True)
    """Number of samples."""
    prior_mean: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, belief: MDPBelief, key: PRNGKeyArray) -> Float[Array, "horizon states actions"]:
        models = jax.vmap(belief.sample)(jax.random.split(key, self.samples))
        zeros = jnp.zeros(models.rewards.shape[1:])

        def backup(value):
            return (models.rewards + models.transitions @ value).max(axis=0)

        return backward_induction(backup, zeros, self.env_distribution.horizon)


class BEB(MDPPolicy):
    """Bayesian exploration bonus: the mean model with β / (1 + n) added to the rewards.

    n counts the visits and the `num_states` pseudo-counts of the prior.

    References:
        Kolter and Ng, Near-Bayesian Exploration in Polynomial Time, 2009.
    """

    env_distribution: TabularMDP
    bonus: Float[Array, ""] = eqx.field(converter=jnp.asarray)
    """Bonus β."""
    prior_mean: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, belief: MDPBelief, key: PRNGKeyArray) -> Float[Array, "horizon states actions"]:
        mean = belief.mean
        pseudo_counts = self.env_distribution.num_states
        rewards = mean.rewards + self.bonus / (1 + pseudo_counts + belief.visits)
        return value_iteration(mean._replace(rewards=rewards), self.env_distribution.horizon)


class UCRL2(MDPPolicy):
    """Optimal policy of the most optimistic plausible model.

    Simplified: it plans over the horizon before each episode. The plausible models are centred on
    the posterior mean, because the empirical means are undefined at first. The widths of the paper
    hold for any MDP and are scaled by `bonus_scale`.

    References:
        Jaksch, Ortner and Auer, Near-optimal Regret Bounds for Reinforcement Learning, 2010.
    """

    env_distribution: TabularMDP
    bonus_scale: Float[Array, ""] = eqx.field(converter=jnp.asarray)
    """Factor of the confidence widths."""
    prior_mean: Float[Array, ""] = eqx.field(default=1.0, converter=jnp.asarray)

    def plan(self, belief: MDPBelief, key: PRNGKeyArray) -> Float[Array, "horizon states actions"]:
        mean, visits = belief.mean, belief.visits
        states, actions = visits.shape
        steps = jnp.maximum(1, visits.sum())
        log_pairs = jnp.log(2 * states * actions * steps / _CONFIDENCE)
        log_actions = jnp.log(2 * actions * steps / _CONFIDENCE)
        bonus = self.bonus_scale / jnp.sqrt(jnp.maximum(1, visits))
        rewards = mean.rewards + bonus * jnp.sqrt(3.5 * log_pairs)
        mass = bonus * math.sqrt(14 * states) * jnp.sqrt(log_actions)

        def backup(value):
            return optimistic_transitions(mean.transitions, mass, value) @ value

        return backward_induction(backup, rewards, self.env_distribution.horizon)


def optimistic_transitions(
    transitions: Float[Array, "states actions states"],
    mass: Float[Array, "states actions"],
    value: Float[Array, " states"],
) -> Float[Array, "states actions states"]:
    """Return the transitions of the largest mean value within an L1 ball.

    Half of `mass` moves to the best state, from the worst ones.

    Args:
        transitions: Centre of the ball.
        mass: Radius of the ball.
        value: Values of the states.

    Returns:
        Optimistic transition probabilities.

    References:
        Jaksch, Ortner and Auer, Near-optimal Regret Bounds for Reinforcement Learning, 2010,
        figure 2.
    """
    order = jnp.argsort(value)
    rising = transitions[..., order]
    rising = rising.at[..., -1].set(jnp.minimum(1.0, rising[..., -1] + mass / 2))
    excess = rising.sum(axis=-1, keepdims=True) - 1
    below = jnp.cumsum(rising, axis=-1) - rising
    removed = jnp.clip(excess - below, 0.0, rising)
    return (rising - removed)[..., jnp.argsort(order)]
