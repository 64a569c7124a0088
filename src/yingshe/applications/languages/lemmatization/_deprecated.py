"""`LemmaMapping` of 0.1, whose methods had other arguments than those of `Lemmatizer`."""

import os
import warnings
from collections.abc import Sequence

from yingshe.applications.languages.lemmatization.data import WordPair
from yingshe.applications.languages.lemmatization.model import Lemmatizer
from yingshe.learners import Learner


class LemmaMapping:
    """Lemmatizer with the interface of 0.1.

    Args:
        learner: Trained learner.
        pairs: Pairs of word and lemma.
    """

    def __init__(self, learner: Learner, pairs: Sequence[WordPair] = ()):
        _warn("LemmaMapping(learner, pairs)", "Lemmatizer.from_learner(learner, pairs)")
        self.lemmatizer = Lemmatizer.from_learner(learner, pairs)

    @property
    def learner(self) -> Learner:
        """Learner that ranks the candidates."""
        return self.lemmatizer.learner

    @property
    def pairs(self) -> tuple[WordPair, ...]:
        """Observed pairs of word and lemma."""
        return self.lemmatizer.pairs

    def observe(self, word: str, lemma: str) -> "LemmaMapping":
        """Return the mapping after one more pair.

        Args:
            word: A word.
            lemma: Its lemma.

        Returns:
            The new mapping.
        """
        return self.observe_many([(word, lemma)])

    def observe_many(self, pairs: Sequence[WordPair]) -> "LemmaMapping":
        """Return the mapping after more pairs.

        Args:
            pairs: Pairs of word and lemma.

        Returns:
            The new mapping.
        """
        return LemmaMapping(self.learner, (*self.pairs, *pairs))

    def __call__(self, word: str) -> str:
        """Return the most probable lemma.

        Args:
            word: A word.

        Returns:
            Its lemma.
        """
        return self.lemmatizer(word).lemma

    def probabilities(self, words: Sequence[str]) -> list[list[tuple[str, float]]]:
        """Return candidate lemmas with their probabilities.

        Args:
            words: Words.

        Returns:
            Lemmas and probabilities of each word, in descending order.
        """
        return [list(p.probabilities.items()) for p in self.lemmatizer.predict(words)]

    def save(self, path: str | os.PathLike) -> None:
        """Write a file that `Lemmatizer.load` reads.

        Args:
            path: The file.
        """
        self.lemmatizer.save(path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "LemmaMapping":
        """Read a saved mapping or lemmatizer.

        Args:
            path: The file.

        Returns:
            The mapping.
        """
        lemmatizer = Lemmatizer.load(path)
        return cls(lemmatizer.learner, lemmatizer.pairs)


def _warn(old: str, new: str) -> None:
    warnings.warn(f"yingshe: {old} is now {new}.", DeprecationWarning, stacklevel=3)
