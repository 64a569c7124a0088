"""Robots that adapt in seconds. Needs the extra `robots`: `pip install 'yingshe[robots]'`."""

from yingshe.applications.robots.arm import COLUMNS, Arm, ArmTask
from yingshe.applications.robots.arm_logs import collect, read_logs, tasks_of
from yingshe.applications.robots.arm_mapping import ArmMapping

__all__ = ["COLUMNS", "Arm", "ArmMapping", "ArmTask", "collect", "read_logs", "tasks_of"]
