"""What a learner has become after reading words of a language: from a word to its lemma."""

import os
import random
from collections.abc import Sequence

import numpy as np

from yingshe.applications.languages.lemmatization.family import taught
from yingshe.applications.languages.lemmatization.features import X_DIM, Y_DIM, features_of
from yingshe.applications.languages.lemmatization.statistics import Counts
from yingshe.errors import UserError
from yingshe.learners import CandidateRanker, Learner
from yingshe.mapping import Mapping, adapt
from yingshe.serialization import read_learner, write_learner

_KIND = "lemma mapping"
Pairs = Sequence[tuple[str, str]]
"""(word, lemma), in the order in which they were read."""


class LemmaMapping:
    """From a word to its dictionary form, in a language known through a few pairs.

    ```python
    f = LemmaMapping(ys.load("lemmas"), [("parlavano", "parlare"), ("gatti", "gatto")])
    f = f.observe("cantavano", "cantare")
    f("mangiavano")  # "mangiare"
    ```

    Like every mapping it is not changed by `observe`, which gives a new one. Raises UserError where
    the learner is not one of words, or a word or lemma is empty.
    """

    def __init__(self, learner: Learner, pairs: Pairs = ()):
        if not isinstance(learner, CandidateRanker) or (learner.x_dim, learner.y_dim) != (
            X_DIM,
            Y_DIM,
        ):
            raise UserError(
                f"Lemmas are chosen by CandidateRanker of {X_DIM} inputs and {Y_DIM} outputs; this is "
                f"{type(learner).__name__} of {learner.x_dim} and {learner.y_dim}."
            )
        for word, lemma in pairs:
            if not word.strip() or not lemma.strip():
                raise UserError(f"The pair ('{word}', '{lemma}') has an empty side; leave it out.")
        self.learner, self.pairs = learner, tuple((word, lemma) for word, lemma in pairs)
        self._met = Counts(self.pairs)
        self._known = dict(self.pairs)
        # Chosen by what was read, not by chance: the same pairs give the same mapping.
        rows = taught(self.pairs, self._met, random.Random(0))
        x = np.array([row for row, _ in rows]).reshape(-1, X_DIM)
        self._mapping: Mapping = adapt(learner, x, np.array([right for _, right in rows], int))

    def observe(self, word: str, lemma: str) -> "LemmaMapping":
        """The mapping after one more pair."""
        return self.observe_many([(word, lemma)])

    def observe_many(self, pairs: Pairs) -> "LemmaMapping":
        """The mapping after several more, at little more cost than after one."""
        return LemmaMapping(self.learner, (*self.pairs, *pairs))

    def __call__(self, word: str) -> str:
        """The most probable lemma."""
        return self.probabilities([word])[0][0][0]

    def probabilities(self, words: Sequence[str]) -> list[list[tuple[str, float]]]:
        """Of each word its candidate lemmas and their probabilities, the most probable first.

        What they lack to 1 is the probability that none of them is right. A word that was read has
        the lemma that it was last read with. Raises UserError for an empty word.
        """
        if not all(word.strip() for word in words):
            raise UserError("One of the words is empty; give words of at least one letter.")
        if not words:
            return []
        seen = [features_of(word, self._met) for word in words]
        probs = np.asarray(self._mapping(np.array([x for _, x in seen])).mean)
        answers = []
        for word, (found, _), row in zip(words, seen, probs, strict=True):
            if word in self._known:
                answers.append([(self._known[word], 1.0)])
                continue
            pairs = zip((one.lemma for one in found), row[: len(found)].tolist(), strict=True)
            answers.append(sorted(pairs, key=lambda pair: -pair[1]))
        return answers

    def save(self, path: str | os.PathLike) -> None:
        """Write the learner, its state and the pairs that were read to one file."""
        metadata = {"pairs": self.pairs}
        write_learner(path, self.learner, kind=_KIND, state=self._mapping.state, metadata=metadata)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "LemmaMapping":
        """Read what `save` wrote. Raises UserError where it cannot be."""
        learner, _, metadata = read_learner(path, kind=_KIND)
        return cls(learner, [(word, lemma) for word, lemma in metadata["pairs"]])
