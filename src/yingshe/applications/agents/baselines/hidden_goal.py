"""Bayes-optimal policy for a grid world with a hidden goal, and its value."""

from functools import cache
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PRNGKeyArray

from yingshe.applications.agents.baselines._walk_search import WalkSearch
from yingshe.applications.agents.environments import Action, HiddenGoal, Task
from yingshe.applications.agents.environments.hidden_goal import (
    GOAL_REWARD,
    MOVES,
    STEP_REWARD,
)
from yingshe.applications.agents.rollout import PolicyInput, StepResult

_STAY = len(MOVES) - 1
_BEAM_WIDTH = 2000  # walks that the first, inexact search keeps


class SearchPlan(NamedTuple):
    """Optimal walk in search of the goal, and its value."""

    moves: Int[np.ndarray, "episodes steps"]
    """Rows of `MOVES`, until the goal is found."""
    value: float
    """Mean return of a trial; the upper bound for policies without knowledge of the goal."""


@cache
def search_plan(env_distribution: HiddenGoal) -> SearchPlan:
    """Compute the Bayes-optimal search. Exact.

    Before the goal is found, an agent only knows cells without it, so the best policy is a fixed
    walk. After that, the agent stays on the goal and goes straight to it in later episodes. If the
    goal is in cell c, first visited in episode e by step t (both from 0), the steps on it are

        (steps − t) + (episodes − 1 − e) · max(0, steps + 1 − d(c))

    where d is the distance from the start. Breadth-first branch and bound finds
    the walk with the largest sum. Walks that visited the same cells and are in the same cell after
    the same number of steps are merged.

    Args:
        env_distribution: The grid world.

    Returns:
        The walk and its value.
    """
    steps, episodes = env_distribution.episode_steps, env_distribution.episodes
    search = WalkSearch(env_distribution.size, steps, episodes)
    lower_bound, _ = search.run(_BEAM_WIDTH, -1)
    best, moves = search.run(None, lower_bound)
    steps_on_goal = best / (env_distribution.size**2 - 1)
    value = STEP_REWARD * env_distribution.trial_steps
    return SearchPlan(moves, value + (GOAL_REWARD - STEP_REWARD) * steps_on_goal)


class GoalBelief(NamedTuple):
    """Belief about the goal, and the position in the trial."""

    goal: Int[Array, ""]
    """Cell of the goal; −1 before it is found."""
    episode: Int[Array, ""]
    step: Int[Array, ""]


class BeliefOptimalPolicy(eqx.Module):
    """Bayes-optimal policy: the walk of `search_plan`, then straight to the goal.

    Args:
        env_distribution: The grid world.
    """

    size: int = eqx.field(static=True)
    moves: Int[Array, "episodes steps"]

    def __init__(self, env_distribution: HiddenGoal):
        self.size = env_distribution.size
        self.moves = jnp.asarray(search_plan(env_distribution).moves)

    def init_state(self, task: Task) -> GoalBelief:
        return GoalBelief(jnp.array(-1), jnp.array(-1), jnp.array(0))

    def begin_episode(self, state: GoalBelief, key: PRNGKeyArray) -> GoalBelief:
        return GoalBelief(state.goal, state.episode + 1, jnp.array(0))

    def act(
        self, state: GoalBelief, step: PolicyInput, key: PRNGKeyArray
    ) -> tuple[Action, tuple[()]]:
        searching = self.moves[state.episode, state.step]
        straight = straight_move(jnp.argmax(step.observation), state.goal, self.size)
        return jax.nn.one_hot(jnp.where(state.goal < 0, searching, straight), len(MOVES)), ()

    def update(
        self, state: GoalBelief, step: PolicyInput, action: Action, result: StepResult
    ) -> GoalBelief:
        goal = jnp.where(result.reward > 0, jnp.argmax(result.observation), state.goal)
        return GoalBelief(goal, state.episode, state.step + 1)


def straight_move(cell: Int[Array, ""], goal: Int[Array, ""], size: int) -> Int[Array, ""]:
    """Return the row of `MOVES` that leads to the goal: up or down first, stay on the goal.

    Args:
        cell: Present cell, by its number row by row.
        goal: Cell of the goal.
        size: Number of cells along each side.

    Returns:
        The row, ().
    """
    down, right = goal // size - cell // size, goal % size - cell % size
    across = jnp.where(right < 0, 2, jnp.where(right > 0, 3, _STAY))
    return jnp.where(down < 0, 0, jnp.where(down > 0, 1, across))
