"""Baseline controllers of an arm: without a model, without adaptation, simpler adaptation."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float

from yingshe.applications.policy import Policy, SwitchesTask
from yingshe.applications.robots.arm.control import (
    DAMPING,
    STIFFNESS,
    ControlInput,
    ControlResult,
    compute_feedback_torque,
    compute_feedforward_regressor,
)
from yingshe.applications.robots.arm.model import Joints
from yingshe.applications.robots.arm.robot import (
    DIRECTION_COLUMN,
    NUM_JOINT_COLUMNS,
    REGRESSOR_COLUMNS,
    STICTION_VELOCITY,
    Arm,
)
from yingshe.applications.robots.arm.tasks import ArmTask
from yingshe.applications.robots.ridge import RecursiveRidge

RIDGE_PENALTY = 1e-3
"""Penalty of ridge regression from scratch on regressor rows."""
_RIDGE_WARMUP = 50  # time steps


class ComputedTorqueController(Policy):
    """Computed torque by the model of the arm without payload.

    Args:
        arm: Robot model of the arm.
    """

    def __init__(self, arm: Arm):
        self.arm = arm

    def init_state(self, task: ArmTask) -> tuple[()]:
        return ()

    def act(self, state: tuple[()], step: ControlInput, key: Any) -> tuple[Joints, tuple[()]]:
        arm = self.arm
        rigid = arm.nominal_torque(step.q, step.v, step.command_acceleration)
        return rigid + arm.nominal_friction(step.v_des) - arm.nominal_friction(step.v), ()

    def update(
        self, state: tuple[()], step: ControlInput, action: Joints, result: ControlResult
    ) -> tuple[()]:
        return state


class PDController(Policy):
    """Feedback alone: PD on the joint angles, scaled by the nominal inertia at home.

    Args:
        arm: Robot model of the arm.
    """

    def __init__(self, arm: Arm):
        self.arm, self._inertia = arm, _home_inertia(arm)

    def init_state(self, task: ArmTask) -> tuple[()]:
        return ()

    def act(self, state: tuple[()], step: ControlInput, key: Any) -> tuple[Joints, tuple[()]]:
        return self._inertia * step.feedback_acceleration, ()

    def update(
        self, state: tuple[()], step: ControlInput, action: Joints, result: ControlResult
    ) -> tuple[()]:
        return state


@dataclass(frozen=True)
class OracleState:
    """True model of the arm."""

    motor_gain: np.ndarray
    model: mujoco.MjModel
    """MuJoCo model without dry friction."""
    dry_friction: np.ndarray
    """N m."""
    data: mujoco.MjData


class OracleController(Policy, SwitchesTask):
    """Computed torque by the true model: the upper bound for this control law.

    Args:
        arm: Robot model of the arm.
    """

    def __init__(self, arm: Arm):
        self.arm = arm

    def init_state(self, task: ArmTask) -> OracleState:
        model = self.arm.with_task(task)
        dry_friction, model.dof_frictionloss[:] = model.dof_frictionloss.copy(), 0.0
        return OracleState(np.asarray(task.motor_gain), model, dry_friction, mujoco.MjData(model))

    def switch_task(self, state: OracleState, task: ArmTask) -> OracleState:
        """Return the true model after a change of the payload.

        Args:
            state: Model before the change.
            task: The new hidden properties.

        Returns:
            Model after the change.
        """
        return self.init_state(task)

    def act(self, state: OracleState, step: ControlInput, key: Any) -> tuple[Joints, tuple[()]]:
        data = state.data
        data.qpos[:], data.qvel[:], data.qacc[:] = step.q, step.v, step.command_acceleration
        mujoco.mj_inverse(state.model, data)
        dry_friction = state.dry_friction * np.tanh(step.v_des / STICTION_VELOCITY)
        return (data.qfrc_inverse + dry_friction) / state.motor_gain, ()

    def update(
        self, state: OracleState, step: ControlInput, action: Joints, result: ControlResult
    ) -> OracleState:
        return state


@dataclass
class RidgeState:
    """State of `RidgeController`; it is changed in place."""

    ridge: RecursiveRidge
    """One regression per joint."""
    weights: Float[np.ndarray, "joints columns"]
    num_steps: int = 0
    """Number of time steps observed."""


class RidgeController(Policy):
    """Feed-forward by recursive ridge regression from scratch on the same regressor.

    In the first tenth of a second the computed-torque controller acts, so that the arm does not
    fall.

    Args:
        arm: Robot model of the arm.
        penalty: Weight of the squared norm of the regression weights.
        forgetting_factor: Factor by which the weight of a time step falls with each later one.
    """

    def __init__(
        self, arm: Arm, *, penalty: float = RIDGE_PENALTY, forgetting_factor: float = 0.998
    ):
        self.arm, self.penalty, self.forgetting_factor = arm, penalty, forgetting_factor
        self._nominal = ComputedTorqueController(arm)

    def init_state(self, task: ArmTask) -> RidgeState:
        shape = (self.arm.num_joints, len(REGRESSOR_COLUMNS))
        ridge = RecursiveRidge(
            shape[1],
            1,
            penalty=self.penalty,
            forgetting_factor=self.forgetting_factor,
            fade_penalty=True,
            batch_shape=shape[:1],
        )
        return RidgeState(ridge, np.zeros(shape))

    def act(self, state: RidgeState, step: ControlInput, key: Any) -> tuple[Joints, tuple[()]]:
        if state.num_steps < _RIDGE_WARMUP:
            return self._nominal.act((), step, key)
        regressor = compute_feedforward_regressor(self.arm, step, step.a_des)
        fractions = np.sum(regressor * state.weights, axis=1)
        return fractions * self.arm.torque_limits + compute_feedback_torque(self.arm, step), ()

    def update(
        self, state: RidgeState, step: ControlInput, action: Joints, result: ControlResult
    ) -> RidgeState:
        regressor = self.arm.regressor(step.q, step.v, result.acceleration)
        state.ridge.update(regressor, (result.torque / self.arm.torque_limits)[:, None])
        state.weights = state.ridge.weights[..., 0]
        state.num_steps += 1
        return state


@dataclass
class SlotineLiState:
    """Parameter estimates of `SlotineLiController`; they are changed in place."""

    payload: np.ndarray
    """Weights of the payload's columns, shared by all joints."""
    joints: Float[np.ndarray, "joints 3"]
    """Weights of each joint's own columns."""
    regressor: Float[np.ndarray, "joints columns"] | None = None
    """Regressor of the last command."""
    sliding_error: Joints | None = None
    """Variable s of the last command."""


