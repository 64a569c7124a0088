"""Half-cheetah and ant of Gymnasium: their states, motors and simulation models."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import copy
import importlib.util
from abc import abstractmethod
from pathlib import Path

import jax.numpy as jnp
import mujoco
import numpy as np
from jaxtyping import Array, Float

from yingshe.applications.robots.locomotion import tasks
from yingshe.applications.robots.locomotion.tasks import ActuatorFault
from yingshe.applications.robots.rotations import (
    rotation_between,
    rotation_matrix,
    to_body_axes,
)
from yingshe.errors import UserError, did_you_mean

FRAME_SKIP = 5
"""Simulation steps of 0.01 s per action, as in Gymnasium."""
_ASSETS = "envs/mujoco/assets"
_MIN_HEIGHT, _MAX_HEIGHT = 0.25, 1.0  # m: an ant whose torso is lower has fallen, higher has jumped
_MIN_PITCH_COSINE = 0.5  # a cheetah that pitches further falls on its back
_FALL_PENALTY = 5.0  # m/s
_FULL_PHYSICS = mujoco.mjtState.mjSTATE_FULLPHYSICS


class LeggedRobot:
    """Legged robot of Gymnasium with its motors and the columns of its dynamics.

    `mj_state` is MuJoCo's full physics state (time, qpos, qvel). The *local state* leaves out
    the position on the plane (and an ant's heading). The mapping to learn is (local state, action)
    → delta, the change after 0.05 s; `integrate` adds a delta to a local state. All methods take
    NumPy or JAX arrays with any leading axes.

    Args:
        asset: File name of the MuJoCo model in Gymnasium's assets.

    Raises:
        UserError: Gymnasium is not installed.
    """

    name: str
    control_cost: float
    """Weight of the sum of squared actions in the reward."""
    motor_names: tuple[str, ...]
    train_faults: tuple[tuple[int, ...], ...]
    """Groups of motors that fail together in training."""
    test_faults: tuple[tuple[int, ...], ...]
    """Groups of motors that fail together in evaluation only."""
    state_names: tuple[str, ...]
    """Columns of `encode_state`."""
    delta_names: tuple[str, ...]
    """Columns of `delta`."""

    def __init__(self, asset: str):
        spec = importlib.util.find_spec("gymnasium")
        if spec is None or spec.origin is None:
            raise UserError("The robots need Gymnasium's models: pip install 'yingshe[robots]'.")
        path = Path(spec.origin).parent / _ASSETS / asset
        self.model = mujoco.MjModel.from_xml_path(str(path))
        self.mj_state_size = mujoco.mj_stateSize(self.model, _FULL_PHYSICS)

    @property
    def num_motors(self) -> int:
        """Number of motors."""
        return self.model.nu

    @property
    def time_step(self) -> float:
        """Time between two actions, s."""
        return FRAME_SKIP * self.model.opt.timestep

    def make_fault(self, motors: tuple[int, ...], gain: float = 0.0) -> ActuatorFault:
        """Return the fault in which some motors have a reduced gain.

        Args:
            motors: Indices of the faulty motors; none for a healthy robot.
            gain: Gain of the faulty motors; 0 is a dead motor.

        Returns:
            The fault.
        """
        return tasks.make_fault(self.motor_names, motors, gain)

    def sample_fault(self, rng: np.random.Generator) -> ActuatorFault:
        """Sample a training fault; see `tasks.sample_fault` for the distribution.

        Args:
            rng: Random number generator.

        Returns:
            The fault.
        """
        return tasks.sample_fault(self.motor_names, self.train_faults, rng)

    def with_gains(self, gains: tuple[float, ...]) -> mujoco.MjModel:
        """Return a simulation model with scaled motor torques.

        Args:
            gains: Delivered torque divided by commanded torque for each motor.

        Returns:
            A copy of the robot's model.

        Raises:
            UserError: The number of gains is not the number of motors.
        """
        if len(gains) != self.num_motors:
            raise UserError(
                f"gains must have {self.num_motors} entries for the motors of {self.name}, got "
                f"{len(gains)}."
            )
        model = copy.copy(self.model)
        model.actuator_gear[:, 0] *= np.asarray(gains)
        return model

    def reset(self, rng: np.random.Generator, *, noise: float = 0.1) -> mujoco.MjData:
        """Return a start state with perturbed joint angles and velocities.

        Args:
            rng: Random number generator.
            noise: Largest offset of a joint angle, rad.

        Returns:
            Simulation data of the start state.
        """
        data = mujoco.MjData(self.model)
        joints = self.model.nq - self.num_motors
        data.qpos[joints:] += rng.uniform(-noise, noise, self.num_motors)
        data.qvel[:] = 0.1 * rng.normal(size=self.model.nv)
        mujoco.mj_forward(self.model, data)
        return data

    def mj_state(self, data: mujoco.MjData) -> np.ndarray:
        """Return time, qpos and qvel as one array, the format of `mujoco.rollout`.

        Args:
            data: Simulation data.

        Returns:
            State (mj,).
        """
        state = np.empty(self.mj_state_size)
        mujoco.mj_getState(self.model, data, state, _FULL_PHYSICS)
        return state

    @abstractmethod
    def local_state(self, mj_state: Float[np.ndarray, "*n mj"]) -> Float[np.ndarray, "*n local"]:
        """Return the local state of a MuJoCo state.

        Args:
            mj_state: MuJoCo states.

        Returns:
            Local states (..., local).
        """

    @abstractmethod
    def delta(
        self, mj_state: Float[np.ndarray, "*n mj"], next_mj_state: Float[np.ndarray, "*n mj"]
    ) -> Float[np.ndarray, "*n outputs"]:
        """Return the change between two MuJoCo states, the y of the mapping.

        Args:
            mj_state: States before an action.
            next_mj_state: States one action later.

        Returns:
            Changes (..., outputs), columns as in `delta_names`.
        """

    @abstractmethod
    def encode_state(
        self, state: Float[Array | np.ndarray, "*n local"]
    ) -> Float[Array, "*n encoded"]:
        """Return the learner's inputs for a local state; x is these and then the action.

        Args:
            state: Local states.

        Returns:
            Inputs (..., encoded), columns as in `state_names`.
        """

    @abstractmethod
    def integrate(
        self, state: Float[Array, "*n local"], delta: Float[Array, "*n outputs"]
    ) -> tuple[Float[Array, "*n local"], Float[Array, "*n"]]:
        """Return the next local state and the mean forward velocity until then (m/s).

        Args:
            state: Local states.
            delta: Changes, as `delta` gives them.

        Returns:
            Next local states (..., local), and velocities (...).
        """

    @abstractmethod
    def fall_penalty(self, state: Float[Array | np.ndarray, "*n local"]) -> Float[Array, "*n"]:
        """Return the penalty of a fallen robot in m/s, 0 for one that walks.

        Args:
            state: Local states.

        Returns:
            Penalties (...).
        """


class HalfCheetah(LeggedRobot):
    """Planar robot with six motors; thigh and shin of the front leg fail in evaluation only.

    These two faults cost most when the planner is not informed of them. With MuJoCo itself as the
    model, over two episodes, informing the planner multiplies the return by 3.5 (thigh) and 1.5
    (shin); for the other motors the factor is 1.0 to 1.2.

    Local state: height, pitch, six joint angles (m, rad) and the velocities of x and of all these.
    """

    name, control_cost = "half-cheetah", 0.1
    motor_names = ("bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot")
    train_faults, test_faults = ((0,), (1,), (2,), (5,)), ((3,), (4,))
    state_names = (
        *("z", "sin pitch", "cos pitch"),
        *(f"q {m}" for m in motor_names),
        *("vx", "vz", "v pitch"),
        *(f"v {m}" for m in motor_names),
    )
    delta_names = (
        *("z", "pitch"),
        *(f"q {m}" for m in motor_names),
        *("vx", "vz", "v pitch"),
        *(f"v {m}" for m in motor_names),
        "forward",
    )

    def __init__(self):
        super().__init__("half_cheetah.xml")

    def local_state(self, mj_state):
        return mj_state[..., 2:]

    def delta(self, mj_state, next_mj_state):
        velocity = (next_mj_state[..., 1:2] - mj_state[..., 1:2]) / self.time_step
        forward = velocity - mj_state[..., 10:11]
        return np.concatenate([next_mj_state[..., 2:] - mj_state[..., 2:], forward], axis=-1)

    def encode_state(self, state):
        pitch = state[..., 1:2]
        parts = [state[..., :1], jnp.sin(pitch), jnp.cos(pitch), state[..., 2:]]
        return jnp.concatenate(parts, axis=-1)

    def integrate(self, state, delta):
        velocity = state[..., 8] + delta[..., -1]
        return state + delta[..., :-1], velocity

    def fall_penalty(self, state):
        return _FALL_PENALTY * (jnp.cos(state[..., 1]) < _MIN_PITCH_COSINE)


class Ant(LeggedRobot):
    """Robot with four legs of two motors; legs 1-3 fail in training, leg 4 in evaluation only.

    A crippled leg has two dead motors. The control cost is a tenth of Gymnasium's default. With the
    default, the best plan of 0.75 s for a crippled ant is to stand still.

    Local state: height, eight joint angles; the world's up and forward axes in the torso's axes;
    velocity of the torso, its angular velocity and the joint velocities, in the torso's axes. The
    learned dynamics do not depend on the heading.

    References:
        Nagabandi et al., Learning to Adapt in Dynamic, Real-World Environments, 2019: the split.
    """

    name, control_cost = "ant", 0.05
    motor_names = ("hip 4", "ankle 4", "hip 1", "ankle 1", "hip 2", "ankle 2", "hip 3", "ankle 3")
    train_faults, test_faults = ((2, 3), (4, 5), (6, 7)), ((0, 1),)
    state_names = (
        *("z", *(f"q{i}" for i in range(8))),
        *("up x", "up y", "up z"),
        *("vx", "vy", "vz", "wx", "wy", "wz"),
        *(f"v{i}" for i in range(8)),
    )
    delta_names = (
        *(f"q{i}" for i in range(8)),
        *("vx", "vy", "vz", "wx", "wy", "wz"),
        *(f"v{i}" for i in range(8)),
        *("forth x", "forth y", "forth z", "turn x", "turn y", "turn z"),
    )

    def __init__(self):
        super().__init__("ant.xml")

    def local_state(self, mj_state):
        axes = rotation_matrix(mj_state[..., 4:8])  # columns: the torso's axes in the world's
        up, forward = axes[..., 2, :], axes[..., 0, :]
        velocity = np.einsum("...wb,...w->...b", axes, mj_state[..., 16:19])
        joints, rates = mj_state[..., 8:16], mj_state[..., 19:30]
        return np.concatenate([mj_state[..., 3:4], joints, up, forward, velocity, rates], axis=-1)

    def delta(self, mj_state, next_mj_state):
        state, next_state = self.local_state(mj_state), self.local_state(next_mj_state)
        axes = rotation_matrix(mj_state[..., 4:8])
        shift = np.einsum("...wb,...w->...b", axes, next_mj_state[..., 1:4] - mj_state[..., 1:4])
        forth = shift / self.time_step - state[..., 15:18]
        rotation = rotation_between(mj_state[..., 4:8], next_mj_state[..., 4:8])
        turn = rotation / self.time_step - state[..., 18:21]
        joints, velocities = slice(1, 9), slice(15, 29)
        return np.concatenate(
            [
                next_state[..., joints] - state[..., joints],
                next_state[..., velocities] - state[..., velocities],
                forth,
                turn,
            ],
            axis=-1,
        )

    def encode_state(self, state):
        return jnp.concatenate([state[..., :12], state[..., 15:]], axis=-1)

    def integrate(self, state, delta):
        step = self.time_step
        shift = step * (state[..., 15:18] + delta[..., 22:25])
        rotation = step * (state[..., 18:21] + delta[..., 25:28])
        up, forward = state[..., 9:12], state[..., 12:15]
        z = state[..., :1] + jnp.sum(up * shift, axis=-1, keepdims=True)
        velocity = jnp.sum(forward * shift, axis=-1) / step
        parts = [
            z,
            state[..., 1:9] + delta[..., :8],
            to_body_axes(up, rotation),
            to_body_axes(forward, rotation),
            state[..., 15:29] + delta[..., 8:22],
        ]
        return jnp.concatenate(parts, axis=-1), velocity

    def fall_penalty(self, state):
        height, upright = state[..., 0], state[..., 11]
        fallen = (height < _MIN_HEIGHT) | (height > _MAX_HEIGHT) | (upright < 0)
        return jnp.where(fallen, _FALL_PENALTY, 0.0)


ROBOTS: dict[str, type[LeggedRobot]] = {"half-cheetah": HalfCheetah, "ant": Ant}
"""Name → class."""


def make_robot(name: str) -> LeggedRobot:
    """Return a robot by name.

    Args:
        name: A key of `ROBOTS`.

    Returns:
        The robot.

    Raises:
        UserError: There is no such robot.
    """
    if name not in ROBOTS:
        raise UserError(f"There is no robot '{name}'." + did_you_mean(name, ROBOTS))
    return ROBOTS[name]()  # pyright: ignore[reportCallIssue]
