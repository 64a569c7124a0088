"""An arm with an unknown load. Needs the extra `robots`: `pip install 'yingshe[robots]'`."""

from yingshe.applications.robots.arm.logs import collect, tasks_of
from yingshe.applications.robots.arm.mapping import ArmMapping
from yingshe.applications.robots.arm.model import COLUMNS, Arm, ArmTask

__all__ = ["COLUMNS", "Arm", "ArmMapping", "ArmTask", "collect", "tasks_of"]
