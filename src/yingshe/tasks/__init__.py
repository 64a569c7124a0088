"""Families of tasks: distributions over mappings, and your own recorded tasks."""

from yingshe.tasks.base import Family, Oracle
from yingshe.tasks.linear import Linear
from yingshe.tasks.task_set import TaskSet

FAMILIES: dict[str, type[Family]] = {
    "linear": Linear,
}

__all__ = ["FAMILIES", "Family", "Linear", "Oracle", "TaskSet"]
