"""Grasping tasks: hidden offsets of a robot, objects on the table, and the grasps of both."""

import math
from dataclasses import dataclass

import numpy as np

SHAPES = ("box", "cylinder", "ellipsoid")
"""Shapes of objects; all lie on their long side."""
WORKSPACE_CENTER = (0.5, 0.0)
"""Center of the workspace in the robot's frame, m; origin of a camera frame without offset."""
NOMINAL_FINGER_LENGTH = 0.065
"""Length of the fingers of the nominal hand, m."""
PALM_LENGTH = 0.06
"""Distance from the flange to the base of the fingers, m."""
PAD_HEIGHT = 0.016
"""Height of the rubber pads at the finger tips, m."""
MAX_OPENING = 0.08
"""Largest distance between the fingers, m."""
OPENING_MARGIN = 0.024
"""Opening around an object beyond its width, m."""
CAMERA_NOISE = 0.0015, math.radians(1.0)
"""Standard deviations of an observed position, m, and angle, rad."""


@dataclass(frozen=True)
class ObjectObservation:
    """Pose of an object in the camera's frame, and its size."""

    shape: str
    """One of `SHAPES`."""
    x: float
    """Position along the camera frame's x-axis, m."""
    y: float
    """Position along the camera frame's y-axis, m."""
    yaw: float
    """Heading of the long axis, rad; its two ends are distinguishable."""
    length: float
    """Size along the long axis, m."""
    width: float
    """Horizontal size across the long axis, m."""
    height: float
    """Vertical size, m."""


@dataclass(frozen=True)
class Grasp:
    """Parameters of a grasping motion in the robot's frame: descend, close, lift."""

    x: float
    """Position of the flange, m."""
    y: float
    """Position of the flange, m."""
    z: float
    """Height of the flange above the table while the fingers close, m."""
    yaw: float
    """Yaw of the hand, rad; the fingers close across it. Half a turn makes no difference."""
    opening: float
    """Distance between the fingers on the way down, m."""


@dataclass(frozen=True)
class Object:
    """True pose and properties of an object, in the robot's frame."""

    shape: str
    """One of `SHAPES`."""
    x: float
    """Position, m."""
    y: float
    """Position, m."""
    yaw: float
    """Heading of the long axis, rad."""
    length: float
    """Size along the long axis, m."""
    width: float
    """Horizontal size across the long axis, m."""
    height: float
    """Vertical size, m."""
    mass: float
    """Mass, kg."""
    com_offset: float
    """Position of the center of mass along the long axis: −1 is one end, 1 the other."""


