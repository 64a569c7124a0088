"""An arm that may carry anything: its model, what a task hides of it, and its physics as inputs."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import copy
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
from jaxtyping import Bool, Float

from yingshe.errors import UserError, did_you_mean

_PANDA = Path(__file__).parent / "panda.xml"
_PANDA_TORQUES = (87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0)  # N m, the manufacturer's limits
_PANDA_HOME = (0.0, -0.4, 0.0, -1.9, 0.0, 1.6, 0.8)  # rad
STICTION = 0.005
"""rad/s: the velocity at which dry friction has about its full size."""
_SLOWEST = 0.03  # rad/s: what is slower sticks and slips, in simulation as in truth
_LEAST_FRICTION = 0.002  # of the torque limit, at 1 rad/s
_TYPICAL = 1.5, (0.0, 0.0, 0.075)  # kg and m: the middle of the loads that are drawn
_PROBE = 0.1  # m: how far a probing point mass stands off the end-effector

COLUMNS = (
    *("rigid body", "velocity", "direction"),
    *("payload mass", "payload mx", "payload my", "payload mz"),
    *(f"payload {axes}" for axes in ("xx", "yy", "zz", "xy", "xz", "yz")),
)
"""What a joint's torque is a linear function of: what is its own, and then what is the load's."""
DIRECTION = COLUMNS.index("direction")
OWN = 3
"""Columns that are the joint's own."""


@dataclass(frozen=True)
class ArmTask:
    """What one arm hides: its load, its joints, its motors."""

    mass: float
    """Of the payload, kg."""
    centre: tuple[float, float, float]
    """Of the payload, from the end-effector, m."""
    friction: tuple[float, ...]
    """Times each joint's nominal friction, dry and viscous."""
    strength: tuple[float, ...]
    """Torque of each motor over the torque commanded; 0 is a dead joint."""

    @classmethod
    def draw(
        cls, generator: np.random.Generator, joints: int, *, dead_joint: bool = False
    ) -> "ArmTask":
        """Draw a task.

        | symbol | distribution |
        |---|---|
        | mass | U(0, 3) kg |
        | centre | U(−5, 5) cm across, U(0, 15) cm along the end-effector's z-axis |
        | friction | exp U(−log 2, log 2) for each joint |
        | strength | U(0.8, 1.2) for each motor; with `dead_joint` one of them is 0 |
        """
        strength = generator.uniform(0.8, 1.2, joints)
        if dead_joint:
            strength[generator.integers(joints)] = 0.0
        x, y = generator.uniform(-0.05, 0.05, 2)
        return cls(
            float(generator.uniform(0.0, 3.0)),
            (float(x), float(y), float(generator.uniform(0.0, 0.15))),
            tuple(np.exp(generator.uniform(-np.log(2), np.log(2), joints)).tolist()),
            tuple(strength.tolist()),
        )


