"""Rollouts: one trial of one task, for any policy."""

from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree

from yingshe.applications.agents.environments.base import EnvDistribution
from yingshe.applications.policy import PlansEpisodes, Policy
from yingshe.standardizer import Standardizer


class PolicyInput(NamedTuple):
    """Input of a policy at one time step."""

    observation: Float[Array, " observation_dim"]
    start: Bool[Array, ""]
    """First time step of an episode."""
    terminated: Bool[Array, ""]
    """First time step after an episode that terminated rather than was truncated."""
    elapsed: Float[Array, ""]
    """Fraction of the trial's time steps that is over."""


class StepResult(NamedTuple):
    """Outcome of an action, as a policy sees it."""

    observation: Float[Array, " observation_dim"]
    """Next observation of the same episode, also where the episode ends with it."""
    reward: Float[Array, ""]
    terminated: Bool[Array, ""]


class Trajectory(NamedTuple):
    """All time steps of one trial, followed by padding that `mask` marks."""

    inputs: PolicyInput
    """Inputs of the policy, with a leading axis of time steps."""
    action: Float[Array, "steps action_dim"]
    reward: Float[Array, " steps"]
    terminated: Bool[Array, " steps"]
    """The state after the step is terminal."""
    episode: Int[Array, " steps"]
    """Number of the episode, from 0."""
    mask: Bool[Array, " steps"]
    """False in the padding."""
    info: PyTree[Array]
    """Information that the policy returned with each action."""

    def returns(self, episodes: int) -> Float[Array, " episodes"]:
        """Compute the return of each episode.

        Args:
            episodes: Number of episodes in the trial.

        Returns:
            Sums of rewards (episodes,).
        """
        rewards = jnp.where(self.mask, self.reward, 0.0)
        return jax.ops.segment_sum(rewards, self.episode, num_segments=episodes)


class TrialKeys(NamedTuple):
    """PRNG keys of a trial: policies with the same keys share common random numbers."""

    task: PRNGKeyArray
    reset: PRNGKeyArray
    """Folded with the number of the episode."""
    step: PRNGKeyArray
    """Folded with the number of the time step in the trial."""
    policy: PRNGKeyArray
    """Key of the policy's own choices."""

    @classmethod
    def split(cls, key: PRNGKeyArray) -> "TrialKeys":
        """Return the keys of the trial that belongs to a key.

        Args:
            key: PRNG key of the trial.

        Returns:
            The four keys.
        """
        return cls(*jax.random.split(key, 4))


class _TrialState(NamedTuple):
    """State of a trial between two episodes."""

    policy: PyTree[Array]
    step: Int[Array, ""]
    """Number of time steps taken in the trial."""
    terminated: Bool[Array, ""]


class _RolloutState(NamedTuple):
    """State of a trial within an episode."""

    policy: PyTree[Array]
    step: Int[Array, ""]
    terminated: Bool[Array, ""]
    environment: PyTree[Array]
    observation: Float[Array, " observation_dim"]


def rollout(env_distribution: EnvDistribution, policy: Policy, key: PRNGKeyArray) -> Trajectory:
    """Roll out a policy for one trial of a task drawn with the key.

    The task, the initial states and the noise of each time step depend on the key alone, so that
    all policies share common random numbers. Jittable; batch with `jax.vmap` over keys.

    Args:
        env_distribution: Distribution that the task is drawn from.
        policy: The policy; `begin_episode` is called once an episode where it has one.
        key: PRNG key of the trial.

    Returns:
        The trajectory, of `env_distribution.trial_steps` rows.
    """
    keys = TrialKeys.split(key)
    task = env_distribution.sample_task(keys.task)

    def episode(trial: _TrialState, number: Int[Array, ""]):
        plan_key, action_key = jax.random.split(jax.random.fold_in(keys.policy, number))
        policy_state = trial.policy
        if isinstance(policy, PlansEpisodes):
            policy_state = policy.begin_episode(policy_state, plan_key)

        def advance(current: _RolloutState, t: Int[Array, ""]):
            first = t == 0
            inputs = PolicyInput(
                current.observation,
                first,
                first & trial.terminated,
                current.step / env_distribution.trial_steps,
            )
            if isinstance(policy, PlansEpisodes):
                act_key = jax.random.fold_in(action_key, t)
            else:
                act_key = jax.random.fold_in(keys.policy, current.step)
            action, info = policy.act(current.policy, inputs, act_key)
            noise_key = jax.random.fold_in(keys.step, current.step)
            after = env_distribution.step(task, current.environment, action, noise_key)
            result = StepResult(after.observation, after.reward, after.terminated)
            following = _RolloutState(
                policy.update(current.policy, inputs, action, result),
                current.step + 1,
                after.terminated,
                after.state,
                after.observation,
            )
            over = current.terminated  # the rest of the episode is padding
            following = jax.tree.map(lambda old, new: jnp.where(over, old, new), current, following)
            row = (inputs, action, after.reward, after.terminated, number, ~over, info)
            return following, row

        environment, observation = env_distribution.reset(
            task, jax.random.fold_in(keys.reset, number)
        )
        start = _RolloutState(
            policy_state, trial.step, jnp.zeros((), bool), environment, observation
        )
        end, rows = jax.lax.scan(advance, start, jnp.arange(env_distribution.episode_steps))
        return _TrialState(end.policy, end.step, end.terminated), rows

    start = _TrialState(policy.init_state(task), jnp.zeros((), int), jnp.zeros((), bool))
    _, rows = jax.lax.scan(episode, start, jnp.arange(env_distribution.episodes))
    return _pack(Trajectory(*rows))


def _pack(rows: Trajectory) -> Trajectory:
    """Flatten (episodes, episode_steps) to time steps, and move the padding to the end."""
    steps = rows.mask.size
    flat = jax.tree.map(lambda leaf: leaf.reshape(steps, *leaf.shape[2:]), rows)
    order = jnp.argsort(~flat.mask, stable=True)
    return jax.tree.map(lambda leaf: leaf[order], flat)


@runtime_checkable
class VectorRollout(Protocol):
    """Distribution over environments outside of JAX that are stepped in parallel."""

    observation_dim: int
    action_dim: int
    actions: Literal["discrete", "continuous"]
    episodes: int
    episode_steps: int
    standardizer: Standardizer

    @property
    def trial_steps(self) -> int:
        """Return the largest number of time steps in a trial."""
        ...

    def rollout_batch(self, policy: Any, key: PRNGKeyArray, num_trials: int) -> Trajectory:
        """Roll out a policy in many trials.

        Args:
            policy: The policy.
            key: PRNG key of all trials.
            num_trials: Number of trials.

        Returns:
            The trajectories, with a leading axis of trials.
        """
        ...


AnyEnvDistribution = EnvDistribution | VectorRollout


def rollout_batch(
    env_distribution: AnyEnvDistribution, policy: Policy, key: PRNGKeyArray, num_trials: int
) -> Trajectory:
    """Roll out a policy in many trials, each with its own task.

    Args:
        env_distribution: Distribution that the tasks are drawn from.
        policy: The policy.
        key: PRNG key of all trials.
        num_trials: Number of trials.

    Returns:
        The trajectories, with a leading axis of trials.
    """
    if isinstance(env_distribution, VectorRollout):
        return env_distribution.rollout_batch(policy, key, num_trials)
    keys = jax.random.split(key, num_trials)
    return jax.vmap(lambda k: rollout(env_distribution, policy, k))(keys)
