"""Contract of every distribution over environments."""

from abc import abstractmethod
from typing import Literal, NamedTuple

import equinox as eqx
from jaxtyping import Array, Bool, Float, PRNGKeyArray, PyTree

Task = PyTree[Array]
"""Hidden parameters of one environment, such as the probabilities of the arms of a bandit."""

EnvState = PyTree[Array]
"""State of an environment within an episode."""

Action = Float[Array, " action_dim"]
"""One-hot vector for discrete actions; otherwise numbers from -1 to 1."""


class TimeStep(NamedTuple):
    """Result of one action, as an environment returns it."""

    state: EnvState
    observation: Float[Array, " observation_dim"]
    reward: Float[Array, ""]
    terminated: Bool[Array, ""]
    """The episode reached a terminal state; truncation at `episode_steps` does not count."""


class EnvDistribution(eqx.Module):
    """Distribution over environments, in pure JAX. Options are static fields with plain values.

    A task is one environment: `sample_task` draws its hidden parameters. A trial is `episodes`
    episodes of the same task, of at most `episode_steps` steps each. The agent maximizes the return
    of the full trial. All methods take one task; batch them with `jax.vmap`.
    """

    observation_dim: eqx.AbstractVar[int]
    """Size of an observation; may be 0."""

    action_dim: eqx.AbstractVar[int]
    """Number of discrete actions, or size of a continuous action."""

    actions: eqx.AbstractVar[Literal["discrete", "continuous"]]
    """Type of the action space."""

    episodes: eqx.AbstractVar[int]
    """Number of episodes in a trial."""

    episode_steps: eqx.AbstractVar[int]
    """Number of steps after which an episode is truncated."""

    @abstractmethod
    def sample_task(self, key: PRNGKeyArray) -> Task:
        """Draw the hidden parameters of one environment.

        Args:
            key: PRNG key.

        Returns:
            The parameters, as `reset` and `step` take them.
        """

    @abstractmethod
    def reset(
        self, task: Task, key: PRNGKeyArray
    ) -> tuple[EnvState, Float[Array, " observation_dim"]]:
        """Start an episode.

        Args:
            task: Hidden parameters of the environment.
            key: PRNG key of the initial state.

        Returns:
            The initial state and its observation (observation_dim,).
        """

    @abstractmethod
    def step(self, task: Task, state: EnvState, action: Action, key: PRNGKeyArray) -> TimeStep:
        """Apply one action.

        Args:
            task: Hidden parameters of the environment.
            state: State before the action.
            action: Action (action_dim,).
            key: PRNG key of the noise.

        Returns:
            The next state, its observation, the reward, and whether the state is terminal.
        """

    @property
    def trial_steps(self) -> int:
        """Return the largest number of steps in a trial."""
        return self.episodes * self.episode_steps
