"""The contract of policies that are not learned, and trials in which all meet the same luck."""

from typing import NamedTuple, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key, PRNGKeyArray, PyTree

from yingshe.applications.agents.environments import Action, EnvironmentFamily
from yingshe.applications.agents.play import TrialKeys

PolicyState = PyTree[Array]
"""What a policy has found out, and what it plans."""


class Move(NamedTuple):
    """What there is to learn from one action."""

    observation: Float[Array, " observation_dim"]
    action: Action
    reward: Float[Array, ""]
    following: Float[Array, " observation_dim"]
    """What is observed next."""
    terminated: Bool[Array, ""]


@runtime_checkable
class Policy(Protocol):
    """One way to play all tasks of a family. Written for one task; `play` batches."""

    def init(self) -> PolicyState:
        """Before a trial, when nothing is known of the task."""
        ...

    def begin(self, state: PolicyState, key: PRNGKeyArray) -> PolicyState:
        """Before an episode: the time to plan."""
        ...

    def act(
        self, state: PolicyState, observation: Float[Array, " observation_dim"], key: PRNGKeyArray
    ) -> Action:
        """Choose an action."""
        ...

    def learn(self, state: PolicyState, move: Move) -> PolicyState:
        """Take in what the action brought."""
        ...


def play_policy(
    family: EnvironmentFamily, policy: Policy, key: PRNGKeyArray
) -> Float[Array, "episodes episode_steps"]:
    """Rewards of one trial; 0 after an episode has terminated.

    A policy plans once an episode, for which the episodes are loops of their own here. As long as
    none ends early it meets the luck that players meet in `yingshe.applications.agents.play`.
    """
    keys = TrialKeys.of(key)
    task = family.sample_task(keys.task)

    def episode(policy_state, number):
        begin_key, act_key = jax.random.split(jax.random.fold_in(keys.player, number))
        start, observation = family.reset(task, jax.random.fold_in(keys.reset, number))

        def advance(carry, t):
            policy_state, state, observation, over = carry
            action = policy.act(policy_state, observation, jax.random.fold_in(act_key, t))
            step_key = jax.random.fold_in(keys.step, number * family.episode_steps + t)
            step = family.step(task, state, action, step_key)
            move = Move(observation, action, step.reward, step.observation, step.terminated)
            learned = policy.learn(policy_state, move)
            following = (learned, step.state, step.observation, over | step.terminated)
            carry = jax.tree.map(lambda old, new: jnp.where(over, old, new), carry, following)
            return carry, jnp.where(over, 0.0, step.reward)

        carry = (policy.begin(policy_state, begin_key), start, observation, jnp.array(False))
        carry, rewards = jax.lax.scan(advance, carry, jnp.arange(family.episode_steps))
        return carry[0], rewards

    return jax.lax.scan(episode, policy.init(), jnp.arange(family.episodes))[1]


@eqx.filter_jit
def play(
    family: EnvironmentFamily, policy: Policy, keys: Key[Array, " trials"]
) -> Float[Array, "trials episodes episode_steps"]:
    """Rewards of many trials, one a key."""
    return jax.vmap(lambda key: play_policy(family, policy, key))(keys)
