"""Gymnasium's half-cheetah and ant: their states as a learner reads them, and their damages."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import copy
import importlib.util
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
import mujoco
import numpy as np
from jaxtyping import Array, Float

from yingshe.errors import UserError, did_you_mean

FRAME_SKIP = 5
"""Steps of the simulation, 0.01 s each, that an action lasts; Gymnasium's own."""
_ASSETS = "envs/mujoco/assets"
_LOW, _HIGH = 0.25, 1.0  # m: where an ant's torso is neither on the ground nor in the air
_UPRIGHT = 0.5  # cosine of the pitch beyond which a cheetah is about to lie on its back
_FALLEN = 5.0  # m/s that being there is worth to a planner
_FULL = mujoco.mjtState.mjSTATE_FULLPHYSICS


@dataclass(frozen=True)
class Damage:
    """Motors that give less than they are asked for."""

    name: str
    strength: tuple[float, ...]
    """Torque of each motor over the torque commanded; 0 is a dead joint."""


class Walker:
    """A walker of Gymnasium's, its motors, and what a learner reads of it.

    A *pose* is all of a walker's state but where on the plane it is. The mapping to learn is
    (pose, action) → what has changed after 0.05 s; `advance` puts the two together again. Written
    for one state, of NumPy's or JAX's, with any leading axes.
    """

    name: str
    control_cost: float
    """Of the reward: times the sum of squared actions."""
    motors: tuple[str, ...]
    train: tuple[tuple[int, ...], ...]
    """Motors that die together in training, ..."""
    test: tuple[tuple[int, ...], ...]
    """... and those that die only when it is judged."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def __init__(self, file: str):
        found = importlib.util.find_spec("gymnasium")
        if found is None or found.origin is None:
            raise UserError("The walkers are Gymnasium's: pip install 'yingshe[robots]'.")
        path = Path(found.origin).parent / _ASSETS / file
        self.model = mujoco.MjModel.from_xml_path(str(path))
        self.state_size = mujoco.mj_stateSize(self.model, _FULL)

    @property
    def size(self) -> int:
        """Number of motors."""
        return self.model.nu

    @property
    def time_step(self) -> float:
        """Between two actions, s."""
        return FRAME_SKIP * self.model.opt.timestep

    def damage(self, motors: tuple[int, ...], left: float = 0.0) -> Damage:
        """Those motors give only that share of what they are asked for."""
        strength = np.ones(self.size)
        strength[list(motors)] = left
        named = " and ".join(self.motors[i] for i in motors) or "no motor"
        word = "dead" if left == 0 else f"at {left:.0%}"
        return Damage(f"{named} {word}" if motors else "undamaged", tuple(strength.tolist()))

    def draw(self, generator: np.random.Generator) -> Damage:
        """A damage to train on: 1 in 5 none; else of `train` one, 2 in 3 dead, 1 in 3 weak."""
        if generator.uniform() < 0.2:
            return self.damage(())
        motors = self.train[generator.integers(len(self.train))]
        weak = generator.uniform() < 1 / 3
        return self.damage(motors, float(generator.uniform()) if weak else 0.0)

    def with_strength(self, strength: tuple[float, ...]) -> mujoco.MjModel:
        """The model of the walker as it really is."""
        if len(strength) != self.size:
            raise UserError(f"{len(strength)} strengths given; {self.name} has {self.size} motors.")
        model = copy.copy(self.model)
        model.actuator_gear[:, 0] *= np.asarray(strength)
        return model

    def start(self, generator: np.random.Generator, *, wide: float = 0.1) -> mujoco.MjData:
        """At its place, its joints off by up to `wide` rad, and moving a little."""
        data = mujoco.MjData(self.model)
        joints = self.model.nq - self.size
        data.qpos[joints:] += generator.uniform(-wide, wide, self.size)
        data.qvel[:] = 0.1 * generator.normal(size=self.model.nv)
        mujoco.mj_forward(self.model, data)
        return data

    def full_state(self, data: mujoco.MjData) -> np.ndarray:
        """Time, qpos and qvel, as `mujoco.rollout` reads them."""
        state = np.empty(self.state_size)
        mujoco.mj_getState(self.model, data, state, _FULL)
        return state

    @abstractmethod
    def pose(self, full: Float[np.ndarray, "*n full"]) -> Float[np.ndarray, "*n pose"]:
        """The pose of a full state."""

    @abstractmethod
    def change(
        self, full: Float[np.ndarray, "*n full"], after: Float[np.ndarray, "*n full"]
    ) -> Float[np.ndarray, "*n outputs"]:
        """What has changed between two full states, an action apart: the mapping's y."""

    @abstractmethod
    def read(self, pose: Float[Array | np.ndarray, "*n pose"]) -> Float[Array, "*n read"]:
        """What a learner reads of a pose; the mapping's x is this and then the action."""

    @abstractmethod
    def advance(
        self, pose: Float[Array, "*n pose"], change: Float[Array, "*n outputs"]
    ) -> tuple[Float[Array, "*n pose"], Float[Array, "*n"]]:
        """The pose afterwards, and the forward velocity on the way (m/s)."""

    @abstractmethod
    def fallen(self, pose: Float[Array | np.ndarray, "*n pose"]) -> Float[Array, "*n"]:
        """What a planner loses by being in a pose that is no walking: m/s, 0 where it is."""


