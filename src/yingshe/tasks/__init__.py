"""Families of tasks: distributions over mappings, and your own recorded tasks."""

from yingshe.tasks.base import Family, FunctionFamily, Oracle, oracle_prequential
from yingshe.tasks.drifting import Drifting
from yingshe.tasks.gaussian import GaussianFamily
from yingshe.tasks.gaussian_process import GaussianProcess
from yingshe.tasks.linear import Linear
from yingshe.tasks.mixture import Mixture
from yingshe.tasks.polynomial import Polynomial
from yingshe.tasks.sawtooth import Sawtooth
from yingshe.tasks.sinusoid import Sinusoid
from yingshe.tasks.task_set import TaskSet

FAMILIES: dict[str, type[Family]] = {
    "linear": Linear,
    "sinusoid": Sinusoid,
    "polynomial": Polynomial,
    "gp": GaussianProcess,
    "sawtooth": Sawtooth,
    "mixture": Mixture,
    "drifting": Drifting,
}

__all__ = [
    "FAMILIES",
    "Drifting",
    "Family",
    "FunctionFamily",
    "GaussianFamily",
    "GaussianProcess",
    "Linear",
    "Mixture",
    "Oracle",
    "Polynomial",
    "Sawtooth",
    "Sinusoid",
    "TaskSet",
    "oracle_prequential",
]
