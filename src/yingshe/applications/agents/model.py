"""Learned agents: a learner as a policy, and an agent that acts step by step."""

import os
from typing import NamedTuple, SupportsFloat

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from yingshe import zoo
from yingshe.applications.agents._encoding import (
    NUM_EXTRA_INPUTS,
    encode_input,
    encode_target,
    mode_action,
    split_policy_value,
)
from yingshe.applications.agents.environments.base import Action, Task
from yingshe.applications.agents.rollout import PolicyInput, StepResult
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.serialization import read_learner, write_learner


class ActionInfo(NamedTuple):
    """Log-probability and value estimate of a chosen action; PPO needs both."""

    log_prob: Float[Array, ""]
    value: Float[Array, ""]


class LearnerPolicy(eqx.Module):
    """Policy of a learner that observes its own experience.

    One time step is one pair: x = (observation, start, terminated, elapsed), y = (action, reward).
    Acting is `predict`; learning from the outcome is `observe`. No gradient is taken.

    Args:
        learner: A learner with the dimensions of `learner_dims(env_distribution)`.
        greedy: Take the mode of the policy instead of a sample.

    References:
        Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement Learning, 2016,
        section 2.2.
    """

    learner: Learner
    greedy: bool = eqx.field(static=True, default=False)

    def init_state(self, task: Task) -> PyTree[Array]:
        """Return the state before the first time step.

        Args:
            task: Not used.

        Returns:
            Initial state of the learner.
        """
        return self.learner.init_state()

    def act(
        self, state: PyTree[Array], step: PolicyInput, key: PRNGKeyArray
    ) -> tuple[Action, ActionInfo]:
        """Choose an action.

        Args:
            state: State of the learner.
            step: Observation and flags of the time step.
            key: PRNG key of the sample.

        Returns:
            The action (action_dim,), and its log-probability and value.
        """
        policy, value = split_policy_value(self.learner.predict(state, encode_input(step)))
        action = mode_action(policy) if self.greedy else policy.sample(key)
        return action, ActionInfo(policy.log_prob(action), value)

    def update(
        self, state: PyTree[Array], step: PolicyInput, action: Action, result: StepResult
    ) -> PyTree[Array]:
        """Return the state after the outcome of an action.

        Args:
            state: State of the learner.
            step: Observation and flags of the time step.
            action: The action taken.
            result: Its outcome; only the reward is used.

        Returns:
            The updated state of the learner.
        """
        return self.learner.observe(state, encode_input(step), encode_target(action, result.reward))


class AgentState(NamedTuple):
    """State of an agent between two calls, in the middle of a trial."""

    state: PyTree[Array]
    """State of the learner."""
    x: Float[Array, " x_dim"]
    """Input of the last action."""
    action: Float[Array, " action_dim"]
    """Last action."""
    pending: Bool[Array, ""]
    """The reward of the last action is still to be observed."""
    start: Bool[Array, ""]
    terminated: Bool[Array, ""]
    step: Int[Array, ""]
    """Number of the time step in the trial."""


