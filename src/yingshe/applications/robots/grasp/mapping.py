"""What a learner has become after reading a few grasps: from an object as seen to its grasp."""

import math

import numpy as np
from jaxtyping import Float

from yingshe.applications.robots.grasp.task import CENTRE, WIDEST, Grasp, Seen
from yingshe.errors import UserError
from yingshe.learners import RLS, Learner, StandardizedLearner
from yingshe.mapping import Mapping, adapt

COLUMNS = (
    *("offset x", "offset y", "turn cos", "turn sin", "along cos", "along sin"),
    *("heading cos", "heading sin", "flange", "height", "opening", "width"),
)
"""What each number of a grasp is a linear function of; the weights are a task's, one for all."""
ROWS = 6
"""Numbers of a grasp: x, y, z, opening, and cosine and sine of twice its yaw."""
_CM = 100.0
_DIRECTION = 5.0  # makes 3° of yaw weigh like 4 mm: what demonstrations are uncertain by


def rows_of(seen: Seen) -> Float[np.ndarray, "6 12"]:
    """The `COLUMNS` of each number of the grasp of an object, in cm.

    An offset (t_x, t_y), a turn ψ and a place c along the object's half-length h enter
    x = t_x + cos ψ (x_s + c h cos θ) − sin ψ (y_s + c h sin θ), and y likewise; the direction
    enters by cos 2(θ + ψ) and sin 2(θ + ψ), as half a turn makes no difference. So the weights
    (t_x, t_y, cos ψ, sin ψ, c cos ψ, c sin ψ, cos 2ψ, sin 2ψ, …) are the same in all six rows.
    """
    x, y = _CM * seen.x, _CM * seen.y
    half = _CM * seen.length / 2
    along, across = half * math.cos(seen.yaw), half * math.sin(seen.yaw)
    twice = _DIRECTION * math.cos(2 * seen.yaw), _DIRECTION * math.sin(2 * seen.yaw)
    rows = np.zeros((ROWS, len(COLUMNS)))
    rows[0, :6] = 1, 0, x, -y, along, -across
    rows[1, :6] = 0, 1, y, x, across, along
    rows[2, 8:10] = 1, _CM * seen.height
    rows[3, 10:12] = 1, _CM * seen.width
    rows[4, 6:8] = twice[0], -twice[1]
    rows[5, 6:8] = twice[1], twice[0]
    return rows


def to_floats(grasp: Grasp) -> Float[np.ndarray, "6 1"]:
    """A grasp as the numbers that are learned: cm, and for its direction about as large."""
    lengths = grasp.x - CENTRE[0], grasp.y - CENTRE[1], grasp.z, grasp.opening
    twice = math.cos(2 * grasp.yaw), math.sin(2 * grasp.yaw)
    return np.array([*(_CM * v for v in lengths), *(_DIRECTION * v for v in twice)])[:, None]


def grasp_of(numbers: Float[np.ndarray, "6 1"]) -> Grasp:
    """The grasp of these numbers; the fingers open no wider than they can."""
    x, y, z, opening = (float(v) / _CM for v in numbers[:4, 0])
    yaw = math.atan2(numbers[5, 0], numbers[4, 0]) / 2
    return Grasp(x + CENTRE[0], y + CENTRE[1], z, yaw, min(max(opening, 0.0), WIDEST))


class GraspMapping:
    """From an object as the camera sees it to the grasp that takes it, on one robot.

    ```python
    f = GraspMapping(ys.load("grasp"))
    f = f.observe(seen, grasp)  # one that succeeded
    grasp = f(another)
    ```

    Like every mapping it is not changed by `observe`, which gives a new one. Raises UserError where
    the learner was trained on other columns.
    """

    def __init__(self, learner: Learner):
        inner = learner.inner if isinstance(learner, StandardizedLearner) else learner
        if not isinstance(inner, RLS) or (inner.x_dim, inner.y_dim) != (len(COLUMNS), 1):
            raise UserError(
                f"Grasps are learned by RLS of {len(COLUMNS)} inputs and one output; this is "
                f"{type(inner).__name__} of {learner.x_dim} and {learner.y_dim}."
            )
        self._mapping = adapt(learner, np.zeros((0, len(COLUMNS))), np.zeros((0, 1)))

    def observe(self, seen: Seen, grasp: Grasp) -> "GraspMapping":
        """The mapping after one more grasp that succeeded."""
        return self._with(self._mapping.observe(rows_of(seen), to_floats(grasp)))

    def __call__(self, seen: Seen) -> Grasp:
        """The grasp to try."""
        return grasp_of(np.asarray(self._mapping(rows_of(seen)).mean))

    def deviation(self, seen: Seen) -> float:
        """How uncertain the place of that grasp is, m: the larger deviation of x and y."""
        variance = np.asarray(self._mapping(rows_of(seen)).variance)
        return float(np.sqrt(variance[:2].max())) / _CM

    def _with(self, mapping: Mapping) -> "GraspMapping":
        other = object.__new__(GraspMapping)
        other._mapping = mapping
        return other
