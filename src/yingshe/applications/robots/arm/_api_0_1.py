"""Classes of version 0.1 whose arguments changed; they work for one release."""

from yingshe.applications.robots.arm.model import (
    ArmModel,
    JointMotion,
    TorquePrediction,
)
from yingshe.applications.robots.arm.robot import Arm
from yingshe.learners import Learner
from yingshe.learners.rls import RLSState


class ArmMapping:
    """Adapter of `ArmModel` that takes q, q̇ and q̈ as separate arguments."""

    def __init__(self, arm: Arm, learner: Learner, model: ArmModel | None = None):
        self.model = model or ArmModel.from_learner(arm, learner)

    @property
    def arm(self) -> Arm:
        return self.model.arm

    @property
    def learner(self) -> Learner:
        return self.model.mapping.learner

    @property
    def states(self) -> RLSState:
        return self.model.mapping.states

    @property
    def surprise(self) -> float:
        return self.model.nis

    def observe(self, q, velocity, acceleration, torque) -> "ArmMapping":
        return self._with(self.model.observe(JointMotion(q, velocity, acceleration), torque))

    def observe_features(self, features, torque) -> "ArmMapping":
        return self._with(self.model.observe_regressor(features, torque))

    def forget_load(self) -> "ArmMapping":
        return self._with(self.model.reset_payload())

    def __call__(self, q, velocity, acceleration) -> TorquePrediction:
        return self.model(JointMotion(q, velocity, acceleration))

    def from_features(self, features) -> TorquePrediction:
        return self.model.predict_from_regressor(features)

    def _with(self, model: ArmModel) -> "ArmMapping":
        return ArmMapping(self.arm, self.learner, model)

    def acceleration(self, q, velocity, torque):
        return self.model.acceleration(q, velocity, torque)
