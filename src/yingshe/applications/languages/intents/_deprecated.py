"""`Intents` of 0.1, whose constructor had other arguments than `IntentClassifier`."""

import os
import warnings

from yingshe.applications.languages.intents.model import IntentClassifier
from yingshe.learners import Learner
from yingshe.text import TextEncoder


class Intents:
    """Old constructors of `IntentClassifier`; each returns an `IntentClassifier`.

    Args:
        learner: Trained learner.
        encoder: Text encoder that it was trained with.
    """

    def __new__(cls, learner: Learner, encoder: TextEncoder) -> IntentClassifier:
        _warn("Intents(learner, encoder)", "IntentClassifier.from_learner(learner, encoder)")
        return IntentClassifier.from_learner(learner, encoder)

    @classmethod
    def load_learner(cls, path_or_name: str | os.PathLike) -> IntentClassifier:
        """Return a classifier without any intent.

        Args:
            path_or_name: Run directory, file, or name of a shipped learner.

        Returns:
            The classifier.
        """
        _warn("Intents.load_learner", "IntentClassifier.from_pretrained")
        return IntentClassifier.from_pretrained(path_or_name)

    @classmethod
    def load(cls, path: str | os.PathLike) -> IntentClassifier:
        """Read a saved classifier.

        Args:
            path: The file.

        Returns:
            The classifier.
        """
        _warn("Intents.load", "IntentClassifier.load")
        return IntentClassifier.load(path)


def _warn(old: str, new: str) -> None:
    warnings.warn(f"yingshe: {old} is now {new}.", DeprecationWarning, stacklevel=3)
