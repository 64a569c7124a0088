"""Evaluation: shot curves beside baselines and oracles, comparisons, relations between tasks."""

from yingshe.evaluation.advice import Answer
from yingshe.evaluation.bootstrap import Interval
from yingshe.evaluation.candidates import Candidate, default_variants
from yingshe.evaluation.compare import compare
from yingshe.evaluation.comparison import Comparison, Entry
from yingshe.evaluation.evaluate import curve_from_scores, evaluate
from yingshe.evaluation.relate import relate
from yingshe.evaluation.relations import TaskDistances
from yingshe.evaluation.shot_curve import Row, ShotCurve

__all__ = [
    "Answer",
    "Candidate",
    "Comparison",
    "Entry",
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
