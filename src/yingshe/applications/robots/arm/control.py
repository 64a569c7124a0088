"""Tracking a motion with an arm of unknown load: controllers, and what each of them reaches."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import time
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import mujoco
import numpy as np
from jaxtyping import Float

from yingshe.applications.robots.arm.logs import ACCELERATION_NOISE, motion
from yingshe.applications.robots.arm.mapping import ArmMapping
from yingshe.applications.robots.arm.model import COLUMNS, DIRECTION, OWN, STICTION, Arm, ArmTask

STIFFNESS, DAMPING = 100.0, 20.0
"""Of the tracking error: 1/s² and 1/s. The same for every controller, critically damped."""

SURPRISE = 3.0
"""Median squared standardised error, where 0.5 is expected: beyond it a load has changed."""

Joints = Float[np.ndarray, " joints"]


@dataclass(frozen=True)
class Moment:
    """Where the arm is and where it should be: rad, rad/s, rad/s²."""

    q: Joints
    v: Joints
    wanted_q: Joints
    wanted_v: Joints
    wanted_a: Joints

    @property
    def acceleration(self) -> Joints:
        """What computed-torque control asks for: q̈_d + K_d ė + K_p e."""
        errors = STIFFNESS * (self.wanted_q - self.q) + DAMPING * (self.wanted_v - self.v)
        return self.wanted_a + errors


@runtime_checkable
class Controller(Protocol):
    """Torques for a moment; and, after the step, what the arm then did."""

    def act(self, now: Moment) -> Joints: ...

    def learn(self, now: Moment, acceleration: Joints, torque: Joints) -> None: ...


class Nominal:
    """Computed torque by the model of the empty arm."""

    def __init__(self, arm: Arm):
        self.arm = arm

    def act(self, now: Moment) -> Joints:
        rigid = self.arm.nominal_torque(now.q, now.v, now.acceleration)
        friction = self.arm.nominal_friction(now.wanted_v) - self.arm.nominal_friction(now.v)
        return rigid + friction

    def learn(self, now: Moment, acceleration: Joints, torque: Joints) -> None:
        pass


class Feedback(Nominal):
    """Feedback alone: PD on the joint angles, scaled by the nominal inertia at home."""

    def __init__(self, arm: Arm):
        super().__init__(arm)
        still = 0 * arm.home
        at_rest = arm.nominal_torque(arm.home, still, still)
        self._inertia = np.array(
            [arm.nominal_torque(arm.home, still, e)[i] - at_rest[i]
             for i, e in enumerate(np.eye(arm.size))]
        )  # fmt: skip

    def act(self, now: Moment) -> Joints:
        return self._inertia * (now.acceleration - now.wanted_a)


class TrueModel:
    """Computed torque by the arm as it really is: the limit for this law."""

    def __init__(self, arm: Arm, task: ArmTask):
        self.arm = arm
        self.change(task)

    def change(self, task: ArmTask) -> None:
        """The arm carries something else from now on."""
        self._task = task
        self._model = self.arm.with_task(task)
        self._loss, self._model.dof_frictionloss[:] = self._model.dof_frictionloss.copy(), 0.0
        self._data = mujoco.MjData(self._model)

    def act(self, now: Moment) -> Joints:
        data = self._data
        data.qpos[:], data.qvel[:], data.qacc[:] = now.q, now.v, now.acceleration
        mujoco.mj_inverse(self._model, data)
        dry = self._loss * np.tanh(now.wanted_v / STICTION)
        return (data.qfrc_inverse + dry) / np.asarray(self._task.strength)

    def learn(self, now: Moment, acceleration: Joints, torque: Joints) -> None:
        pass


def _features(arm: Arm, now: Moment, acceleration: Joints) -> Float[np.ndarray, "joints columns"]:
    """Of that acceleration where the arm is, against friction in the wanted direction.

    Measured velocities cross zero too often to say which way dry friction will act.
    """
    features = arm.features(now.q, now.v, acceleration)
    features[:, DIRECTION] = arm.dry_friction(now.wanted_v)
    return features


def _feedback(arm: Arm, now: Moment) -> Joints:
    """Torque against the tracking error, by the inertia of the arm with a typical load.

    What a mapping believes of the inertia may be wrong at first, even in sign; this never is.
    """
    return arm.inertial_torque(now.q, now.acceleration - now.wanted_a)


class Adapting:
    """Feed-forward by a mapping that reads every step, and nominal feedback.

    Where what it reads is `surprise` times as far from what it expected as it should be, the load
    has changed: it forgets what it knew of that and keeps what it knew of the joints.
    """

    def __init__(self, mapping: ArmMapping, *, surprise: float = SURPRISE):
        self.mapping, self._surprise = mapping, surprise
        self.changes = 0
        """How often it took the load for changed."""

    def act(self, now: Moment) -> Joints:
        arm = self.mapping.arm
        torque, _ = self.mapping.from_features(_features(arm, now, now.wanted_a))
        return torque + _feedback(arm, now)

    def learn(self, now: Moment, acceleration: Joints, torque: Joints) -> None:
        self.mapping = self.mapping.observe(now.q, now.v, acceleration, torque)
        if self.mapping.surprise > self._surprise:
            self.mapping = self.mapping.forget_load()
            self.changes += 1


class Ridge:
    """Recursive ridge regression on the same inputs, from nothing, with exponential forgetting.

    For its first tenth of a second the nominal model acts, lest the arm falls.
    """

    def __init__(self, arm: Arm, *, penalty: float = 1e-3, keep: float = 0.998):
        self.arm, self.keep = arm, keep
        columns = len(COLUMNS)
        self._weights = np.zeros((arm.size, columns))
        self._inverse = np.tile(np.eye(columns) / penalty, (arm.size, 1, 1))
        self._penalty, self._nominal, self._read = penalty, Nominal(arm), 0

    def act(self, now: Moment) -> Joints:
        if self._read < 50:
            return self._nominal.act(now)
        shares = np.sum(_features(self.arm, now, now.wanted_a) * self._weights, axis=1)
        return shares * self.arm.limits + _feedback(self.arm, now)

    def learn(self, now: Moment, acceleration: Joints, torque: Joints) -> None:
        features = self.arm.features(now.q, now.v, acceleration)
        self._read += 1
        seen = np.einsum("jab,jb->ja", self._inverse, features)
        total = self.keep + np.sum(features * seen, axis=1)
        gain = seen / total[:, None]
        error = torque / self.arm.limits - np.sum(features * self._weights, axis=1)
        self._weights += gain * error[:, None]
        self._inverse = (self._inverse - gain[:, :, None] * seen[:, None, :]) / self.keep
        largest = np.maximum(np.trace(self._inverse, axis1=1, axis2=2), 1e-12)
        ceiling = features.shape[1] / self._penalty  # forgetting must not wind up
        self._inverse *= np.minimum(1.0, ceiling / largest)[:, None, None]


class SlotineLi:
    """The classical adaptive controller: τ = Y π̂ + K s, π̂' = Γ Yᵀ s with s = ė + Λ e.

    Π holds the load's ten parameters, shared by all joints, and each joint's friction and motor
    strength. Y is taken at the measured velocities and the reference acceleration q̈_d + Λ ė. The
    rate Γ is the best of 5, 20, 60, 150, 400, 1000 on other arms; from 400 on some burst. After
    Slotine and Li, On the Adaptive Control of Robot Manipulators, 1987, eqs. 9-14.
    """

    def __init__(self, arm: Arm, *, rate: float = 150.0):
        self.arm, self._slope = arm, STIFFNESS / DAMPING * 2
        # Mass, first and second moments differ by the length scale of a load, 10 cm.
        scale = np.array([1.0, *[0.1] * 3, *[0.01] * 6])
        self._load_gain = rate * scale**2
        self._own_gain = rate * np.array([0.05, 1.0, 1.0])
        self._load = np.zeros(len(COLUMNS) - OWN)
        self._own = np.zeros((arm.size, OWN))
        self._own[:] = 1.0
        feedback = Feedback(arm)
        self._gain = DAMPING * feedback._inertia

    def act(self, now: Moment) -> Joints:
        error, rate = now.wanted_q - now.q, now.wanted_v - now.v
        features = self.arm.features(now.q, now.v, now.wanted_a + self._slope * rate)
        features[:, DIRECTION] = self.arm.dry_friction(now.wanted_v)
        s = rate + self._slope * error
        own, load = features[:, :OWN], features[:, OWN:]
        torque = (load @ self._load + np.sum(own * self._own, axis=1)) * self.arm.limits
        step = self.arm.time_step
        pushed = s * self.arm.limits
        self._load += step * self._load_gain * (load.T @ pushed)
        self._own += step * self._own_gain * own * pushed[:, None]
        return torque + self._gain * s

    def learn(self, now: Moment, acceleration: Joints, torque: Joints) -> None:
        pass


@dataclass(frozen=True)
class Tracking:
    """What a controller did with a motion."""

    joint_error: Float[np.ndarray, "steps joints"]
    """rad."""
    end_effector_error: Float[np.ndarray, " steps"]
    """m."""
    step_seconds: Float[np.ndarray, " steps"]
    """Time of the controller, without the simulation."""
    q: Float[np.ndarray, "steps joints"]
    wanted: Float[np.ndarray, "steps joints"]
    time_step: float

    @property
    def joint_rmse(self) -> float:
        """rad, over all joints and steps."""
        return float(np.sqrt(np.mean(self.joint_error**2)))

    @property
    def end_effector_rmse(self) -> float:
        """m."""
        return float(np.sqrt(np.mean(self.end_effector_error**2)))

    def recovery(self, at: int, *, window: float = 0.25, times: float = 2.0) -> float:
        """Seconds from step `at` until the error, over a window, is back within `times` of before.

        The error of before is that over the second that ends at `at`. 0 where in the second after
        it the error never leaves that band; all the time that is left where it never comes back.
        """
        size = np.linalg.norm(self.joint_error, axis=1)
        second, width = round(1 / self.time_step), round(window / self.time_step)
        before = np.sqrt(np.mean(size[max(at - second, 0) : at] ** 2))
        squares = np.convolve(size[at:] ** 2, np.ones(width) / width, mode="valid")
        outside = np.sqrt(squares) > times * before
        if not outside[:second].any():
            return 0.0
        left = int(np.argmax(outside))
        back = np.flatnonzero(~outside[left:])
        steps = left + int(back[0]) if back.size else len(outside)
        return float(steps * self.time_step)


def track(
    arm: Arm,
    task: ArmTask,
    controller: Controller,
    *,
    seed: int,
    seconds: float = 5.0,
    then: ArmTask | None = None,
) -> Tracking:
    """Let a controller follow a random motion with the arm as it really is.

    With `then` the arm carries that from half-time on, and only a `TrueModel` is told.
    """
    generator = np.random.default_rng(seed)
    steps = round(seconds / arm.time_step)
    q_d, v_d, a_d = motion(generator, arm.home, arm.time_step * np.arange(steps))
    model = arm.with_task(task)
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:] = q_d[0], v_d[0]
    strength = np.asarray(task.strength)
    visited, spent = np.empty((steps, arm.size)), np.empty(steps)
    for t in range(steps):
        if then is not None and t == steps // 2:
            model = arm.with_task(then)
            if isinstance(controller, TrueModel):
                controller.change(then)
        now = Moment(data.qpos.copy(), data.qvel.copy(), q_d[t], v_d[t], a_d[t])
        visited[t] = now.q
        began = time.perf_counter()
        torque = np.clip(controller.act(now), -arm.limits, arm.limits)
        spent[t] = time.perf_counter() - began
        data.qfrc_applied[:] = strength * torque
        mujoco.mj_step(model, data)
        noise = ACCELERATION_NOISE * generator.normal(size=arm.size)
        acceleration = (data.qvel - now.v) / arm.time_step + noise
        began = time.perf_counter()
        controller.learn(now, acceleration, torque)
        spent[t] += time.perf_counter() - began
    ends = np.array([[arm.end_effector(row) for row in rows] for rows in (visited, q_d)])
    distance = np.linalg.norm(ends[0] - ends[1], axis=1)
    return Tracking(q_d - visited, distance, spent, visited, q_d, arm.time_step)