@dataclass(frozen=True)
class GraspTask:
    """Hidden properties of one robot, its camera and one class of objects."""

    shape: str
    """Shape of the objects, one of `SHAPES`."""
    camera_offset: tuple[float, float]
    """True minus assumed origin of the camera's frame, m."""
    yaw_offset: float
    """Rotation of the camera's frame about the vertical, rad."""
    finger_length: float
    """Length of the fingers, m."""
    com_offset: float
    """Center of mass of the objects along their long axis, −1 … 1, where they should be grasped."""

    @classmethod
    def sample(cls, generator: np.random.Generator, *, wide: bool = False) -> "GraspTask":
        """Sample a task.

        | symbol | distribution |
        |---|---|
        | shape | uniform over the three |
        | camera offset | U(−6, 6) cm along each axis; wide: ± U(6, 9) cm |
        | yaw offset | U(−40, 40)°; wide: ± U(40, 60)° |
        | finger length | U(4, 9) cm |
        | center-of-mass offset | U(−0.6, 0.6) |

        Args:
            generator: Random numbers.
            wide: Sample camera and yaw offsets beyond the usual range, to test extrapolation.

        Returns:
            The task.
        """
        shape = SHAPES[generator.integers(len(SHAPES))]
        sizes = generator.uniform(*((1.0, 1.5) if wide else (0.0, 1.0)), 3)
        x, y, yaw = (sizes * generator.choice([-1.0, 1.0], 3)).tolist()
        finger_length, com_offset = generator.uniform(0.04, 0.09), generator.uniform(-0.6, 0.6)
        camera_offset = (0.06 * x, 0.06 * y)
        return cls(
            shape, camera_offset, math.radians(40 * yaw), float(finger_length), float(com_offset)
        )

    def sample_object(self, generator: np.random.Generator) -> Object:
        """Sample an object of the task's class in the workspace.

        | symbol | distribution |
        |---|---|
        | x, y | U(−8, 8), U(−12, 12) cm about the workspace's center |
        | yaw | U(−180, 180)° |
        | length | U(10, 16) cm |
        | width, height | U(2.5, 5) cm; equal for a cylinder |
        | mass | U(0.6, 1.0) kg |

        Args:
            generator: Random numbers.

        Returns:
            The object.
        """
        width, height = generator.uniform(0.025, 0.05, 2)
        return Object(
            self.shape,
            WORKSPACE_CENTER[0] + float(generator.uniform(-0.08, 0.08)),
            WORKSPACE_CENTER[1] + float(generator.uniform(-0.12, 0.12)),
            float(generator.uniform(-math.pi, math.pi)),
            float(generator.uniform(0.10, 0.16)),
            float(width),
            float(width if self.shape == "cylinder" else height),
            float(generator.uniform(0.6, 1.0)),
            self.com_offset,
        )

    def observe(self, object_: Object, generator: np.random.Generator) -> ObjectObservation:
        """Observe an object with the task's camera.

        Args:
            object_: True object in the robot's frame.
            generator: Random numbers of the camera's noise.

        Returns:
            Noisy pose in the camera's frame, and the size.
        """
        position_noise, yaw_noise = CAMERA_NOISE
        x = object_.x - WORKSPACE_CENTER[0] - self.camera_offset[0]
        y = object_.y - WORKSPACE_CENTER[1] - self.camera_offset[1]
        cos, sin = math.cos(self.yaw_offset), math.sin(self.yaw_offset)
        return ObjectObservation(
            object_.shape,
            cos * x + sin * y + position_noise * float(generator.normal()),
            -sin * x + cos * y + position_noise * float(generator.normal()),
            _wrap(object_.yaw - self.yaw_offset + yaw_noise * float(generator.normal())),
            object_.length,
            object_.width,
            object_.height,
        )

    def grasp(self, observation: ObjectObservation) -> Grasp:
        """Compute the correct grasp from the hidden properties: the oracle.

        Args:
            observation: Object in the camera's frame.

        Returns:
            Grasp in the robot's frame.
        """
        return _compute_grasp(
            observation,
            self.camera_offset,
            self.yaw_offset,
            self.finger_length,
            self.com_offset,
        )


def nominal_grasp(observation: ObjectObservation) -> Grasp:
    """Compute the grasp without adaptation: no offsets, nominal fingers, centered mass.

    Args:
        observation: Object in the camera's frame.

    Returns:
        Grasp in the robot's frame.
    """
    return _compute_grasp(observation, (0.0, 0.0), 0.0, NOMINAL_FINGER_LENGTH, 0.0)


def _compute_grasp(
    observation: ObjectObservation,
    camera_offset: tuple[float, float],
    yaw_offset: float,
    finger_length: float,
    com_offset: float,
) -> Grasp:
    along = com_offset * observation.length / 2
    x = observation.x + along * math.cos(observation.yaw)
    y = observation.y + along * math.sin(observation.yaw)
    cos, sin = math.cos(yaw_offset), math.sin(yaw_offset)
    return Grasp(
        WORKSPACE_CENTER[0] + camera_offset[0] + cos * x - sin * y,
        WORKSPACE_CENTER[1] + camera_offset[1] + sin * x + cos * y,
        PALM_LENGTH + finger_length - PAD_HEIGHT / 2 + observation.height / 2,
        _wrap(observation.yaw + yaw_offset),
        min(observation.width + OPENING_MARGIN, MAX_OPENING),
    )


def _wrap(angle: float) -> float:
    """Return the same angle in [−π, π]."""
    return math.remainder(angle, 2 * math.pi)
