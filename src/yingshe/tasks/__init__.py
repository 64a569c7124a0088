"""Families of tasks: distributions over mappings, and your own recorded tasks."""

from yingshe.tasks.base import Family, FunctionPrior, Oracle, oracle_prequential
from yingshe.tasks.gaussian_process import GaussianProcess
from yingshe.tasks.gp_prior import GPPrior
from yingshe.tasks.linear import Linear
from yingshe.tasks.mixture import Mixture
from yingshe.tasks.non_stationary import NonStationary
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
    "non_stationary": NonStationary,
}

__all__ = [
    "FAMILIES",
    "Family",
    "FunctionPrior",
    "GPPrior",
    "GaussianProcess",
    "Linear",
    "Mixture",
    "NonStationary",
    "Oracle",
    "Polynomial",
    "Sawtooth",
    "Sinusoid",
    "TaskSet",
    "oracle_prequential",
]
