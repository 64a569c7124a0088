"""What an agent stands between: one that remembers nothing, and one that need not find out."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.agents.environments.base import (
    Action,
    EnvironmentFamily,
    EnvironmentState,
    Step,
    Task,
)
from yingshe.learners import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class Memoryless(Learner):
    """A learner that reads nothing: every step is its first. Trained so, it is plain PPO."""

    inner: Learner
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: str = eqx.field(static=True)

    def __init__(self, inner: Learner):
        self.inner = inner
        self.x_dim, self.y_dim, self.output = inner.x_dim, inner.y_dim, inner.likelihood

    def init_state(self):
        return self.inner.init_state()

    def observe(self, state, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]):
        return state

    def predict(self, state, x: Float[Array, " x_dim"]) -> Prediction:
        return self.inner.predict(state, x)

    def prequential(self, pairs: Pairs) -> Prediction:
        return jax.vmap(self.predict, in_axes=(None, 0))(self.init_state(), pairs.x)


class Told(EnvironmentFamily):
    """The same environments, in which all that a task hides stands in the observation."""

    family: EnvironmentFamily
    observation_dim: int = eqx.field(static=True)
    action_dim: int = eqx.field(static=True)
    actions: Literal["discrete", "continuous"] = eqx.field(static=True)
    episodes: int = eqx.field(static=True)
    episode_steps: int = eqx.field(static=True)

    def __init__(self, family: EnvironmentFamily):
        self.family = family
        task = jax.eval_shape(family.sample_task, jax.random.key(0))
        hidden = sum(leaf.size for leaf in jax.tree.leaves(task))
        self.observation_dim = family.observation_dim + hidden
        self.action_dim, self.actions = family.action_dim, family.actions
        self.episodes, self.episode_steps = family.episodes, family.episode_steps

    def sample_task(self, key: PRNGKeyArray) -> Task:
        return self.family.sample_task(key)

    def reset(
        self, task: Task, key: PRNGKeyArray
    ) -> tuple[EnvironmentState, Float[Array, " observation_dim"]]:
        state, observation = self.family.reset(task, key)
        return state, _with(task, observation)

    def step(self, task: Task, state: EnvironmentState, action: Action, key: PRNGKeyArray) -> Step:
        after = self.family.step(task, state, action, key)
        return after._replace(observation=_with(task, after.observation))


def _with(task: Task, observation: Float[Array, " n"]) -> Float[Array, " m"]:
    return jnp.concatenate([observation, ravel_pytree(task)[0]])
