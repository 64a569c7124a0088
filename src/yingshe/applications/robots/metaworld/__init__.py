"""Manipulation from a few demonstrations, on Meta-World. Needs the extra `robots`."""

from yingshe.applications.robots.metaworld.demonstrations import (
    Demonstration,
    collect,
    demonstrate,
    read_demonstrations,
)
from yingshe.applications.robots.metaworld.family import Demonstrations
from yingshe.applications.robots.metaworld.imagined import imagine
from yingshe.applications.robots.metaworld.nudge import Nudged
from yingshe.applications.robots.metaworld.policy import Policy
from yingshe.applications.robots.metaworld.practised import Practised
from yingshe.applications.robots.metaworld.tuning import fine_tune
from yingshe.applications.robots.metaworld.worlds import SUITES, Worlds, expert

__all__ = [
    "SUITES",
    "Demonstration",
    "Demonstrations",
    "Nudged",
    "Policy",
    "Practised",
    "Worlds",
    "collect",
    "demonstrate",
    "expert",
    "fine_tune",
    "imagine",
    "read_demonstrations",
]
