"""Grid world with a hidden goal cell."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.agents.environments._checks import check_counts
from yingshe.applications.agents.environments.base import Action, EnvDistribution, TimeStep
from yingshe.errors import UserError

MOVES = np.array([[-1, 0], [1, 0], [0, -1], [0, 1], [0, 0]])
"""Change of row and column by action: up, down, left, right, stay."""
GOAL_REWARD = 1.0
"""Reward of a step that ends on the goal."""
STEP_REWARD = -0.1
"""Reward of every other step."""


class HiddenGoal(EnvDistribution):
    """Grid world: find the goal once, then go straight to it in the later episodes.

    | symbol | distribution |
    |---|---|
    | goal | uniform over all cells but the start |
    | start | the cell (0, 0), in every episode |
    | reward | 1 for every step that ends on the goal, −0.1 for all others |

    Observations: the cell, one-hot, row by row. Actions: one-hot, one of `MOVES`; a move into the
    wall leaves the cell unchanged. Reaching the goal does not end the episode. Rewards, moves and
    sizes are those of VariBAD, whose goals also exclude the neighbours of the start.

    Args:
        size: Number of cells along each side.
        episode_steps: Number of steps in an episode.
        episodes: Number of episodes in a trial.

    Raises:
        UserError: The grid has a single cell, or a count is below 1.

    References:
        Zintgraf et al., VariBAD: A Very Good Method for Bayes-Adaptive Deep RL, 2020, section 5.1.
    """

    size: int = eqx.field(static=True, default=5)
    episode_steps: int = eqx.field(static=True, default=15)
    episodes: int = eqx.field(static=True, default=4)
    action_dim: int = eqx.field(static=True, default=len(MOVES), init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )

    def __check_init__(self):
        check_counts(episode_steps=self.episode_steps, episodes=self.episodes)
        if self.size < 2:
            raise UserError(f"size must be at least 2, got {self.size}: one cell is the start.")

    @property
    def observation_dim(self) -> int:
        return self.size**2

    def sample_task(self, key: PRNGKeyArray) -> Int[Array, ""]:
        return jax.random.randint(key, (), 1, self.size**2)

    def reset(
        self, task: Int[Array, ""], key: PRNGKeyArray
    ) -> tuple[Int[Array, "2"], Float[Array, " cells"]]:
        state = jnp.zeros(2, int)
        return state, self._observe(state)

    def step(
        self, task: Int[Array, ""], state: Int[Array, "2"], action: Action, key: PRNGKeyArray
    ) -> TimeStep:
        move = jnp.asarray(MOVES)[jnp.argmax(action)]
        state = jnp.clip(state + move, 0, self.size - 1)
        reward = jnp.where(self._cell(state) == task, GOAL_REWARD, STEP_REWARD)
        return TimeStep(state, self._observe(state), reward, jnp.array(False))

    def _cell(self, state: Int[Array, "2"]) -> Int[Array, ""]:
        return state[0] * self.size + state[1]

    def _observe(self, state: Int[Array, "2"]) -> Float[Array, " cells"]:
        return jax.nn.one_hot(self._cell(state), self.size**2)