class Agent:
    """Trained learner that acts in one environment, and adapts to it while acting.

    ```python
    agent = Agent.load("cartpole", seed=0)
    for episode in range(2):
        observation, _ = env.reset()
        over = False
        while not over:
            observation, reward, terminated, truncated, _ = env.step(agent.act(observation))
            agent.observe(reward, terminated, truncated)
            over = terminated or truncated
    ```

    Its memory lasts across episodes until `reset`. Discrete actions are integers; continuous
    actions are arrays of numbers from -1 to 1.

    Args:
        learner: A learner trained by `train_ppo` or `train_dagger`.
        trial_steps: Largest number of steps of a trial; agents explore less towards its end.
        seed: Seed of the sampled actions.
        greedy: Take the most probable action instead of a sample.

    Raises:
        UserError: `trial_steps` is below 1.
    """

    def __init__(self, learner: Learner, *, trial_steps: int, seed: int = 0, greedy: bool = False):
        if trial_steps < 1:
            raise UserError(f"trial_steps must be at least 1, got {trial_steps}.")
        self.learner, self.trial_steps, self.greedy = learner, trial_steps, greedy
        self._key = jax.random.key(seed)
        self.reset()

    @classmethod
    def load(
        cls, path_or_name: str | os.PathLike, *, seed: int = 0, greedy: bool = False
    ) -> "Agent":
        """Load an agent that `save` wrote, or a new one from a run directory or the zoo.

        Args:
            path_or_name: File, run directory, or name of a zoo model.
            seed: Seed of the sampled actions.
            greedy: Take the most probable action instead of a sample.

        Returns:
            The agent; one from a file continues its trial.

        Raises:
            UserError: There is no such model, or it is not an agent.
        """
        path = zoo.resolve(path_or_name)
        try:
            learner, state, metadata = read_learner(path, kind="agent", state_of=_init_state)
        except UserError:
            learner, _, metadata = read_learner(path)
            state = _init_state(learner)
        metadata = metadata.get("metadata", metadata)
        if "trial_steps" not in metadata:
            raise UserError(
                "path_or_name must be a run directory, file or zoo model of an agent; "
                f"{path_or_name} was not trained to act."
            )
        agent = cls(learner, trial_steps=metadata["trial_steps"], seed=seed, greedy=greedy)
        agent._state = state
        return agent

    def save(self, path: str | os.PathLike) -> None:
        """Write the agent and its memory of the trial to one file.

        Args:
            path: File to write.

        Raises:
            UserError: The file cannot be written.
        """
        metadata = {"trial_steps": self.trial_steps}
        write_learner(path, self.learner, kind="agent", state=self._state, metadata=metadata)

    def reset(self) -> None:
        """Start a new trial in another environment: clear the memory."""
        self._state = _init_state(self.learner)

    def act(self, observation: ArrayLike) -> int | np.ndarray:
        """Choose an action.

        Args:
            observation: Observation (observation_dim,).

        Returns:
            Number of the action, or numbers from -1 to 1 (action_dim,).

        Raises:
            UserError: The shape is wrong, or the last action's reward was not observed.
        """
        if bool(self._state.pending):
            raise UserError(
                "The reward of the last action is missing; call agent.observe(reward, …) first."
            )
        observation = _check_observation(observation, self.learner, 1)
        act_key = jax.random.fold_in(self._key, self._state.step)
        elapsed = jnp.minimum(self._state.step / self.trial_steps, 1.0)
        self._state, action = _act(
            self.learner, self._state, observation, elapsed, act_key, self.greedy
        )
        return _to_native(action, self.learner)

    def observe(
        self, reward: SupportsFloat, terminated: bool | np.bool_, truncated: bool | np.bool_
    ) -> None:
        """Observe the outcome of the last action.

        Args:
            reward: Reward of the action.
            terminated: The episode reached a terminal state.
            truncated: The episode was cut off.

        Raises:
            UserError: There was no action since the last call.
        """
        if not bool(self._state.pending):
            raise UserError("There is no action to observe; call agent.act(observation) first.")
        self._state = _observe(
            self.learner,
            self._state,
            jnp.asarray(float(reward)),
            jnp.asarray(bool(terminated)),
            jnp.asarray(bool(truncated)),
        )

    def predict(
        self,
        observation: ArrayLike,
        state: AgentState | None = None,
        episode_start: ArrayLike | None = None,
        deterministic: bool = False,
        *,
        reward: ArrayLike | None = None,
        terminated: ArrayLike | None = None,
    ) -> tuple[np.ndarray, AgentState]:
        """Choose actions for n environments, with the signature of Stable-Baselines3.

        ```python
        state, start, reward = None, np.ones(n, bool), np.zeros(n)
        while True:
            action, state = agent.predict(observation, state, start, reward=reward)
            observation, reward, start, _ = env.step(action)
        ```

        Args:
            observation: Observations (n, observation_dim).
            state: State that the previous call returned; None starts new trials.
            episode_start: Flags (n,) of episodes that start; the trial continues across episodes.
                To start new trials in all n environments, pass state=None.
            deterministic: Take the most probable actions.
            reward: Rewards (n,) of the previous actions; without them the agent cannot adapt.
            terminated: Flags (n,) of ended episodes that terminated rather than were truncated;
                all of them by default.

        Returns:
            Actions (n,) or (n, action_dim), and the new state.

        Raises:
            UserError: A shape is wrong.
        """
        observation = _check_observation(observation, self.learner, 2)
        n = len(observation)
        start = _check_flags("episode_start", episode_start, n, state is None)
        ended = _check_flags("terminated", terminated, n, True)
        if state is None:
            initial = _init_state(self.learner)
            state = AgentState(*jax.tree.map(lambda a: jnp.broadcast_to(a, (n, *a.shape)), initial))
        rewards = jnp.zeros(n) if reward is None else jnp.asarray(reward, float)
        if rewards.shape != (n,):
            raise UserError(f"reward must have shape ({n},), got {rewards.shape}.")
        self._key, act_key = jax.random.split(self._key)
        state, action = _predict(
            self.learner,
            state,
            (observation, rewards, start, ended),
            self.trial_steps,
            jax.random.split(act_key, n),
            deterministic or self.greedy,
        )
        if self.learner.likelihood != "gaussian":
            action = jnp.argmax(action, axis=-1)
        return np.asarray(action), state


