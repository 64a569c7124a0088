"""Evaluation: shot curves beside baselines and oracles, comparisons, relations between tasks."""

from yingshe.evaluation.advice import Answer
from yingshe.evaluation.bootstrap import Interval
from yingshe.evaluation.candidates import Candidate, around
from yingshe.evaluation.compare import compare
from yingshe.evaluation.comparison import Comparison, Entry
from yingshe.evaluation.evaluate import evaluate
from yingshe.evaluation.relate import relate
from yingshe.evaluation.relations import Relations
from yingshe.evaluation.shot_curve import Row, ShotCurve

__all__ = [
    "Answer",
    "Candidate",
    "Comparison",
    "Entry",
    "Interval",
    "Relations",
    "Row",
    "ShotCurve",
    "around",
    "compare",
    "evaluate",
    "relate",
]
