"""Baselines fitted to the same successful grasps: nearest neighbors and ridge regression.

scikit-learn is imported where it is used, as in `yingshe.evaluation.baselines`.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from yingshe.applications.robots.grasp.model import (
    decode_grasp,
    design_matrix,
    encode_grasp,
)
from yingshe.applications.robots.grasp.tasks import (
    NOMINAL_FINGER_LENGTH,
    OPENING_MARGIN,
    PAD_HEIGHT,
    PALM_LENGTH,
    Grasp,
    ObjectObservation,
    nominal_grasp,
)

Support = Sequence[tuple[ObjectObservation, Grasp]]
"""Successful grasps observed so far."""
PENALTY = 0.03
"""Penalty of ridge regression, squared cm per unit of weight; the best of 0.003 … 300 on training
tasks."""

_NOMINAL_FLANGE = 100 * (PALM_LENGTH + NOMINAL_FINGER_LENGTH - PAD_HEIGHT / 2)
_NOMINAL_WEIGHTS = np.array(  # of `DESIGN_COLUMNS`: they give the nominal grasp
    [0, 0, 1, 0, 0, 0, 1, 0, _NOMINAL_FLANGE, 0.5, 100 * OPENING_MARGIN, 1.0]
)


def nearest(support: Support, observation: ObjectObservation) -> Grasp:
    """Return the grasp of the most similar object; 5 cm weigh like 45°.

    Args:
        support: Successful grasps.
        observation: Object in the camera's frame.

    Returns:
        Grasp in the robot's frame; the nominal one without support.
    """
    return _find_nearest(support, observation)[1] if support else nominal_grasp(observation)


def nearest_correction(support: Support, observation: ObjectObservation) -> Grasp:
    """Return the nominal grasp plus the correction that the most similar object needed.

    Args:
        support: Successful grasps.
        observation: Object in the camera's frame.

    Returns:
        Grasp in the robot's frame; the nominal one without support.
    """
    nominal = nominal_grasp(observation)
    if not support:
        return nominal
    neighbor, grasp = _find_nearest(support, observation)
    neighbor_nominal = nominal_grasp(neighbor)
    corrected = {
        name: getattr(nominal, name) + getattr(grasp, name) - getattr(neighbor_nominal, name)
        for name in ("x", "y", "z", "yaw", "opening")
    }
    return dataclasses.replace(nominal, **corrected)


def ridge(support: Support, observation: ObjectObservation) -> Grasp:
    """Return the grasp of ridge regression on the model's columns, towards the nominal weights.

    Args:
        support: Successful grasps.
        observation: Object in the camera's frame.

    Returns:
        Grasp in the robot's frame; the nominal one without support.
    """
    numbers = design_matrix(observation) @ _NOMINAL_WEIGHTS[:, None]
    if support:
        from sklearn.linear_model import Ridge

        x = np.concatenate([design_matrix(neighbor) for neighbor, _ in support])
        y = np.concatenate([encode_grasp(grasp) for _, grasp in support])[:, 0]
        model = Ridge(alpha=PENALTY, fit_intercept=False).fit(x, y - x @ _NOMINAL_WEIGHTS)
        numbers = numbers + model.predict(design_matrix(observation))[:, None]
    return decode_grasp(numbers)


BASELINES: dict[str, Callable[[Support, ObjectObservation], Grasp]] = {
    "nearest neighbour": nearest,
    "nearest correction": nearest_correction,
    "ridge": ridge,
}
"""Name -> function of support and observation."""


def _find_nearest(
    support: Support, observation: ObjectObservation
) -> tuple[ObjectObservation, Grasp]:
    def distance(pair: tuple[ObjectObservation, Grasp]) -> float:
        neighbor = pair[0]
        # The hand grasps across the long axis, whose half turns are equivalent.
        angle = math.remainder(neighbor.yaw - observation.yaw, math.pi) / (math.pi / 4)
        offset = math.hypot(neighbor.x - observation.x, neighbor.y - observation.y)
        return offset / 0.05 + abs(angle)

    return min(support, key=distance)