def _init_state(learner: Learner) -> AgentState:
    """Return the state before a trial."""
    no, yes = jnp.zeros((), bool), jnp.ones((), bool)
    return AgentState(
        learner.init_state(),
        jnp.zeros(learner.x_dim),
        jnp.zeros(learner.y_dim - 1),
        no,
        yes,
        no,
        jnp.zeros((), jnp.int32),
    )


@eqx.filter_jit
def _act(
    learner: Learner,
    state: AgentState,
    observation: Float[Array, " observation_dim"],
    elapsed: Float[Array, ""],
    key: PRNGKeyArray,
    greedy: bool,
) -> tuple[AgentState, Float[Array, " action_dim"]]:
    x = encode_input(PolicyInput(observation, state.start, state.terminated, elapsed))
    policy = split_policy_value(learner.predict(state.state, x)).policy
    action = mode_action(policy) if greedy else policy.sample(key)
    return state._replace(x=x, action=action, pending=jnp.ones((), bool)), action


@eqx.filter_jit
def _observe(learner: Learner, state: AgentState, reward, terminated, truncated) -> AgentState:
    return AgentState(
        learner.observe(state.state, state.x, encode_target(state.action, reward)),
        state.x,
        state.action,
        jnp.zeros((), bool),
        terminated | truncated,
        terminated,
        state.step + 1,
    )


@eqx.filter_jit
def _predict(
    learner: Learner, states: AgentState, feedback: tuple, trial_steps: int, keys, greedy: bool
):
    def predict(state: AgentState, feedback, key):
        observation, reward, start, terminated = feedback
        observed = _observe(learner, state, reward, start & terminated, start)
        state = jax.tree.map(lambda a, b: jnp.where(state.pending, a, b), observed, state)
        elapsed = jnp.minimum(state.step / trial_steps, 1.0)
        return _act(learner, state, observation, elapsed, key, greedy)

    return jax.vmap(predict)(states, feedback, keys)


def _check_observation(observation: ArrayLike, learner: Learner, ndim: int) -> Float[Array, "..."]:
    observation = jnp.asarray(observation, float)
    expected = learner.x_dim - NUM_EXTRA_INPUTS
    if observation.ndim != ndim or observation.shape[-1] != expected:
        shape = f"({expected},)" if ndim == 1 else f"(n, {expected})"
        raise UserError(f"observation must have shape {shape}, got {observation.shape}.")
    return observation


def _check_flags(name: str, flags: ArrayLike | None, n: int, default: bool) -> Bool[Array, " n"]:
    if flags is None:
        return jnp.full(n, default)
    flags = jnp.asarray(flags, bool)
    if flags.shape != (n,):
        raise UserError(f"{name} must have shape ({n},), got {flags.shape}.")
    return flags


def _to_native(action: Float[Array, " action_dim"], learner: Learner) -> int | np.ndarray:
    if learner.likelihood == "gaussian":
        return np.clip(np.asarray(action), -1.0, 1.0)
    return int(jnp.argmax(action))
