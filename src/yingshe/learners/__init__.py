"""Learners: one interface, a spectrum of update rules."""

from yingshe.learners.attention import Attention
from yingshe.learners.base import (
    HasComplexity,
    Learner,
    hyperparameters,
    read_pairs,
    scan_prequential,
)
from yingshe.learners.choice import Choice
from yingshe.learners.deltanet import DeltaNet
from yingshe.learners.exchangeable import Exchangeable
from yingshe.learners.gradient_descent import GradientDescent
from yingshe.learners.gru import GRU
from yingshe.learners.lstm import LSTM
from yingshe.learners.matching import Matching
from yingshe.learners.mesanet import MesaNet
from yingshe.learners.rls import RLS
from yingshe.learners.standardised import Standardised
from yingshe.learners.value_iteration import ValueIteration

LEARNERS: dict[str, type[Learner]] = {
    "attention": Attention,
    "choice": Choice,
    "deltanet": DeltaNet,
    "exchangeable": Exchangeable,
    "gradient_descent": GradientDescent,
    "gru": GRU,
    "lstm": LSTM,
    "matching": Matching,
    "mesanet": MesaNet,
    "rls": RLS,
    "value_iteration": ValueIteration,
}

__all__ = [
    "GRU",
    "LEARNERS",
    "LSTM",
    "RLS",
    "Attention",
    "Choice",
    "DeltaNet",
    "Exchangeable",
    "GradientDescent",
    "HasComplexity",
    "Learner",
    "Matching",
    "MesaNet",
    "Standardised",
    "ValueIteration",
    "hyperparameters",
    "read_pairs",
    "scan_prequential",
]