class HalfCheetah(Walker):
    """Plane body of six motors. Dead motors: thigh and shin of the front leg only to judge.

    Planning through MuJoCo, these two are what it costs most not to be told of: over two walks, the
    return when told is 3.5 (thigh) and 1.5 (shin) times that when not, with the others 1.0 to 1.2.

    The pose: height, pitch, six joints (m, rad) and the velocities of x and of all of these.
    """

    name, control_cost = "half-cheetah", 0.1
    motors = ("bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot")
    train, test = ((0,), (1,), (2,), (5,)), ((3,), (4,))
    inputs = (
        *("z", "sin pitch", "cos pitch"),
        *(f"q {m}" for m in motors),
        *("vx", "vz", "v pitch"),
        *(f"v {m}" for m in motors),
    )
    outputs = (
        *("z", "pitch"),
        *(f"q {m}" for m in motors),
        *("vx", "vz", "v pitch"),
        *(f"v {m}" for m in motors),
        "forward",
    )

    def __init__(self):
        super().__init__("half_cheetah.xml")

    def pose(self, full):
        return full[..., 2:]

    def change(self, full, after):
        forward = (after[..., 1:2] - full[..., 1:2]) / self.time_step - full[..., 10:11]
        return np.concatenate([after[..., 2:] - full[..., 2:], forward], axis=-1)

    def read(self, pose):
        pitch = pose[..., 1:2]
        parts = [pose[..., :1], jnp.sin(pitch), jnp.cos(pitch), pose[..., 2:]]
        return jnp.concatenate(parts, axis=-1)

    def advance(self, pose, change):
        velocity = pose[..., 8] + change[..., -1]
        return pose + change[..., :-1], velocity

    def fallen(self, pose):
        return _FALLEN * (jnp.cos(pose[..., 1]) < _UPRIGHT)


