"""`WalkerMapping` of 0.1, whose methods had other arguments than those of `LocomotionModel`."""

import warnings
from typing import Any

import numpy as np

from yingshe.applications.robots.locomotion.model import LocomotionModel
from yingshe.applications.robots.locomotion.planner import LearnedDynamics
from yingshe.applications.robots.locomotion.robots import LeggedRobot
from yingshe.learners import Learner


class WalkerMapping:
    """Locomotion model with the interface of 0.1.

    Args:
        walker: Robot that is controlled.
        body: Dynamics learner.
        joints: Actuator learner.
        state: State of the actuator learner; None for the one before any observation.
    """

    def __init__(self, walker: LeggedRobot, body: Learner, joints: Learner, state: Any = None):
        _warn("WalkerMapping(walker, body, joints)", "LocomotionModel.from_learners(...)")
        model = LocomotionModel.from_learners(walker, body, joints, state=state)
        self.locomotion_model, self.walker, self.body, self.joints = model, walker, body, joints

    @property
    def strength(self) -> np.ndarray:
        """Estimated gain of each motor."""
        return self.locomotion_model.gains

    @property
    def state(self) -> Any:
        """State of the actuator learner."""
        return self.locomotion_model.mapping.state

    @property
    def model(self) -> LearnedDynamics:
        """Dynamics model for the planner."""
        return self.locomotion_model.dynamics

    def observe(self, pose: np.ndarray, action: np.ndarray, change: np.ndarray) -> "WalkerMapping":
        """Return the mapping after one more time step.

        Args:
            pose: Local state.
            action: Commanded action.
            change: Observed change.
        """
        other = object.__new__(WalkerMapping)
        other.__dict__.update(self.__dict__)
        other.locomotion_model = self.locomotion_model.observe((pose, action), change)
        return other

    def __call__(self, pose: np.ndarray, action: np.ndarray) -> np.ndarray:
        return self.locomotion_model((pose, action))


def _warn(old: str, new: str) -> None:
    warnings.warn(f"yingshe: {old} is now {new}.", DeprecationWarning, stacklevel=3)
