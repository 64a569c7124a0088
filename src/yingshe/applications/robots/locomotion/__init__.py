"""Legged robots that walk on after an actuator fault. Needs the extra `robots`."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yingshe.applications.robots.locomotion.control import (
        AdaptiveMPCController,
        MPCController,
    )
    from yingshe.applications.robots.locomotion.data import (
        actuator_examples_per_task,
        actuator_tasks,
        collect,
        dynamics_tasks,
        load_logs,
    )
    from yingshe.applications.robots.locomotion.evaluation import (
        evaluate_controllers,
        make_controllers,
    )
    from yingshe.applications.robots.locomotion.model import (
        LocomotionModel,
    )
    from yingshe.applications.robots.locomotion.planner import (
        CEMPlanner,
        LearnedDynamics,
    )
    from yingshe.applications.robots.locomotion.robots import (
        Ant,
        HalfCheetah,
        LeggedRobot,
        make_robot,
    )
    from yingshe.applications.robots.locomotion.simulation import (
        Episode,
        run_episode,
    )
    from yingshe.applications.robots.locomotion.tasks import (
        ActuatorFault,
    )

_MODULES = {
    "AdaptiveMPCController": "control",
    "MPCController": "control",
    "actuator_examples_per_task": "data",
    "actuator_tasks": "data",
    "collect": "data",
    "dynamics_tasks": "data",
    "load_logs": "data",
    "Episode": "simulation",
    "run_episode": "simulation",
    "evaluate_controllers": "evaluation",
    "make_controllers": "evaluation",
    "LocomotionModel": "model",
    "CEMPlanner": "planner",
    "LearnedDynamics": "planner",
    "Ant": "robots",
    "HalfCheetah": "robots",
    "LeggedRobot": "robots",
    "make_robot": "robots",
    "ActuatorFault": "tasks",
}

__all__ = [
    "ActuatorFault",
    "AdaptiveMPCController",
    "Ant",
    "CEMPlanner",
    "Episode",
    "HalfCheetah",
    "LearnedDynamics",
    "LeggedRobot",
    "LocomotionModel",
    "MPCController",
    "actuator_examples_per_task",
    "actuator_tasks",
    "collect",
    "dynamics_tasks",
    "evaluate_controllers",
    "load_logs",
    "make_controllers",
    "make_robot",
    "run_episode",
]


def __getattr__(name: str):
    # Imported when used: MuJoCo is an extra, and the command line needs neither for --help.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
