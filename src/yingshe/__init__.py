"""Yingshe: meta-learning in which every task is a mapping, read from a few pairs."""

import os
from typing import TYPE_CHECKING

import jax

if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
    # A mapping answers in microseconds: less than it takes to hand a call to another thread of the
    # CPU and to wait for it.
    jax.config.update("jax_cpu_enable_async_dispatch", False)

from yingshe import learners, tasks, zoo
from yingshe.errors import UserError
from yingshe.evaluation import compare, evaluate, relate
from yingshe.mapping import Mapping, adapt
from yingshe.pairs import Pairs
from yingshe.training import TrainConfig, meta_train
from yingshe.zoo import load, save

if TYPE_CHECKING:
    from yingshe.estimators import MetaClassifier, MetaRegressor

__all__ = [
    "Mapping",
    "MetaClassifier",
    "MetaRegressor",
    "Pairs",
    "TrainConfig",
    "UserError",
    "adapt",
    "compare",
    "evaluate",
    "learners",
    "load",
    "meta_train",
    "relate",
    "save",
    "tasks",
    "zoo",
]


def __getattr__(name: str):
    # scikit-learn takes as long to import as all the rest; who wants no estimator need not wait.
    if name in ("MetaClassifier", "MetaRegressor"):
        from yingshe import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module 'yingshe' has no attribute '{name}'")
