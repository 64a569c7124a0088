"""Adaptive computed-torque control with the adapted model of an arm."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from jaxtyping import Float
from numpy import ndarray

from yingshe.applications.policy import Policy
from yingshe.applications.robots.arm.model import ArmModel, Joints
from yingshe.applications.robots.arm.robot import DIRECTION_COLUMN, Arm
from yingshe.applications.robots.arm.tasks import ArmTask

STIFFNESS, DAMPING = 100.0, 20.0
"""Feedback gains of the tracking error, 1/s² and 1/s: critically damped, for every controller."""

NIS_THRESHOLD = 3.0
"""Normalized innovation squared beyond which a payload has changed; 0.5 is expected."""


@dataclass(frozen=True)
class ControlInput:
    """Measured and desired motion at one time step: rad, rad/s, rad/s²."""

    q: Joints
    v: Joints
    q_des: Joints
    v_des: Joints
    a_des: Joints

    @property
    def command_acceleration(self) -> Joints:
        """Acceleration of the computed-torque law: q̈_d + K_d ė + K_p e."""
        return self.a_des + self.feedback_acceleration

    @property
    def feedback_acceleration(self) -> Joints:
        """Acceleration against the tracking error: K_d ė + K_p e."""
        return STIFFNESS * (self.q_des - self.q) + DAMPING * (self.v_des - self.v)


class ControlResult(NamedTuple):
    """Outcome of a control step."""

    acceleration: Joints
    """Measured joint accelerations, rad/s²."""
    torque: Joints
    """Commanded torques within their limits, N m."""


class AdaptiveState(NamedTuple):
    """State of `AdaptiveController`."""

    model: ArmModel
    num_resets: int
    """Number of detected changes of the payload."""


class AdaptiveController(Policy):
    """Feed-forward by a model that observes every step, and nominal feedback.

    Where the normalized innovation squared of the model exceeds a threshold, the payload has
    changed: the model forgets the payload and keeps the joints.

    Args:
        model: The model before the first time step.
        nis_threshold: Normalized innovation squared that resets the payload.
    """

    def __init__(self, model: ArmModel, *, nis_threshold: float = NIS_THRESHOLD):
        self.model, self.nis_threshold = model, nis_threshold

    def init_state(self, task: ArmTask) -> AdaptiveState:
        return AdaptiveState(self.model, 0)

    def act(self, state: AdaptiveState, step: ControlInput, key: Any) -> tuple[Joints, tuple[()]]:
        arm = state.model.arm
        regressor = compute_feedforward_regressor(arm, step, step.a_des)
        feedforward = state.model.predict_from_regressor(regressor).torque
        return feedforward + compute_feedback_torque(arm, step), ()

    def update(
        self, state: AdaptiveState, step: ControlInput, action: Joints, result: ControlResult
    ) -> AdaptiveState:
        regressor = state.model.arm.regressor(step.q, step.v, result.acceleration)
        model = state.model.observe_regressor(regressor, result.torque)
        if model.nis > self.nis_threshold:
            return AdaptiveState(model.reset_payload(), state.num_resets + 1)
        return AdaptiveState(model, state.num_resets)


def compute_feedforward_regressor(
    arm: Arm, step: ControlInput, acceleration: Joints
) -> Float[ndarray, "joints columns"]:
    """Compute the regressor at the measured motion, with friction in the desired direction.

    Measured velocities cross zero too often to predict the direction of dry friction.

    Args:
        arm: Robot model of the arm.
        step: Measured and desired motion.
        acceleration: Joint accelerations, rad/s².

    Returns:
        One row per joint, columns as in `REGRESSOR_COLUMNS`.
    """
    regressor = arm.regressor(step.q, step.v, acceleration)
    regressor[:, DIRECTION_COLUMN] = arm.dry_friction(step.v_des)
    return regressor


def compute_feedback_torque(arm: Arm, step: ControlInput) -> Joints:
    """Compute the torque against the tracking error, by the inertia with a typical payload.

    The inertia of an adapted model may have the wrong sign at first; this one is always positive.

    Args:
        arm: Robot model of the arm.
        step: Measured and desired motion.

    Returns:
        Joint torques, N m.
    """
    return arm.inertial_torque(step.q, step.feedback_acceleration)
