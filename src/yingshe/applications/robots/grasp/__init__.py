"""Grasping with unknown offsets. Needs the extra `robots`: `pip install 'yingshe[robots]'`."""

from yingshe.applications.robots.grasp.logs import collect, demonstrate, grasps_in, tasks_of
from yingshe.applications.robots.grasp.mapping import COLUMNS, GraspMapping
from yingshe.applications.robots.grasp.simulate import Attempt, attempt, attempts
from yingshe.applications.robots.grasp.task import Grasp, GraspTask, Object, Seen, nominal_grasp

__all__ = [
    "COLUMNS",
    "Attempt",
    "Grasp",
    "GraspMapping",
    "GraspTask",
    "Object",
    "Seen",
    "attempt",
    "attempts",
    "collect",
    "demonstrate",
    "grasps_in",
    "nominal_grasp",
    "tasks_of",
]
