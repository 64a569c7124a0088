"""Robot model of an arm, and the regressor in which its joint torques are linear."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import copy
import functools
from collections.abc import Sequence
from pathlib import Path

import mujoco
import numpy as np
from jaxtyping import Bool, Float

from yingshe.applications.robots.arm import _mjcf
from yingshe.applications.robots.arm.tasks import ArmTask
from yingshe.errors import UserError

_PANDA = Path(__file__).parent / "panda.xml"
_PANDA_TORQUES = (87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0)  # N m, the manufacturer's limits
_PANDA_HOME = (0.0, -0.4, 0.0, -1.9, 0.0, 1.6, 0.8)  # rad
STICTION_VELOCITY = 0.005
"""Velocity at which dry friction has about its full size, rad/s."""
_MIN_VELOCITY = 0.03  # rad/s: slower joints stick and slip, in simulation as in reality
_MIN_FRICTION = 0.002  # fraction of the torque limit, at 1 rad/s
_TYPICAL_PAYLOAD = 1.5, (0.0, 0.0, 0.075)  # kg and m: the middle of the task distribution
_PROBE = 0.1  # m: distance of a probing point mass from the end-effector

REGRESSOR_COLUMNS = (
    *("rigid body", "velocity", "direction"),
    *("payload mass", "payload mx", "payload my", "payload mz"),
    *(f"payload {axes}" for axes in ("xx", "yy", "zz", "xy", "xz", "yz")),
)
"""Columns in which a joint's torque is linear: those of the joint first, then the payload's."""
DIRECTION_COLUMN = REGRESSOR_COLUMNS.index("direction")
NUM_JOINT_COLUMNS = 3
"""Number of columns whose weights belong to the joint and not to the payload."""


class Arm:
    """Robot model of an arm without payload, and the regressor of its inverse dynamics.

    Rigid-body dynamics is linear in the ten inertial parameters of a payload. The columns of
    `regressor` therefore span all changes by a payload, friction and motor gains. Joints that are
    not named are locked; contacts and joint limits are ignored.

    Args:
        mjcf: MJCF file of the arm; a Franka Panda by default.
        joints: Names of its joints, in the order of the file.
        end_effector: Name of the body or site that carries the payload.
        torque_limits: Torque limit of each joint, N m; guessed from static poses by default.
        home: Angle of each joint about which it moves, rad; the file's initial pose by default.

    Raises:
        UserError: The file cannot be read, a name is not in it, or there are too few limits.

    References:
        Khosla and Kanade, Parameter Identification of Robot Dynamics, 1985.
    """

    def __init__(
        self,
        mjcf: str | Path | None = None,
        *,
        joints: Sequence[str] | None = None,
        end_effector: str | None = None,
        torque_limits: Sequence[float] | None = None,
        home: Sequence[float] | None = None,
    ):
        if mjcf is None:
            mjcf, end_effector = _PANDA, "flange"
            joints = tuple(f"joint{i}" for i in range(1, 8))
            torque_limits, home = _PANDA_TORQUES, _PANDA_HOME
        if not joints or not end_effector:
            raise UserError(
                "joints and end_effector are needed with mjcf: name those of the model."
            )
        spec = _mjcf.read_spec(Path(mjcf))
        _mjcf.select_joints(spec, joints)
        _mjcf.add_payload(spec, end_effector)
        self.joints = tuple(joints)
        self.model, self._spec = _mjcf.compile_spec(spec, Path(mjcf)), spec
        if self.model.nv != len(joints):
            raise UserError(
                f"joints must be hinges or slides; {mjcf} has joints with more than one axis."
            )
        order = [self.model.joint(name).dofadr[0] for name in joints]
        if order != list(range(len(joints))):
            names = [self.model.joint(i).name for i in range(self.model.njnt)]
            raise UserError(f"joints must be in the order of the file: {', '.join(names)}.")
        self.torque_limits = np.asarray(torque_limits or self._guess_torque_limits())
        self.home = np.asarray(home if home is not None else self.model.qpos0)
        if len(self.torque_limits) != self.num_joints or len(self.home) != self.num_joints:
            raise UserError(
                f"torque_limits and home need one number for each of {self.num_joints} joints, "
                f"got {len(self.torque_limits)} and {len(self.home)}."
            )
        # The joints of a model without friction may still have some.
        nominal = self.model.dof_damping, self.model.dof_frictionloss
        self._viscous, self._dry = (
            np.maximum(f / self.torque_limits, _MIN_FRICTION) for f in nominal
        )
        self._payload = self.model.body(_mjcf.PAYLOAD).id
        self._probing, self._data = copy.copy(self.model), mujoco.MjData(self.model)

    @property
    def num_joints(self) -> int:
        """Number of joints."""
        return len(self.joints)

    @property
    def time_step(self) -> float:
        """Time step of the simulation and of the control loop, s."""
        return self.model.opt.timestep

    def with_task(self, task: ArmTask) -> mujoco.MjModel:
        """Return the MuJoCo model of the arm with its true payload and friction.

        Motor gains are not part of it: the torque to apply is gain times command.

        Args:
            task: The hidden properties of the arm.

        Returns:
            A copy of the arm's model.
        """
        model = copy.copy(self.model)
        model.body_mass[self._payload] = max(task.mass, 1e-6)
        model.body_ipos[self._payload] = task.center_of_mass
        model.body_inertia[self._payload] = max(task.mass, 1e-6) * 0.4 * 0.05**2  # a 5 cm ball
        model.dof_damping[:] = self.model.dof_damping * task.friction
        model.dof_frictionloss[:] = self.model.dof_frictionloss * task.friction
        mujoco.mj_setConst(model, mujoco.MjData(model))
        return model

    def nominal_torque(
        self,
        q: Float[np.ndarray, " joints"],
        velocity: Float[np.ndarray, " joints"],
        acceleration: Float[np.ndarray, " joints"],
    ) -> Float[np.ndarray, " joints"]:
        """Compute the torque that the arm without payload and with nominal friction needs.

        Args:
            q: Joint angles, rad.
            velocity: Joint velocities, rad/s.
            acceleration: Joint accelerations, rad/s².

        Returns:
            Joint torques, N m.
        """
        return self._rigid_body(q, velocity, acceleration) + self.nominal_friction(velocity)

    def inertial_torque(
        self, q: Float[np.ndarray, " joints"], acceleration: Float[np.ndarray, " joints"]
    ) -> Float[np.ndarray, " joints"]:
        """Compute M(q) q̈ with a typical payload: 1.5 kg, 7.5 cm from the end-effector.

        Args:
            q: Joint angles, rad.
            acceleration: Joint accelerations, rad/s².

        Returns:
            Joint torques, N m.
        """
        still = np.zeros(self.num_joints)
        self._rigid_body(q, still, acceleration)
        model, both = self._probing, np.empty((2, self.num_joints))
        model.body_mass[self._payload], model.body_ipos[self._payload] = _TYPICAL_PAYLOAD
        self._newton_euler(both[0])
        self._data.qacc[:] = 0.0
        self._newton_euler(both[1])
        model.body_mass[self._payload], model.body_ipos[self._payload] = 0.0, 0.0
        return both[0] - both[1]

    def nominal_friction(
        self, velocity: Float[np.ndarray, "*n joints"]
    ) -> Float[np.ndarray, "*n joints"]:
        """Compute the dry and viscous friction of the model.

        Args:
            velocity: Joint velocities, rad/s.

        Returns:
            Friction torques, N m.
        """
        direction = np.tanh(velocity / STICTION_VELOCITY)
        return self.model.dof_damping * velocity + self.model.dof_frictionloss * direction

    def regressor(
        self,
        q: Float[np.ndarray, " joints"],
        velocity: Float[np.ndarray, " joints"],
        acceleration: Float[np.ndarray, " joints"],
    ) -> Float[np.ndarray, "joints columns"]:
        """Compute the regressor Y(q, q̇, q̈) of the joint torques.

        The payload's columns are torques of point masses around the end-effector, by recursive
        Newton-Euler.

        Args:
            q: Joint angles, rad.
            velocity: Joint velocities, rad/s.
            acceleration: Joint accelerations, rad/s².

        Returns:
            One row per joint, columns as in `REGRESSOR_COLUMNS`, as fractions of the torque limit.
        """
        model, payload = self._probing, self._payload
        empty = self._rigid_body(q, velocity, acceleration)
        places = np.concatenate([np.zeros((1, 3)), _PROBE * _CORNERS])
        loaded = np.empty((len(places), self.num_joints))
        model.body_mass[payload] = 1.0
        for row, place in zip(loaded, places, strict=True):
            model.body_ipos[payload] = place
            self._newton_euler(row)
        model.body_mass[payload], model.body_ipos[payload] = 0.0, 0.0
        weight = loaded[0] - empty
        moments = loaded[1:] - loaded[0]
        firsts, seconds = moments[:6].reshape(3, 2, -1), moments[6:]
        first = (firsts[:, 0] - firsts[:, 1]) / (2 * _PROBE)
        squares = (firsts[:, 0] + firsts[:, 1]) / (2 * _PROBE**2)
        cross = np.stack(
            [
                seconds[k] / _PROBE**2 - squares[i] - squares[j] - (first[i] + first[j]) / _PROBE
                for k, (i, j) in enumerate(((0, 1), (0, 2), (1, 2)))
            ]
        )
        load = np.concatenate([[weight], first, squares, cross]) / self.torque_limits
        viscous, dry = self._viscous * velocity, self.dry_friction(velocity)
        return np.stack([empty / self.torque_limits, viscous, dry, *load], axis=1)

    def dry_friction(self, velocity: Float[np.ndarray, " joints"]) -> Float[np.ndarray, " joints"]:
        """Compute the direction column of the regressor: nominal dry friction.

        Args:
            velocity: Joint velocities, rad/s.

        Returns:
            Fractions of the torque limits.
        """
        return self._dry * np.tanh(velocity / STICTION_VELOCITY)

    def is_moving(
        self, regressor: Float[np.ndarray, "*n joints columns"]
    ) -> Bool[np.ndarray, "*n joints"]:
        """Return the joints that move fast enough to be informative.

        Dry friction holds a slower joint whatever its torque.

        Args:
            regressor: Rows of `regressor`.

        Returns:
            True for moving joints.
        """
        velocity = regressor[..., REGRESSOR_COLUMNS.index("velocity")]
        return np.abs(velocity) > _MIN_VELOCITY * self._viscous

    def end_effector_position(self, q: Float[np.ndarray, " joints"]) -> Float[np.ndarray, "3"]:
        """Compute the position of the end-effector.

        Args:
            q: Joint angles, rad.

        Returns:
            Position in the world, m.
        """
        self._data.qpos[:] = q
        mujoco.mj_kinematics(self._probing, self._data)
        return self._data.xpos[self._payload].copy()

    @functools.cached_property
    def position_controlled(self) -> mujoco.MjModel:
        """Model with a position servo at every joint, and a sensor of its torque."""
        return _mjcf.add_position_servos(self._spec, self.joints)

    def _rigid_body(self, q, velocity, acceleration) -> np.ndarray:
        model, data = self._probing, self._data
        data.qpos[:], data.qvel[:], data.qacc[:] = q, velocity, acceleration
        model.body_mass[self._payload] = 0.0
        mujoco.mj_kinematics(model, data)
        torque = np.empty(self.num_joints)
        self._newton_euler(torque)
        return torque

    def _newton_euler(self, torque: np.ndarray) -> None:
        model, data, payload = self._probing, self._data, self._payload
        axes = data.xmat[payload].reshape(3, 3)
        data.xipos[payload] = data.xpos[payload] + axes @ model.body_ipos[payload]
        mujoco.mj_comPos(model, data)
        mujoco.mj_comVel(model, data)
        mujoco.mj_rne(model, data, 1, torque)
        torque += model.dof_armature * data.qacc

    def _guess_torque_limits(self) -> np.ndarray:
        """Return the largest torque of each joint that holds 3 kg in 100 random poses."""
        model, data = copy.copy(self.model), mujoco.MjData(self.model)
        model.body_mass[model.body(_mjcf.PAYLOAD).id] = 3.0
        generator = np.random.default_rng(0)
        torques = []
        for _ in range(100):
            data.qpos[:] = generator.uniform(-2, 2, self.num_joints)
            mujoco.mj_inverse(model, data)
            torques.append(np.abs(data.qfrc_inverse))
        return np.maximum(np.max(torques, axis=0), 1.0)


_CORNERS = np.array(
    [
        *([1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]),
        *([1, 1, 0], [1, 0, 1], [0, 1, 1]),
    ],
    float,
)
