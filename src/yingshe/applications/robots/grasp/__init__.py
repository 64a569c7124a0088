"""Grasping with unknown offsets. Needs the extra `robots`: `pip install 'yingshe[robots]'`."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yingshe.applications.robots.grasp.data import (
        collect,
        demonstrate,
        make_tasks,
        parse_grasps,
    )
    from yingshe.applications.robots.grasp.evaluation import evaluate_success
    from yingshe.applications.robots.grasp.model import DESIGN_COLUMNS, GraspModel
    from yingshe.applications.robots.grasp.simulation import (
        Attempt,
        simulate_grasp,
        simulate_grasps,
    )
    from yingshe.applications.robots.grasp.tasks import (
        Grasp,
        GraspTask,
        Object,
        ObjectObservation,
        nominal_grasp,
    )

_MODULES = {
    "Attempt": "simulation",
    "DESIGN_COLUMNS": "model",
    "Grasp": "tasks",
    "GraspModel": "model",
    "GraspTask": "tasks",
    "Object": "tasks",
    "ObjectObservation": "tasks",
    "collect": "data",
    "demonstrate": "data",
    "evaluate_success": "evaluation",
    "make_tasks": "data",
    "nominal_grasp": "tasks",
    "parse_grasps": "data",
    "simulate_grasp": "simulation",
    "simulate_grasps": "simulation",
}

__all__ = [
    "DESIGN_COLUMNS",
    "Attempt",
    "Grasp",
    "GraspModel",
    "GraspTask",
    "Object",
    "ObjectObservation",
    "collect",
    "demonstrate",
    "evaluate_success",
    "make_tasks",
    "nominal_grasp",
    "parse_grasps",
    "simulate_grasp",
    "simulate_grasps",
]


def __getattr__(name: str):
    # Imported when first used: the command line needs its options, but not MuJoCo.
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
