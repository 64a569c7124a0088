"""An arm with an unknown payload. Needs the extra `robots`: `pip install 'yingshe[robots]'`."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yingshe.applications.robots.arm.baselines import (
        ComputedTorqueController,
        OracleController,
        PDController,
        RidgeController,
        SlotineLiController,
    )
    from yingshe.applications.robots.arm.control import AdaptiveController, ControlInput
    from yingshe.applications.robots.arm.data import collect, make_tasks
    from yingshe.applications.robots.arm.evaluation import evaluate_torque
    from yingshe.applications.robots.arm.model import ArmModel, JointMotion, TorquePrediction
    from yingshe.applications.robots.arm.robot import REGRESSOR_COLUMNS, Arm
    from yingshe.applications.robots.arm.tasks import ArmTask
    from yingshe.applications.robots.arm.tracking import Tracking, track

_MODULES = {
    "AdaptiveController": "control",
    "Arm": "robot",
    "ArmModel": "model",
    "ArmTask": "tasks",
    "ComputedTorqueController": "baselines",
    "ControlInput": "control",
    "JointMotion": "model",
    "OracleController": "baselines",
    "PDController": "baselines",
    "REGRESSOR_COLUMNS": "robot",
    "RidgeController": "baselines",
    "SlotineLiController": "baselines",
    "TorquePrediction": "model",
    "Tracking": "tracking",
    "collect": "data",
    "evaluate_torque": "evaluation",
    "make_tasks": "data",
    "track": "tracking",
}

__all__ = [
    "REGRESSOR_COLUMNS",
    "AdaptiveController",
    "Arm",
    "ArmModel",
    "ArmTask",
    "ComputedTorqueController",
    "ControlInput",
    "JointMotion",
    "OracleController",
    "PDController",
    "RidgeController",
    "SlotineLiController",
    "TorquePrediction",
    "Tracking",
    "collect",
    "evaluate_torque",
    "make_tasks",
    "track",
]


def __getattr__(name: str):
    # Imported when first used: the command line needs its options, but not MuJoCo.
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
