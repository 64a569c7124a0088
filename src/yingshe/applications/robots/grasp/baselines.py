"""Simple ways to adapt a grasp, which a learner has to beat."""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from yingshe.applications.robots.grasp.mapping import COLUMNS, grasp_of, rows_of, to_floats
from yingshe.applications.robots.grasp.task import (
    FINGER,
    MARGIN,
    PAD,
    PALM,
    Grasp,
    Seen,
    nominal_grasp,
)

Read = Sequence[tuple[Seen, Grasp]]
"""Grasps that succeeded, in the order in which they were read."""
PENALTY = 0.03
"""Of ridge regression, squared cm a unit of weight: of 0.003 … 300 the best on training tasks."""

_WEIGHTS = np.array(  # of `COLUMNS`, that give the nominal grasp
    [0, 0, 1, 0, 0, 0, 1, 0, 100 * (PALM + FINGER - PAD / 2), 0.5, 100 * MARGIN, 1.0]
)


def nearest(read: Read, seen: Seen) -> Grasp:
    """The grasp of the object that was seen most nearly so; 5 cm weigh like 45°.

    The nominal one where nothing was read.
    """
    return _nearest(read, seen)[1] if read else nominal_grasp(seen)


def nearest_correction(read: Read, seen: Seen) -> Grasp:
    """The nominal grasp, corrected as that of the object that was seen most nearly so had to be."""
    right = nominal_grasp(seen)
    if not read:
        return right
    other, grasp = _nearest(read, seen)
    thought = nominal_grasp(other)
    moved = {
        name: getattr(right, name) + getattr(grasp, name) - getattr(thought, name)
        for name in ("x", "y", "z", "yaw", "opening")
    }
    return dataclasses.replace(right, **moved)


def ridge(read: Read, seen: Seen) -> Grasp:
    """Ridge regression on the columns of `GraspMapping`, towards the nominal grasp's weights."""
    weights = _WEIGHTS[:, None]
    if read:
        x = np.concatenate([rows_of(one) for one, _ in read])
        error = np.concatenate([to_floats(grasp) for _, grasp in read]) - x @ weights
        gram = x.T @ x + PENALTY * np.eye(len(COLUMNS))
        weights = weights + np.linalg.solve(gram, x.T @ error)
    return grasp_of(rows_of(seen) @ weights)


BASELINES: dict[str, Callable[[Read, Seen], Grasp]] = {
    "nearest neighbour": nearest,
    "nearest correction": nearest_correction,
    "ridge": ridge,
}


def _nearest(read: Read, seen: Seen) -> tuple[Seen, Grasp]:
    def distance(pair: tuple[Seen, Grasp]) -> float:
        other = pair[0]
        # The long axis, by which a hand is turned, has no front: half a turn is no distance.
        turn = math.remainder(other.yaw - seen.yaw, math.pi) / (math.pi / 4)
        return math.hypot(other.x - seen.x, other.y - seen.y) / 0.05 + abs(turn)

    return min(read, key=distance)
