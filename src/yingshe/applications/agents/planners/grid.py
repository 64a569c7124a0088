"""The best that can be done on a grid with a hidden goal, and the policy that does it."""

from functools import cache
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.applications.agents.environments import Action, HiddenGoal
from yingshe.applications.agents.environments.hidden_goal import FOUND, LOST, MOVES
from yingshe.applications.agents.planners.play import Move

_STAY = len(MOVES) - 1
_WIDTH = 2000  # walks that the first, inexact search keeps


class SearchPlan(NamedTuple):
    """The walk that looks for the goal best, and what comes of it."""

    moves: Int[np.ndarray, "episodes steps"]
    """Numbers of `MOVES`, while the goal has not been found."""
    value: float
    """Mean total reward of a trial: no policy has more that does not know the goal."""


class _Layer(NamedTuple):
    """Walks after a number of steps, of which none has visited the same and ended in the same."""

    visited: Int[np.ndarray, " walks"]
    """Bit c is set if cell c was visited."""
    cell: Int[np.ndarray, " walks"]
    gain: Int[np.ndarray, " walks"]
    parent: Int[np.ndarray, " walks"]
    """Which walk of the layer before."""
    move: Int[np.ndarray, " walks"]


@cache
def search_plan(family: HiddenGoal) -> SearchPlan:
    """The Bayes-optimal way to search. Exact.

    Until the goal is found nothing is learned but where it is not, so that the best policy is a
    fixed walk; when it is found, one stays there, and goes straight there in later episodes. Cell
    c, visited for the first time in episode e by step t (both from 0), brings steps on the goal

        (steps − t) + (episodes − 1 − e) · max(0, steps + 1 − d(c)),

    if it hides the goal, d being its distance from the start. The walk of the largest sum is
    found by branch and bound, breadth first, in which walks that visited the same and ended in the
    same cell after the same number of steps are one.
    """
    search = _Search(family.size, family.steps, family.episodes)
    good, _ = search.run(_WIDTH, -1)
    best, moves = search.run(None, good)
    steps_on_goal = best / (family.size**2 - 1)
    value = LOST * family.trial_steps + (FOUND - LOST) * steps_on_goal
    return SearchPlan(moves, value)


class Found(NamedTuple):
    """What is known of the goal, and where the trial stands."""

    goal: Int[Array, ""]
    """Cell; −1 if it was not found."""
    episode: Int[Array, ""]
    step: Int[Array, ""]


class Search(eqx.Module):
    """The optimal policy: the walk of `search_plan`, then straight to the goal. A teacher."""

    size: int = eqx.field(static=True)
    moves: Int[Array, "episodes steps"]

    def __init__(self, family: HiddenGoal):
        self.size = family.size
        self.moves = jnp.asarray(search_plan(family).moves)

    def init(self) -> Found:
        return Found(jnp.array(-1), jnp.array(-1), jnp.array(0))

    def begin(self, state: Found, key: PRNGKeyArray) -> Found:
        return Found(state.goal, state.episode + 1, jnp.array(0))

    def act(self, state: Found, observation: Float[Array, " cells"], key: PRNGKeyArray) -> Action:
        searching = self.moves[state.episode, state.step]
        straight = straight_move(jnp.argmax(observation), state.goal, self.size)
        return jax.nn.one_hot(jnp.where(state.goal < 0, searching, straight), len(MOVES))

    def learn(self, state: Found, move: Move) -> Found:
        goal = jnp.where(move.reward > 0, jnp.argmax(move.following), state.goal)
        return Found(goal, state.episode, state.step + 1)


def straight_move(cell: Int[Array, ""], goal: Int[Array, ""], size: int) -> Int[Array, ""]:
    """Number of the move from the cell towards the goal, up or down first; stay if it is there."""
    down, right = goal // size - cell // size, goal % size - cell % size
    across = jnp.where(right < 0, 2, jnp.where(right > 0, 3, _STAY))
    return jnp.where(down < 0, 0, jnp.where(down > 0, 1, across))


