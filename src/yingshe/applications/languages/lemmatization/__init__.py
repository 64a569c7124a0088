"""Lemmatization from a few pairs of word and lemma, in languages unseen in training.

Meta-training needs the extra `languages`: `pip install 'yingshe[languages]'`.
"""

from yingshe.applications.languages.lemmatization._candidates import Candidate, candidates
from yingshe.applications.languages.lemmatization._edit_counts import EditCounts
from yingshe.applications.languages.lemmatization._edits import Edit, edit_between
from yingshe.applications.languages.lemmatization.baselines import LongestSuffix
from yingshe.applications.languages.lemmatization.model import LemmaPrediction, Lemmatizer
from yingshe.applications.languages.lemmatization.tasks import (
    LemmatizationTasks,
    make_tasks,
    new_learner,
)

__all__ = [
    "Candidate",
    "Edit",
    "EditCounts",
    "LemmaPrediction",
    "LemmatizationTasks",
    "Lemmatizer",
    "LongestSuffix",
    "candidates",
    "edit_between",
    "make_tasks",
    "new_learner",
]
