"""Branch and bound over walks on a grid with a hidden goal."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from yingshe.applications.agents.environments.hidden_goal import MOVES

_STAY = len(MOVES) - 1


class _Layer(NamedTuple):
    """Walks after some number of steps; no two have the same visited set and the same cell."""

    visited: Int[np.ndarray, " walks"]
    """Bit c is set if cell c was visited."""
    cell: Int[np.ndarray, " walks"]
    gain: Int[np.ndarray, " walks"]
    parent: Int[np.ndarray, " walks"]
    """Index of the walk in the previous layer."""
    move: Int[np.ndarray, " walks"]


class WalkSearch:
    """Search for the walk with the largest gain. Cells are numbered by distance from the start."""

    def __init__(self, size: int, steps: int, episodes: int):
        self.steps, self.episodes = steps, episodes
        places = [(row, column) for row in range(size) for column in range(size)]
        places.sort(key=sum)
        number = {place: cell for cell, place in enumerate(places)}
        self.distance = np.array([sum(place) for place in places])
        self.later = np.maximum(0, steps + 1 - self.distance)  # steps on the goal, an episode
        self.neighbors = np.array(  # (cells, moves); −1 beyond a wall
            [[number.get((r + a, c + b), -1) for a, b in MOVES[:_STAY]] for r, c in places]
        )

    def run(
        self, width: int | None, lower_bound: int
    ) -> tuple[int, Int[np.ndarray, "episodes steps"]]:
        """Return the largest gain and its moves, among walks that may reach `lower_bound`.

        With a width, each step keeps only that many walks: an inexact beam search.
        """
        zero = np.zeros(1, int)
        layer = _Layer(np.ones(1, int), zero, zero, zero, zero)
        layers = []
        for episode in range(self.episodes):
            layer = layer._replace(cell=np.zeros_like(layer.cell))
            for step in range(self.steps):
                layer = self._expand(layer, episode, step)
                bound = layer.gain + self._bound(layer, episode, step + 1)
                selected = np.flatnonzero(bound >= lower_bound)
                if width is not None and len(selected) > width:
                    selected = selected[np.argsort(-bound[selected], kind="stable")[:width]]
                layer = _Layer(*(column[selected] for column in layer))
                layers.append(layer)
        walk = int(np.argmax(layer.gain))
        moves, best = [], int(layer.gain[walk])
        for layer in reversed(layers):
            moves.append(layer.move[walk])
            walk = layer.parent[walk]
        return best, np.array(moves[::-1]).reshape(self.episodes, self.steps)

    def _expand(self, layer: _Layer, episode: int, step: int) -> _Layer:
        # Staying can be postponed to the end of the episode, where a move is as good.
        cells = self.neighbors[layer.cell]
        parent, move = np.nonzero(cells >= 0)
        cell = cells[parent, move]
        visited = layer.visited[parent]
        new = visited >> cell & 1 == 0
        gain = (self.steps - step) + (self.episodes - 1 - episode) * self.later[cell]
        gain = layer.gain[parent] + np.where(new, gain, 0)
        visited = visited | 1 << cell
        # Of walks with the same future, keep the one with the largest gain.
        order = np.lexsort((-gain, cell, visited))
        same = (np.diff(visited[order]) == 0) & (np.diff(cell[order]) == 0)
        selected = order[np.concatenate([[True], ~same])]
        return _Layer(
            visited[selected], cell[selected], gain[selected], parent[selected], move[selected]
        )

    def _bound(self, layer: _Layer, episode: int, step: int) -> Int[np.ndarray, " walks"]:
        """Return an upper bound of the gain from here on.

        Relaxation: every remaining step of this episode visits a new cell, the nearest to the start
        first; the next episode visits the rest, each at the step at which as many of the nearest
        cells could be reached. In later episodes a cell gains no more than at the end of the next.
        """
        left = self.steps - step
        unvisited: Bool[np.ndarray, "walks cells"]
        unvisited = layer.visited[:, None] >> np.arange(len(self.distance)) & 1 == 0
        rank = np.cumsum(unvisited, axis=1) - 1
        now = unvisited & (rank < left)
        later = self.episodes - 1 - episode
        total = np.where(now, left - rank + later * self.later, 0).sum(axis=1)
        if later == 0:
            return total
        delay = np.where(unvisited, self.distance - 1 - rank, 0)
        reached = np.maximum.accumulate(delay, axis=1) + rank
        rest = rank[:, -1:] + 1 - left
        gain = np.maximum(self.steps - reached, 0)
        total += np.where(unvisited & (rank < rest), gain, 0).sum(axis=1)
        return total + np.where(unvisited & ~now, (later - 1) * self.later, 0).sum(axis=1)
