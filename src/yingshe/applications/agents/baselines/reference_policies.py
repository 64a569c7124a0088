"""Lower and upper reference policies: memoryless, and fully observed."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.agents.environments.base import (
    Action,
    EnvDistribution,
    EnvState,
    Task,
    TimeStep,
)
from yingshe.learners import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class Memoryless(Learner):
    """Wrapper of a learner that ignores its experience; trained with PPO, it is plain PPO.

    Args:
        inner: Learner whose `predict` is used with its initial state.
    """

    inner: Learner
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: str = eqx.field(static=True)

    def __init__(self, inner: Learner):
        self.inner = inner
        self.x_dim, self.y_dim, self.likelihood = inner.x_dim, inner.y_dim, inner.likelihood

    def init_state(self):
        return self.inner.init_state()

    def observe(self, state, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]):
        return state

    def predict(self, state, x: Float[Array, " x_dim"]) -> Prediction:
        return self.inner.predict(state, x)

    def prequential(self, pairs: Pairs) -> Prediction:
        return jax.vmap(self.predict, in_axes=(None, 0))(self.init_state(), pairs.x)


class FullyObservable(EnvDistribution):
    """Same environments with the hidden parameters of the task appended to the observation.

    Args:
        inner: Distribution over environments with hidden parameters.
    """

    inner: EnvDistribution
    observation_dim: int = eqx.field(static=True)
    action_dim: int = eqx.field(static=True)
    actions: Literal["discrete", "continuous"] = eqx.field(static=True)
    episodes: int = eqx.field(static=True)
    episode_steps: int = eqx.field(static=True)

    def __init__(self, inner: EnvDistribution):
        self.inner = inner
        task = jax.eval_shape(inner.sample_task, jax.random.key(0))
        hidden = sum(leaf.size for leaf in jax.tree.leaves(task))
        self.observation_dim = inner.observation_dim + hidden
        self.action_dim, self.actions = inner.action_dim, inner.actions
        self.episodes, self.episode_steps = inner.episodes, inner.episode_steps

    def sample_task(self, key: PRNGKeyArray) -> Task:
        return self.inner.sample_task(key)

    def reset(
        self, task: Task, key: PRNGKeyArray
    ) -> tuple[EnvState, Float[Array, " observation_dim"]]:
        state, observation = self.inner.reset(task, key)
        return state, _append_task(observation, task)

    def step(self, task: Task, state: EnvState, action: Action, key: PRNGKeyArray) -> TimeStep:
        after = self.inner.step(task, state, action, key)
        return after._replace(observation=_append_task(after.observation, task))


def _append_task(observation: Float[Array, " n"], task: Task) -> Float[Array, " m"]:
    return jnp.concatenate([observation, ravel_pytree(task)[0]])
