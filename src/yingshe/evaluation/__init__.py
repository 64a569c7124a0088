"""Evaluation: shot curves with baselines and oracles, comparisons, distances between tasks."""

from yingshe.evaluation.bootstrap import Interval
from yingshe.evaluation.candidates import Candidate, CandidateResult, default_variants
from yingshe.evaluation.compare import compare
from yingshe.evaluation.comparison import Comparison
from yingshe.evaluation.diagnostics import Diagnosis, Evidence
from yingshe.evaluation.evaluate import curve_from_scores, evaluate
from yingshe.evaluation.relate import relate
from yingshe.evaluation.shot_curve import Row, ShotCurve
from yingshe.evaluation.task_distances import TaskDistances

__all__ = [
    "Candidate",
    "CandidateResult",
    "Comparison",
    "Diagnosis",
    "Evidence",
    "Interval",
    "Row",
    "ShotCurve",
    "TaskDistances",
    "compare",
    "curve_from_scores",
    "default_variants",
    "evaluate",
    "relate",
]
