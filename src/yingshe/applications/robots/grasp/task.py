"""What a grasping task hides, the objects that lie on the table, and the grasp that takes them."""

import math
from dataclasses import dataclass

import numpy as np

SHAPES = ("box", "cylinder", "ellipsoid")
"""Classes of objects. All lie on their long side."""
CENTRE = (0.5, 0.0)
"""Of the workspace in the robot's frame, m. A camera without offset has its frame there."""
FINGER = 0.065
"""m: the length of finger that the nominal hand has."""
PALM = 0.06
"""m: from the flange to where the fingers begin."""
PAD = 0.016
"""m: height of the rubber pads at the ends of the fingers."""
WIDEST = 0.08
"""m: how far the fingers open."""
MARGIN = 0.024
"""m: how much wider than an object they are opened default_variants it."""
CAMERA_NOISE = 0.0015, math.radians(1.0)
"""m and rad: standard deviations of what the camera says of a place and of an angle."""


@dataclass(frozen=True)
class Seen:
    """An object as the camera sees it: place and heading in the camera's frame, and its size."""

    shape: str
    """One of `SHAPES`."""
    x: float
    """m."""
    y: float
    """m."""
    yaw: float
    """Of its long axis, rad; the two ends can be told apart."""
    length: float
    """m, from end to end."""
    width: float
    """m."""
    height: float
    """m."""


@dataclass(frozen=True)
class Grasp:
    """A motion of the arm, by its parameters in the robot's frame: come down, close, lift."""

    x: float
    """Of the flange, m."""
    y: float
    """Of the flange, m."""
    z: float
    """Of the flange while the fingers close, m above the table."""
    yaw: float
    """Of the hand, rad; the fingers close across this direction. Half a turn changes nothing."""
    opening: float
    """Between the fingers on the way down, m."""


@dataclass(frozen=True)
class Object:
    """An object on the table as it really is, in the robot's frame. Units: m, rad, kg."""

    shape: str
    x: float
    y: float
    yaw: float
    length: float
    width: float
    height: float
    mass: float
    off_centre: float
    """Where along its long axis its centre of mass is: −1 is one end, 1 the other."""


@dataclass(frozen=True)
class GraspTask:
    """One robot, its camera, and one class of objects to take."""

    shape: str
    """Of the objects, one of `SHAPES`."""
    offset: tuple[float, float]
    """Of the camera's frame from where it is thought to be, m."""
    turn: float
    """Of the camera's frame about the vertical, rad."""
    finger: float
    """Length of the fingers, m."""
    off_centre: float
    """Where along their length the objects have their weight, and so have to be taken: −1 … 1."""

    @classmethod
    def draw(cls, generator: np.random.Generator, *, wide: bool = False) -> "GraspTask":
        """Draw a task; with `wide`, offsets and turns are beyond all that are usually drawn.

        | symbol | distribution |
        |---|---|
        | shape | any of the three |
        | offset | U(−6, 6) cm along each axis; wide: 6 to 9 cm either way |
        | turn | U(−40, 40)°; wide: 40 to 60° either way |
        | finger | U(4, 9) cm |
        | off-centre | U(−0.6, 0.6) |
        """
        shape = SHAPES[generator.integers(len(SHAPES))]
        sizes = generator.uniform(*((1.0, 1.5) if wide else (0.0, 1.0)), 3)
        x, y, turn = (sizes * generator.choice([-1.0, 1.0], 3)).tolist()
        finger, off_centre = generator.uniform(0.04, 0.09), generator.uniform(-0.6, 0.6)
        offset = (0.06 * x, 0.06 * y)
        return cls(shape, offset, math.radians(40 * turn), float(finger), float(off_centre))

    def draw_object(self, generator: np.random.Generator) -> Object:
        """One of the class, anywhere in the workspace.

        | symbol | distribution |
        |---|---|
        | x, y | U(−8, 8), U(−12, 12) cm about the workspace's centre |
        | yaw | U(−180, 180)° |
        | length | U(10, 16) cm |
        | width, height | U(2.5, 5) cm; of a cylinder the same |
        | mass | U(0.6, 1.0) kg |
        """
        width, height = generator.uniform(0.025, 0.05, 2)
        return Object(
            self.shape,
            CENTRE[0] + float(generator.uniform(-0.08, 0.08)),
            CENTRE[1] + float(generator.uniform(-0.12, 0.12)),
            float(generator.uniform(-math.pi, math.pi)),
            float(generator.uniform(0.10, 0.16)),
            float(width),
            float(width if self.shape == "cylinder" else height),
            float(generator.uniform(0.6, 1.0)),
            self.off_centre,
        )

    def see(self, object_: Object, generator: np.random.Generator) -> Seen:
        """What the camera says of an object: in its own frame, and with noise."""
        across, turn = CAMERA_NOISE
        x, y = object_.x - CENTRE[0] - self.offset[0], object_.y - CENTRE[1] - self.offset[1]
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        return Seen(
            object_.shape,
            cos * x + sin * y + across * float(generator.normal()),
            -sin * x + cos * y + across * float(generator.normal()),
            _wrapped(object_.yaw - self.turn + turn * float(generator.normal())),
            object_.length,
            object_.width,
            object_.height,
        )

    def grasp(self, seen: Seen) -> Grasp:
        """The grasp that is right for who knows all that the task hides: the oracle."""
        return _grasp(seen, self.offset, self.turn, self.finger, self.off_centre)


def nominal_grasp(seen: Seen) -> Grasp:
    """The grasp of a robot that believes its data sheets: no offset, the middle."""
    return _grasp(seen, (0.0, 0.0), 0.0, FINGER, 0.0)


def _grasp(
    seen: Seen, offset: tuple[float, float], turn: float, finger: float, off_centre: float
) -> Grasp:
    along = off_centre * seen.length / 2
    x, y = seen.x + along * math.cos(seen.yaw), seen.y + along * math.sin(seen.yaw)
    cos, sin = math.cos(turn), math.sin(turn)
    return Grasp(
        CENTRE[0] + offset[0] + cos * x - sin * y,
        CENTRE[1] + offset[1] + sin * x + cos * y,
        PALM + finger - PAD / 2 + seen.height / 2,
        _wrapped(seen.yaw + turn),
        min(seen.width + MARGIN, WIDEST),
    )


def _wrapped(angle: float) -> float:
    """The same direction, from −π to π."""
    return math.remainder(angle, 2 * math.pi)
