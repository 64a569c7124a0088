"""A grid with a goal that cannot be seen."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.agents.environments.base import Action, EnvironmentFamily, Step
from yingshe.applications.agents.environments.checks import check_counts
from yingshe.errors import UserError

MOVES = np.array([[-1, 0], [1, 0], [0, -1], [0, 1], [0, 0]])
"""Rows and columns by which up, down, left, right and stay move."""
FOUND = 1.0
"""Reward of a step that ends on the goal."""
LOST = -0.1
"""Reward of every other step."""


class HiddenGoal(EnvironmentFamily):
    """Search a grid for the goal once, and go straight there in the episodes that follow.

    | symbol | distribution |
    |---|---|
    | goal | uniform over all cells but the start |
    | start | the cell (0, 0), in every episode |
    | reward | 1 at every step that ends on the goal, −0.1 at all others |

    Observations: the cell, one-hot, row by row. Actions: one-hot, one of `MOVES`; a move into the
    wall stays where it is. An episode goes on when the goal is reached. Rewards, moves and sizes
    as in Zintgraf et al., VariBAD, 2020, sec. 5.1, whose goals keep away from the start's
    neighbours too.

    Raises UserError where the grid has no second cell, or a count is below 1.
    """

    size: int = eqx.field(static=True, default=5)
    """Cells along each side."""
    steps: int = eqx.field(static=True, default=15)
    """Of an episode."""
    episodes: int = eqx.field(static=True, default=4)
    action_dim: int = eqx.field(static=True, default=len(MOVES), init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )

    def __check_init__(self):
        check_counts(steps=self.steps, episodes=self.episodes)
        if self.size < 2:
            raise UserError(f"size is {self.size}; a grid with a goal to find needs 2 or more.")

    @property
    def observation_dim(self) -> int:
        return self.size**2

    @property
    def episode_steps(self) -> int:
        return self.steps

    def sample_task(self, key: PRNGKeyArray) -> Int[Array, ""]:
        """The cell of the goal, by its number row by row."""
        return jax.random.randint(key, (), 1, self.size**2)

    def reset(
        self, task: Int[Array, ""], key: PRNGKeyArray
    ) -> tuple[Int[Array, "2"], Float[Array, " cells"]]:
        state = jnp.zeros(2, int)
        return state, self._observe(state)

    def step(
        self, task: Int[Array, ""], state: Int[Array, "2"], action: Action, key: PRNGKeyArray
    ) -> Step:
        move = jnp.asarray(MOVES)[jnp.argmax(action)]
        state = jnp.clip(state + move, 0, self.size - 1)
        reward = jnp.where(self._number(state) == task, FOUND, LOST)
        return Step(state, self._observe(state), reward, jnp.array(False))

    def _number(self, state: Int[Array, "2"]) -> Int[Array, ""]:
        return state[0] * self.size + state[1]

    def _observe(self, state: Int[Array, "2"]) -> Float[Array, " cells"]:
        return jax.nn.one_hot(self._number(state), self.size**2)