class Ant(Walker):
    """Four legs of two motors. Crippled legs, both motors dead: 0-2 in training, 3 to judge.

    The split of Nagabandi et al., Learning to Adapt in Dynamic, Real-World Environments, 2019. The
    control cost is a tenth of Gymnasium's default, at which a plan of 0.75 s finds nothing better
    for a crippled ant than to stand still.

    The pose: height, eight joints; the world's upward and forward axes as the torso sees them; the
    velocities of the torso, its rotation and the joints, in the torso's axes. What is learned does
    not depend on where the torso is heading.
    """

    name, control_cost = "ant", 0.05
    motors = ("hip 4", "ankle 4", "hip 1", "ankle 1", "hip 2", "ankle 2", "hip 3", "ankle 3")
    train, test = ((2, 3), (4, 5), (6, 7)), ((0, 1),)
    inputs = (
        *("z", *(f"q{i}" for i in range(8))),
        *("up x", "up y", "up z"),
        *("vx", "vy", "vz", "wx", "wy", "wz"),
        *(f"v{i}" for i in range(8)),
    )
    outputs = (
        *(f"q{i}" for i in range(8)),
        *("vx", "vy", "vz", "wx", "wy", "wz"),
        *(f"v{i}" for i in range(8)),
        *("forth x", "forth y", "forth z", "turn x", "turn y", "turn z"),
    )

    def __init__(self):
        super().__init__("ant.xml")

    def pose(self, full):
        axes = _axes(full[..., 4:8])  # columns: the torso's axes in the world's
        up, forward = axes[..., 2, :], axes[..., 0, :]
        velocity = np.einsum("...wb,...w->...b", axes, full[..., 16:19])
        parts = [full[..., 3:4], full[..., 8:16], up, forward, velocity, full[..., 19:30]]
        return np.concatenate(parts, axis=-1)

    def change(self, full, after):
        before, then = self.pose(full), self.pose(after)
        axes = _axes(full[..., 4:8])
        moved = np.einsum("...wb,...w->...b", axes, after[..., 1:4] - full[..., 1:4])
        forth = moved / self.time_step - before[..., 15:18]
        turn = _rotation(full[..., 4:8], after[..., 4:8]) / self.time_step - before[..., 18:21]
        joints, velocities = slice(1, 9), slice(15, 29)
        return np.concatenate(
            [
                then[..., joints] - before[..., joints],
                then[..., velocities] - before[..., velocities],
                forth,
                turn,
            ],
            axis=-1,
        )

    def read(self, pose):
        return jnp.concatenate([pose[..., :12], pose[..., 15:]], axis=-1)

    def advance(self, pose, change):
        step = self.time_step
        moved = step * (pose[..., 15:18] + change[..., 22:25])
        turned = step * (pose[..., 18:21] + change[..., 25:28])
        up, forward = pose[..., 9:12], pose[..., 12:15]
        z = pose[..., :1] + jnp.sum(up * moved, axis=-1, keepdims=True)
        velocity = jnp.sum(forward * moved, axis=-1) / step
        new = [
            z,
            pose[..., 1:9] + change[..., :8],
            _rotated(up, turned),
            _rotated(forward, turned),
            pose[..., 15:29] + change[..., 8:22],
        ]
        return jnp.concatenate(new, axis=-1), velocity

    def fallen(self, pose):
        height, upright = pose[..., 0], pose[..., 11]
        fallen = (height < _LOW) | (height > _HIGH) | (upright < 0)
        return jnp.where(fallen, _FALLEN, 0.0)


WALKERS: dict[str, type[Walker]] = {"half-cheetah": HalfCheetah, "ant": Ant}


def make_walker(name: str) -> Walker:
    """The walker of that name. Raises UserError where there is none."""
    if name not in WALKERS:
        raise UserError(f"There is no walker '{name}'." + did_you_mean(name, WALKERS))
    return WALKERS[name]()  # pyright: ignore[reportCallIssue]


def _axes(quaternion: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) of unit quaternions (..., 4), w first."""
    w, x, y, z = np.moveaxis(quaternion, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def _rotation(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The turn from one to the other, in the axes of the first: axis times angle, rad."""
    w0, v0 = before[..., :1], -before[..., 1:]
    w1, v1 = after[..., :1], after[..., 1:]
    w = w0 * w1 - np.sum(v0 * v1, axis=-1, keepdims=True)
    v = w0 * v1 + w1 * v0 + np.cross(v0, v1)
    v = np.where(w < 0, -v, v)
    size = np.linalg.norm(v, axis=-1, keepdims=True)
    angle = 2 * np.arctan2(size, np.abs(w))
    return v * np.where(size > 1e-9, angle / np.maximum(size, 1e-9), 2.0)


def _rotated(vector: Float[Array, "*n 3"], turn: Float[Array, "*n 3"]) -> Float[Array, "*n 3"]:
    """A vector of the world as the torso sees it after that turn of its own (Rodrigues)."""
    angle = jnp.sqrt(jnp.sum(turn**2, axis=-1, keepdims=True) + 1e-12)
    axis = turn / angle
    along = jnp.sum(axis * vector, axis=-1, keepdims=True) * axis
    return along + jnp.cos(angle) * (vector - along) - jnp.sin(angle) * jnp.cross(axis, vector)
