"""Yingshe: meta-learning in JAX. Every task is a mapping, inferred from a few pairs."""

import importlib
from typing import TYPE_CHECKING

from yingshe import _deprecated
from yingshe._version import __version__

_deprecated.install()

if TYPE_CHECKING:
    from yingshe import applications, evaluation, learners, tasks, training, zoo
    from yingshe.errors import UserError
    from yingshe.estimators import MetaClassifier, MetaRegressor
    from yingshe.evaluation import compare, evaluate, relate
    from yingshe.mapping import Mapping, adapt
    from yingshe.pairs import Pairs
    from yingshe.training import TrainConfig, meta_train
    from yingshe.zoo import load, save

__all__ = [
    "Mapping",
    "MetaClassifier",
    "MetaRegressor",
    "Pairs",
    "TrainConfig",
    "UserError",
    "__version__",
    "adapt",
    "applications",
    "compare",
    "evaluate",
    "evaluation",
    "learners",
    "load",
    "meta_train",
    "relate",
    "save",
    "tasks",
    "training",
    "zoo",
]

_PACKAGES = ("applications", "evaluation", "learners", "tasks", "training", "zoo")
_HOMES = {
    "Mapping": "mapping",
    "MetaClassifier": "estimators",
    "MetaRegressor": "estimators",
    "Pairs": "pairs",
    "TrainConfig": "training",
    "UserError": "errors",
    "adapt": "mapping",
    "compare": "evaluation",
    "evaluate": "evaluation",
    "load": "zoo",
    "meta_train": "training",
    "relate": "evaluation",
    "save": "zoo",
}


def __getattr__(name: str):
    # Imported when first used (PEP 562): `yingshe --help` needs none of it.
    if name in _PACKAGES:
        return importlib.import_module(f"yingshe.{name}")
    if name in _HOMES:
        value = getattr(importlib.import_module(f"yingshe.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'yingshe' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
