"""Functions of version 0.1 whose arguments changed; they work for one release."""

from yingshe.applications.robots.grasp.model import GraspModel
from yingshe.learners import Learner


def GraspMapping(learner: Learner) -> GraspModel:  # noqa: N802 - it was a class
    return GraspModel.from_learner(learner)
