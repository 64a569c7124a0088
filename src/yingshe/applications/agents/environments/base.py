"""The contract that every family of environments keeps."""

from abc import abstractmethod
from typing import Literal, NamedTuple

import equinox as eqx
from jaxtyping import Array, Bool, Float, PRNGKeyArray, PyTree

Task = PyTree[Array]
"""What a task hides: the odds of the arms, the mass of the pole, the cell of the goal."""

EnvironmentState = PyTree[Array]
"""Where an episode stands."""

Action = Float[Array, " action_dim"]
"""One-hot where actions are discrete; else numbers from -1 to 1."""


class Step(NamedTuple):
    """What an action brings."""

    state: EnvironmentState
    observation: Float[Array, " observation_dim"]
    reward: Float[Array, ""]
    terminated: Bool[Array, ""]
    """The episode has come to an end of its own (truncation at `episode_steps` is not meant)."""


class EnvironmentFamily(eqx.Module):
    """A distribution over environments, in pure JAX. Options are static fields with plain values.

    A task is one environment: `sample_task` draws what it hides. A trial is `episodes` episodes of
    the same task, of `episode_steps` steps at most, and an agent is to do well over all of them.
    Written for one task; batch with `jax.vmap`.
    """

    observation_dim: eqx.AbstractVar[int]
    """Numbers in an observation; may be 0."""

    action_dim: eqx.AbstractVar[int]
    """Discrete actions there are, or numbers in a continuous action."""

    actions: eqx.AbstractVar[Literal["discrete", "continuous"]]

    episodes: eqx.AbstractVar[int]
    """Episodes in a trial."""

    episode_steps: eqx.AbstractVar[int]
    """Steps after which an episode is truncated."""

    @abstractmethod
    def sample_task(self, key: PRNGKeyArray) -> Task:
        """Draw what a task hides."""

    @abstractmethod
    def reset(
        self, task: Task, key: PRNGKeyArray
    ) -> tuple[EnvironmentState, Float[Array, " observation_dim"]]:
        """Begin an episode."""

    @abstractmethod
    def step(self, task: Task, state: EnvironmentState, action: Action, key: PRNGKeyArray) -> Step:
        """Carry out one action."""

    @property
    def trial_steps(self) -> int:
        """The most steps that a trial can have."""
        return self.episodes * self.episode_steps
