"""Access to the network inside a learner that standardizes."""

from yingshe.learners.base import Learner
from yingshe.learners.standardized import StandardizedLearner


def unwrap(learner: Learner) -> Learner:
    """Return the learner that works in standardized units.

    Args:
        learner: Any learner.

    Returns:
        `learner.inner` of a `StandardizedLearner`; any other learner itself.
    """
    return learner.inner if isinstance(learner, StandardizedLearner) else learner
