"""Manipulation from a few demonstrations, on Meta-World. Needs the extra `robots`."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yingshe.applications.robots.metaworld.control import (
        RoundRobinPolicy,
        StatelessPolicy,
    )
    from yingshe.applications.robots.metaworld.data import (
        Demonstration,
        collect,
        demonstrate,
        load_demonstrations,
    )
    from yingshe.applications.robots.metaworld.encoding import (
        ACTION_NAMES,
        OBSERVATION_NAMES,
    )
    from yingshe.applications.robots.metaworld.envs import (
        SUITES,
        MetaWorldVectorEnv,
        expert,
    )
    from yingshe.applications.robots.metaworld.evaluation import (
        evaluate_policies,
        make_methods,
    )
    from yingshe.applications.robots.metaworld.fine_tuning import (
        FineTunedPolicy,
        fine_tune,
    )
    from yingshe.applications.robots.metaworld.model import (
        ImitationPolicy,
    )
    from yingshe.applications.robots.metaworld.stall_recovery import (
        StallRecovery,
    )
    from yingshe.applications.robots.metaworld.synthetic_tasks import (
        generate_synthetic_tasks,
    )
    from yingshe.applications.robots.metaworld.tasks import (
        Demonstrations,
        LeaveOneOutDemonstrations,
    )

_MODULES = {
    "RoundRobinPolicy": "control",
    "StatelessPolicy": "control",
    "Demonstration": "data",
    "collect": "data",
    "demonstrate": "data",
    "load_demonstrations": "data",
    "MetaWorldVectorEnv": "envs",
    "SUITES": "envs",
    "expert": "envs",
    "evaluate_policies": "evaluation",
    "make_methods": "evaluation",
    "FineTunedPolicy": "fine_tuning",
    "fine_tune": "fine_tuning",
    "ImitationPolicy": "model",
    "ACTION_NAMES": "encoding",
    "OBSERVATION_NAMES": "encoding",
    "StallRecovery": "stall_recovery",
    "generate_synthetic_tasks": "synthetic_tasks",
    "Demonstrations": "tasks",
    "LeaveOneOutDemonstrations": "tasks",
}

__all__ = [
    "ACTION_NAMES",
    "OBSERVATION_NAMES",
    "SUITES",
    "Demonstration",
    "Demonstrations",
    "FineTunedPolicy",
    "ImitationPolicy",
    "LeaveOneOutDemonstrations",
    "MetaWorldVectorEnv",
    "RoundRobinPolicy",
    "StallRecovery",
    "StatelessPolicy",
    "collect",
    "demonstrate",
    "evaluate_policies",
    "expert",
    "fine_tune",
    "generate_synthetic_tasks",
    "load_demonstrations",
    "make_methods",
]


def __getattr__(name: str):
    # Imported when used: MuJoCo is an extra, and the command line needs neither for --help.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