class _Search:
    """Branch and bound over walks. Cells are numbered by their distance from the start."""

    def __init__(self, size: int, steps: int, episodes: int):
        self.steps, self.episodes = steps, episodes
        places = [(row, column) for row in range(size) for column in range(size)]
        places.sort(key=sum)
        number = {place: cell for cell, place in enumerate(places)}
        self.distance = np.array([sum(place) for place in places])
        self.later = np.maximum(0, steps + 1 - self.distance)  # steps on the goal, an episode
        self.neighbours = np.array(  # (cells, moves); −1 beyond a wall
            [[number.get((r + a, c + b), -1) for a, b in MOVES[:_STAY]] for r, c in places]
        )

    def run(self, width: int | None, good: int) -> tuple[int, Int[np.ndarray, "episodes steps"]]:
        """Largest gain and its moves, of walks that may have more than `good`, or as much.

        With a width, only so many walks are kept at each step: inexact.
        """
        zero = np.zeros(1, int)
        layer = _Layer(np.ones(1, int), zero, zero, zero, zero)
        layers = []
        for episode in range(self.episodes):
            layer = layer._replace(cell=np.zeros_like(layer.cell))
            for step in range(self.steps):
                layer = self._expand(layer, episode, step)
                bound = layer.gain + self._bound(layer, episode, step + 1)
                kept = np.flatnonzero(bound >= good)
                if width is not None and len(kept) > width:
                    kept = kept[np.argsort(-bound[kept], kind="stable")[:width]]
                layer = _Layer(*(column[kept] for column in layer))
                layers.append(layer)
        walk = int(np.argmax(layer.gain))
        moves, best = [], int(layer.gain[walk])
        for layer in reversed(layers):
            moves.append(layer.move[walk])
            walk = layer.parent[walk]
        return best, np.array(moves[::-1]).reshape(self.episodes, self.steps)

    def _expand(self, layer: _Layer, episode: int, step: int) -> _Layer:
        # To stay is never better than to stay at the end of the episode, where moving does as well.
        cells = self.neighbours[layer.cell]
        parent, move = np.nonzero(cells >= 0)
        cell = cells[parent, move]
        visited = layer.visited[parent]
        new = visited >> cell & 1 == 0
        gain = (self.steps - step) + (self.episodes - 1 - episode) * self.later[cell]
        gain = layer.gain[parent] + np.where(new, gain, 0)
        visited = visited | 1 << cell
        # Of walks with the same future, the one with the largest gain.
        order = np.lexsort((-gain, cell, visited))
        same = (np.diff(visited[order]) == 0) & (np.diff(cell[order]) == 0)
        kept = order[np.concatenate([[True], ~same])]
        return _Layer(visited[kept], cell[kept], gain[kept], parent[kept], move[kept])

    def _bound(self, layer: _Layer, episode: int, step: int) -> Int[np.ndarray, " walks"]:
        """No walk gains more from here on.

        As if a new cell could be visited at every step that is left of this episode, the nearest
        to the start first, and the rest in the next one at the steps at which as many of the
        nearest could be reached. A cell is worth no more in later episodes than at the end of that
        one.
        """
        left = self.steps - step
        open_: Bool[np.ndarray, "walks cells"]
        open_ = layer.visited[:, None] >> np.arange(len(self.distance)) & 1 == 0
        rank = np.cumsum(open_, axis=1) - 1
        now = open_ & (rank < left)
        later = self.episodes - 1 - episode
        total = np.where(now, left - rank + later * self.later, 0).sum(axis=1)
        if later == 0:
            return total
        delay = np.where(open_, self.distance - 1 - rank, 0)
        reached = np.maximum.accumulate(delay, axis=1) + rank
        rest = rank[:, -1:] + 1 - left
        total += np.where(open_ & (rank < rest), np.maximum(self.steps - reached, 0), 0).sum(axis=1)
        return total + np.where(open_ & ~now, (later - 1) * self.later, 0).sum(axis=1)
