"""Meta-learners: one interface, a spectrum of update rules."""

from yingshe.learners._unwrap import unwrap
from yingshe.learners.attentive_process import AttentiveProcess
from yingshe.learners.base import (
    Learner,
    SupportsBatchObserve,
    hyperparameters,
    observe_all,
    scan_prequential,
)
from yingshe.learners.candidate_ranker import CandidateRanker
from yingshe.learners.deep_sets import DeepSetsLearner
from yingshe.learners.deltanet import DeltaNet
from yingshe.learners.gradient_descent import GradientDescent
from yingshe.learners.gru import GRU
from yingshe.learners.lstm import LSTM
from yingshe.learners.matching_network import MatchingNetwork
from yingshe.learners.mesanet import MesaNet
from yingshe.learners.rls import RLS
from yingshe.learners.standardized import StandardizedLearner
from yingshe.learners.value_iteration_network import ValueIterationNetwork

LEARNERS: dict[str, type[Learner]] = {
    "attentive_process": AttentiveProcess,
    "candidate_ranker": CandidateRanker,
    "deltanet": DeltaNet,
    "deep_sets": DeepSetsLearner,
    "gradient_descent": GradientDescent,
    "gru": GRU,
    "lstm": LSTM,
    "matching_network": MatchingNetwork,
    "mesanet": MesaNet,
    "rls": RLS,
    "value_iteration_network": ValueIterationNetwork,
}
"""Learner classes by name, as in configurations, files and on the command line."""

__all__ = [
    "GRU",
    "LEARNERS",
    "LSTM",
    "RLS",
    "AttentiveProcess",
    "CandidateRanker",
    "DeepSetsLearner",
    "DeltaNet",
    "GradientDescent",
    "Learner",
    "MatchingNetwork",
    "MesaNet",
    "StandardizedLearner",
    "SupportsBatchObserve",
    "ValueIterationNetwork",
    "hyperparameters",
    "observe_all",
    "scan_prequential",
    "unwrap",
]