class Arm:
    """A model of an arm with nothing in its hand, and the physics that a learner needs not learn.

    Rigid-body dynamics is linear in the ten inertial parameters of a load (Khosla and Kanade,
    Parameter Identification of Robot Dynamics, 1985), so what `features` gives is all that a load,
    friction and motor strength can change. By default the arm is the Panda; `mjcf` is any other,
    with the names of its joints and of the body or site at its end. Joints that are not named are
    locked; contacts and joint limits are left out.

    Raises UserError where the file cannot be read or a name is not in it.
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
            raise UserError("A model of your own needs the names of its joints and end-effector.")
        spec = _read(Path(mjcf))
        _keep_joints(spec, joints)
        _add_payload(spec, end_effector)
        self.joints = tuple(joints)
        self.model, self._spec = _compiled(spec, Path(mjcf)), spec
        _let_centre_move(self.model)
        if self.model.nv != len(joints):
            raise UserError(f"{mjcf} has joints with more than one axis; name hinges and slides.")
        order = [self.model.joint(name).dofadr[0] for name in joints]
        if order != list(range(len(joints))):
            named = [self.model.joint(i).name for i in range(self.model.njnt)]
            raise UserError(f"Name the joints in the order of the file: {', '.join(named)}.")
        self.limits = np.asarray(torque_limits or self._static_torques())
        self.home = np.asarray(home if home is not None else self.model.qpos0)
        if len(self.limits) != self.size or len(self.home) != self.size:
            raise UserError(f"Give a torque limit and a home angle for each of {self.size} joints.")
        # A model without friction still has joints that may have some.
        nominal = self.model.dof_damping, self.model.dof_frictionloss
        self._viscous, self._dry = (np.maximum(f / self.limits, _LEAST_FRICTION) for f in nominal)
        self._payload = self.model.body("payload").id
        self._probing, self._data = copy.copy(self.model), mujoco.MjData(self.model)

    @property
    def size(self) -> int:
        """Number of joints."""
        return len(self.joints)

    @property
    def time_step(self) -> float:
        """Of the simulation and of the control loop, s."""
        return self.model.opt.timestep

    def with_task(self, task: ArmTask) -> mujoco.MjModel:
        """The model of the arm as it really is: loaded, and with its own friction.

        Motor strength is no part of it; the torque that is applied is strength times command.
        """
        model = copy.copy(self.model)
        model.body_mass[self._payload] = max(task.mass, 1e-6)
        model.body_ipos[self._payload] = task.centre
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
        """What the empty arm with nominal friction needs, N m. Units: rad, rad/s, rad/s²."""
        mass = self._rigid_body(q, velocity, acceleration)
        return mass + self.nominal_friction(velocity)

    def inertial_torque(
        self, q: Float[np.ndarray, " joints"], acceleration: Float[np.ndarray, " joints"]
    ) -> Float[np.ndarray, " joints"]:
        """M(q) q̈ of the arm with a typical load, N m: 1.5 kg, 7.5 cm off the end-effector."""
        still = np.zeros(self.size)
        self._rigid_body(q, still, acceleration)
        model, both = self._probing, np.empty((2, self.size))
        model.body_mass[self._payload], model.body_ipos[self._payload] = _TYPICAL
        self._newton_euler(both[0])
        self._data.qacc[:] = 0.0
        self._newton_euler(both[1])
        model.body_mass[self._payload], model.body_ipos[self._payload] = 0.0, 0.0
        return both[0] - both[1]

    def nominal_friction(
        self, velocity: Float[np.ndarray, "*n joints"]
    ) -> Float[np.ndarray, "*n joints"]:
        """Dry and viscous friction as the model has them, N m."""
        direction = np.tanh(velocity / STICTION)
        return self.model.dof_damping * velocity + self.model.dof_frictionloss * direction

    def features(
        self,
        q: Float[np.ndarray, " joints"],
        velocity: Float[np.ndarray, " joints"],
        acceleration: Float[np.ndarray, " joints"],
    ) -> Float[np.ndarray, "joints columns"]:
        """For each joint the `COLUMNS` its torque is linear in, all as shares of its limit.

        The load's columns are torques of point masses that are put default_variants the end-effector, by
        recursive Newton-Euler.
        """
        model, payload = self._probing, self._payload
        empty = self._rigid_body(q, velocity, acceleration)
        places = np.concatenate([np.zeros((1, 3)), _PROBE * _CORNERS])
        loaded = np.empty((len(places), self.size))
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
        load = np.concatenate([[weight], first, squares, cross]) / self.limits
        viscous, dry = self._viscous * velocity, self.dry_friction(velocity)
        return np.stack([empty / self.limits, viscous, dry, *load], axis=1)

    def dry_friction(self, velocity: Float[np.ndarray, " joints"]) -> Float[np.ndarray, " joints"]:
        """The direction column of `features`: nominal dry friction as a share of the limit."""
        return self._dry * np.tanh(velocity / STICTION)

    def moving(
        self, features: Float[np.ndarray, "*n joints columns"]
    ) -> Bool[np.ndarray, "*n joints"]:
        """Where a joint moves. One that dry friction holds says nothing: any torque may hold it."""
        return np.abs(features[..., COLUMNS.index("velocity")]) > _SLOWEST * self._viscous

    def end_effector(self, q: Float[np.ndarray, " joints"]) -> Float[np.ndarray, "3"]:
        """Where the end-effector is, m."""
        self._data.qpos[:] = q
        mujoco.mj_kinematics(self._probing, self._data)
        return self._data.xpos[self._payload].copy()

    @functools.cached_property
    def servoed(self) -> mujoco.MjModel:
        """The model with a position servo at every joint, and a sensor of its torque."""
        spec = self._spec
        for name in self.joints:
            servo = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
            servo.biastype = mujoco.mjtBias.mjBIAS_AFFINE
            spec.add_sensor(
                type=mujoco.mjtSensor.mjSENS_ACTUATORFRC,
                objtype=mujoco.mjtObj.mjOBJ_ACTUATOR,
                objname=name,
            )
        model = spec.compile()
        _let_centre_move(model)
        return model

    def _rigid_body(self, q, velocity, acceleration) -> np.ndarray:
        model, data = self._probing, self._data
        data.qpos[:], data.qvel[:], data.qacc[:] = q, velocity, acceleration
        model.body_mass[self._payload] = 0.0
        mujoco.mj_kinematics(model, data)
        torque = np.empty(self.size)
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

    def _static_torques(self) -> np.ndarray:
        """A guess at the size of each joint's torques: holding 3 kg at the worst of some poses."""
        model, data = copy.copy(self.model), mujoco.MjData(self.model)
        model.body_mass[model.body("payload").id] = 3.0
        generator = np.random.default_rng(0)
        torques = []
        for _ in range(100):
            data.qpos[:] = generator.uniform(-2, 2, self.size)
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


