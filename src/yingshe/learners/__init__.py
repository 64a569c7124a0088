"""Learners: one interface, a spectrum of update rules."""

from yingshe.learners.base import Learner, hyperparameters, read_pairs, scan_prequential

from yingshe.learners.rls import RLS
from yingshe.learners.standardised import Standardised

LEARNERS: dict[str, type[Learner]] = {
    "rls": RLS,
}

__all__ = ["LEARNERS", "Learner", "RLS", "Standardised", "hyperparameters", "read_pairs", "scan_prequential"]
