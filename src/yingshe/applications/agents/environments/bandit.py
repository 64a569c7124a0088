"""Bernoulli bandits: which arm pays most?"""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.agents.environments.base import Action, EnvironmentFamily, Step
from yingshe.applications.agents.environments.checks import check_counts


class Bandit(EnvironmentFamily):
    """Arms that pay 1 with odds of their own, and else 0. A trial is one episode.

    | symbol | distribution |
    |---|---|
    | odds of an arm | U(0, 1), the same at every pull |
    | reward | Bernoulli(odds of the arm that was pulled) |

    There is nothing to observe. Actions: one-hot, the arm to pull. After Duan
    et al., RL², 2016, sec. 3.1.

    Raises UserError where there is no arm or no pull.
    """

    arms: int = eqx.field(static=True, default=5)
    pulls: int = eqx.field(static=True, default=10)
    observation_dim: int = eqx.field(static=True, default=0, init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )
    episodes: int = eqx.field(static=True, default=1, init=False)

    def __check_init__(self):
        check_counts(arms=self.arms, pulls=self.pulls)

    @property
    def action_dim(self) -> int:
        return self.arms

    @property
    def episode_steps(self) -> int:
        return self.pulls

    def sample_task(self, key: PRNGKeyArray) -> Float[Array, " arms"]:
        """The odds of each arm."""
        return jax.random.uniform(key, (self.arms,))

    def reset(
        self, task: Float[Array, " arms"], key: PRNGKeyArray
    ) -> tuple[tuple[()], Float[Array, "0"]]:
        return (), jnp.zeros(0)

    def step(
        self, task: Float[Array, " arms"], state: tuple[()], action: Action, key: PRNGKeyArray
    ) -> Step:
        # Luck is drawn for every arm: whoever plays with the same key meets the same luck.
        pays = (jax.random.uniform(key, (self.arms,)) < task).astype(jnp.float32)
        return Step(state, jnp.zeros(0), action @ pays, jnp.array(False))
