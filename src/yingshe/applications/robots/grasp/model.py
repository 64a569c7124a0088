"""Adapted model of grasping: from an observed object to the grasp that lifts it."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from yingshe.applications.adapted import AdaptedModel, Codec
from yingshe.applications.robots.grasp.tasks import (
    MAX_OPENING,
    WORKSPACE_CENTER,
    Grasp,
    ObjectObservation,
)
from yingshe.errors import UserError
from yingshe.learners import RLS, Learner
from yingshe.learners._unwrap import unwrap
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import Prediction
from yingshe.serialization import read_learner

DESIGN_COLUMNS = (
    *("offset x", "offset y", "turn cos", "turn sin", "along cos", "along sin"),
    *("heading cos", "heading sin", "flange", "height", "opening", "width"),
)
"""Columns in which each number of a grasp is linear; a task's weights are the same for all six."""
GRASP_DIM = 6
"""Numbers of an encoded grasp: x, y, z, opening, and cosine and sine of twice its yaw."""
_CM = 100.0
_YAW_SCALE = 5.0  # makes 3° of yaw weigh like 4 mm, the uncertainties of demonstrations


def design_matrix(observation: ObjectObservation) -> Float[np.ndarray, "6 12"]:
    """Compute the columns of each number of the grasp of an object.

    The object is observed at (x_s, y_s) with heading θ and half-length h. The camera has an offset
    (t_x, t_y) and a yaw offset ψ, and the object is grasped at a fraction c of h:

        x = t_x + cos ψ (x_s + c h cos θ) − sin ψ (y_s + c h sin θ), and y likewise.

    The yaw is encoded by cos 2(θ + ψ) and sin 2(θ + ψ), because half a turn makes no difference.
    All six rows therefore have the same weights:

        (t_x, t_y, cos ψ, sin ψ, c cos ψ, c sin ψ, cos 2ψ, sin 2ψ, …)

    Args:
        observation: Object in the camera's frame.

    Returns:
        One row per number of `encode_grasp`, columns as in `DESIGN_COLUMNS`, in cm.
    """
    x, y = _CM * observation.x, _CM * observation.y
    half = _CM * observation.length / 2
    along, across = half * math.cos(observation.yaw), half * math.sin(observation.yaw)
    cos, sin = (_YAW_SCALE * f(2 * observation.yaw) for f in (math.cos, math.sin))
    rows = np.zeros((GRASP_DIM, len(DESIGN_COLUMNS)))
    rows[0, :6] = 1, 0, x, -y, along, -across
    rows[1, :6] = 0, 1, y, x, across, along
    rows[2, 8:10] = 1, _CM * observation.height
    rows[3, 10:12] = 1, _CM * observation.width
    rows[4, 6:8] = cos, -sin
    rows[5, 6:8] = sin, cos
    return rows


def encode_grasp(grasp: Grasp) -> Float[np.ndarray, "6 1"]:
    """Encode a grasp as the numbers that are learned.

    Args:
        grasp: Grasp in the robot's frame.

    Returns:
        x, y, z and opening in cm; cosine and sine of twice the yaw, on a similar scale.
    """
    lengths = grasp.x - WORKSPACE_CENTER[0], grasp.y - WORKSPACE_CENTER[1], grasp.z, grasp.opening
    direction = math.cos(2 * grasp.yaw), math.sin(2 * grasp.yaw)
    return np.array([*(_CM * v for v in lengths), *(_YAW_SCALE * v for v in direction)])[:, None]


def decode_grasp(numbers: Float[np.ndarray, "6 1"]) -> Grasp:
    """Decode the numbers of `encode_grasp`; the opening is clipped to the range of the hand.

    Args:
        numbers: Encoded grasp.

    Returns:
        Grasp in the robot's frame.
    """
    x, y, z, opening = (float(v) / _CM for v in numbers[:4, 0])
    yaw = math.atan2(numbers[5, 0], numbers[4, 0]) / 2
    return Grasp(
        x + WORKSPACE_CENTER[0],
        y + WORKSPACE_CENTER[1],
        z,
        yaw,
        min(max(opening, 0.0), MAX_OPENING),
    )


@dataclass(frozen=True)
class GraspCodec(Codec[ObjectObservation, Grasp, Grasp]):
    """Conversion between observed objects, grasps and the rows of a learner: six per grasp."""

    def encode_x(self, x: Sequence[ObjectObservation]) -> np.ndarray:
        return np.concatenate([design_matrix(observation) for observation in x])

    def encode_y(self, y: Sequence[Grasp]) -> np.ndarray:
        return np.concatenate([encode_grasp(grasp) for grasp in y])

    def decode(self, prediction: Prediction, x: Sequence[ObjectObservation]) -> list[Grasp]:
        numbers = np.asarray(prediction.mean).reshape(len(x), GRASP_DIM, 1)
        return [decode_grasp(rows) for rows in numbers]

    def metadata(self) -> dict[str, Any]:
        return {"codec": "grasp"}


@dataclass(frozen=True)
class GraspModel(AdaptedModel[ObjectObservation, Grasp, Grasp]):
    """Mapping from an observed object to the grasp that lifts it, adapted to one robot.

    ```python
    model = GraspModel.from_learner(ys.load("grasp"))
    model = model.observe(observation, grasp)  # a successful one
    grasp = model(other_observation)
    ```

    Args:
        codec: Conversion between objects, grasps and rows.
        mapping: Learner adapted to the successful grasps so far.
    """

    codec: GraspCodec
    mapping: Mapping

    @classmethod
    def from_learner(cls, learner: Learner) -> "GraspModel":
        """Return the model before any observation.

        Args:
            learner: RLS learner that was meta-trained on `make_tasks` of many robots.

        Returns:
            The prior of a robot.

        Raises:
            UserError: The learner has other inputs or outputs.
        """
        _check_learner(learner)
        prior = adapt(learner, np.zeros((0, len(DESIGN_COLUMNS))), np.zeros((0, 1)))
        return cls(GraspCodec(), prior)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "GraspModel":
        """Read a model that `save` wrote.

        Args:
            path: File to read.

        Returns:
            The adapted model.

        Raises:
            UserError: The file cannot be read, or holds something else.
        """
        learner, state, metadata = read_learner(path, kind="mapping")
        if metadata.get("codec") != "grasp":
            raise UserError(f"{path} is not a saved GraspModel.")
        _check_learner(learner)
        return cls(GraspCodec(), Mapping(learner, state))

    def deviation(self, observation: ObjectObservation) -> float:
        """Return the standard deviation of the grasp's position.

        Args:
            observation: Object in the camera's frame.

        Returns:
            The larger deviation of x and y, m.
        """
        variance = np.asarray(self.mapping(design_matrix(observation)).variance)
        return float(np.sqrt(variance[:2].max())) / _CM


def _check_learner(learner: Learner) -> None:
    inner = unwrap(learner)
    if not isinstance(inner, RLS) or (inner.x_dim, inner.y_dim) != (len(DESIGN_COLUMNS), 1):
        raise UserError(
            f"learner must be an RLS learner with {len(DESIGN_COLUMNS)} inputs and one output, got "
            f"{type(inner).__name__} with {learner.x_dim} and {learner.y_dim}."
        )
