"""Yingshe: meta-learning in which every task is a mapping, read from a few pairs."""

import os

import jax

if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
    # A mapping answers in microseconds: less than it takes to hand a call to another thread of the
    # CPU and to wait for it.
    jax.config.update("jax_cpu_enable_async_dispatch", False)

from yingshe import learners, tasks, zoo
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
