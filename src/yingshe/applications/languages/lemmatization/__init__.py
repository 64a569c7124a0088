"""Words and their dictionary forms, in languages never met: what is learned from a few pairs.

Meta-training needs the extra `languages`: `pip install 'yingshe[languages]'`.
"""

from yingshe.applications.languages.lemmatization.baseline import LongestSuffix
from yingshe.applications.languages.lemmatization.candidates import Candidate, candidates
from yingshe.applications.languages.lemmatization.edits import Edit, edit_between
from yingshe.applications.languages.lemmatization.family import Words, new_learner, tasks
from yingshe.applications.languages.lemmatization.mapping import LemmaMapping

__all__ = [
    "Candidate",
    "Edit",
    "LemmaMapping",
    "LongestSuffix",
    "Words",
    "candidates",
    "edit_between",
    "new_learner",
    "tasks",
]