class SlotineLiController(Policy):
    """Classical adaptive controller: τ = Y π̂ + K s, π̂' = Γ Yᵀ s with s = ė + Λ e.

    The parameters π hold the payload's ten, shared by all joints, and each joint's friction and
    motor gain. Y is taken at the measured velocities and the reference acceleration q̈_d + Λ ė.

    Args:
        arm: Robot model of the arm.
        rate: Adaptation rate Γ; the default is the best of 5, 20, 60, 150, 400, 1000 on other
            arms. From 400 on, some diverge.

    References:
        Slotine and Li, On the Adaptive Control of Robot Manipulators, 1987, eqs. 9-14.
    """

    def __init__(self, arm: Arm, *, rate: float = 150.0):
        self.arm, self._slope = arm, STIFFNESS / DAMPING * 2
        # Mass, first and second moments differ by the length scale of a payload, 10 cm.
        scale = np.array([1.0, *[0.1] * 3, *[0.01] * 6])
        self._payload_rate = rate * scale**2
        self._joint_rate = rate * np.array([0.05, 1.0, 1.0])
        self._gain = DAMPING * _home_inertia(arm)

    def init_state(self, task: ArmTask) -> SlotineLiState:
        return SlotineLiState(
            np.zeros(len(REGRESSOR_COLUMNS) - NUM_JOINT_COLUMNS),
            np.ones((self.arm.num_joints, NUM_JOINT_COLUMNS)),
        )

    def act(self, state: SlotineLiState, step: ControlInput, key: Any) -> tuple[Joints, tuple[()]]:
        error, rate = step.q_des - step.q, step.v_des - step.v
        regressor = self.arm.regressor(step.q, step.v, step.a_des + self._slope * rate)
        regressor[:, DIRECTION_COLUMN] = self.arm.dry_friction(step.v_des)
        sliding_error = rate + self._slope * error
        joint, payload = regressor[:, :NUM_JOINT_COLUMNS], regressor[:, NUM_JOINT_COLUMNS:]
        fractions = payload @ state.payload + np.sum(joint * state.joints, axis=1)
        state.regressor, state.sliding_error = regressor, sliding_error
        return fractions * self.arm.torque_limits + self._gain * sliding_error, ()

    def update(
        self, state: SlotineLiState, step: ControlInput, action: Joints, result: ControlResult
    ) -> SlotineLiState:
        if state.regressor is None or state.sliding_error is None:
            return state
        regressor = state.regressor
        joint, payload = regressor[:, :NUM_JOINT_COLUMNS], regressor[:, NUM_JOINT_COLUMNS:]
        pushed = state.sliding_error * self.arm.torque_limits
        time_step = self.arm.time_step
        state.payload += time_step * self._payload_rate * (payload.T @ pushed)
        state.joints += time_step * self._joint_rate * joint * pushed[:, None]
        return state


def _home_inertia(arm: Arm) -> Joints:
    """Return the diagonal of the nominal inertia matrix at home, kg m²."""
    still = 0 * arm.home
    at_rest = arm.nominal_torque(arm.home, still, still)
    return np.array(
        [
            arm.nominal_torque(arm.home, still, unit)[i] - at_rest[i]
            for i, unit in enumerate(np.eye(arm.num_joints))
        ]
    )
