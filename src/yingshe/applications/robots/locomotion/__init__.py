"""Walkers that lose a joint or a leg. Needs the extra `robots`: `pip install 'yingshe[robots]'`."""

from yingshe.applications.robots.locomotion.body import (
    Ant,
    Damage,
    HalfCheetah,
    Walker,
    make_walker,
)
from yingshe.applications.robots.locomotion.logs import (
    body_tasks,
    collect,
    joint_tasks,
    joint_window,
    read_logs,
)
from yingshe.applications.robots.locomotion.mapping import WalkerMapping
from yingshe.applications.robots.locomotion.planner import Planner

__all__ = [
    "Ant",
    "Damage",
    "HalfCheetah",
    "Planner",
    "Walker",
    "WalkerMapping",
    "body_tasks",
    "collect",
    "joint_tasks",
    "joint_window",
    "make_walker",
    "read_logs",
]