def _read(path: Path) -> mujoco.MjSpec:
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    try:
        return mujoco.MjSpec.from_file(str(path))
    except ValueError as error:
        raise UserError(f"{path} is no model that MuJoCo can read: {error}.") from error


def _compiled(spec: mujoco.MjSpec, path: Path) -> mujoco.MjModel:
    try:
        return spec.compile()
    except ValueError as error:
        raise UserError(f"{path} cannot be used as an arm: {error}.") from error


def _let_centre_move(model: mujoco.MjModel) -> None:
    """A body compiled with its mass at its origin is taken to have it there for ever."""
    model.body_sameframe[model.body("payload").id] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE


def _keep_joints(spec: mujoco.MjSpec, joints: Sequence[str]) -> None:
    known = [joint.name for joint in spec.joints]
    for name in joints:
        if name not in known:
            raise UserError(f"There is no joint '{name}'." + did_you_mean(name, known))
    for element in [*spec.actuators, *spec.sensors, *spec.keys, *spec.equalities, *spec.tendons]:
        element.delete()
    for joint in list(spec.joints):
        if joint.name not in joints:
            joint.delete()
        else:
            joint.limited = mujoco.mjtLimited.mjLIMITED_FALSE
    for geom in spec.geoms:
        geom.contype = geom.conaffinity = 0


def _add_payload(spec: mujoco.MjSpec, end_effector: str) -> None:
    bodies = {body.name: body for body in spec.bodies}
    sites = {site.name: site for site in spec.sites}
    place: dict = {}
    if end_effector in bodies:
        parent = bodies[end_effector]
    elif end_effector in sites:
        parent = sites[end_effector].parent
        place = {"pos": sites[end_effector].pos, "quat": sites[end_effector].quat}
    else:
        known = [*bodies, *sites]
        raise UserError(
            f"There is no body or site '{end_effector}'." + did_you_mean(end_effector, known)
        )
    payload = parent.add_body(name="payload", **place)
    payload.explicitinertial = True
    payload.mass, payload.inertia, payload.ipos = 1e-6, [1e-9] * 3, [0.0] * 3
