"""Lemmatizer: a meta-trained ranker of candidate lemmas, adapted to the pairs of one language."""

import functools
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from yingshe import zoo
from yingshe.applications.adapted import AdaptedModel
from yingshe.applications.languages.lemmatization._candidates import Candidate, candidates
from yingshe.applications.languages.lemmatization._edit_counts import TwoLevelCounts
from yingshe.applications.languages.lemmatization._features import (
    X_DIM,
    Y_DIM,
    encode_candidates,
)
from yingshe.applications.languages.lemmatization.data import WordPair
from yingshe.applications.languages.lemmatization.tasks import (
    leave_one_out_examples,
)
from yingshe.errors import UserError
from yingshe.learners import CandidateRanker, Learner
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import Prediction
from yingshe.serialization import read_learner

ZOO_MODEL = "lemmatization"
"""Name of the trained learner in the zoo."""
_CACHED_WORDS = 4096  # words whose candidates are cached between encoding and decoding


class LemmaPrediction(NamedTuple):
    """Predicted lemma of a word."""

    lemma: str
    """Most probable lemma."""
    probability: float
    """Its probability."""
    probabilities: dict[str, float]
    """Candidate lemma -> probability, in descending order. The rest to 1 is the probability that no
    candidate is correct."""


@dataclass(frozen=True)
class LemmatizerCodec:
    """Converts words to features of their candidates, and class probabilities to lemmas.

    Args:
        pairs: Observed pairs of word and lemma, in the order of observation.

    Raises:
        UserError: A word or a lemma is empty.
    """

    pairs: tuple[WordPair, ...] = ()

    def __post_init__(self):
        for word, lemma in self.pairs:
            if not word.strip() or not lemma.strip():
                raise UserError(
                    f"The pair ('{word}', '{lemma}') has an empty word or lemma; leave it out."
                )

    @functools.cached_property
    def counts(self) -> TwoLevelCounts:
        """Counts of the observed pairs."""
        return TwoLevelCounts(self.pairs)

    @functools.cached_property
    def observed_lemmas(self) -> dict[str, str]:
        """Observed word -> its latest lemma."""
        return dict(self.pairs)

    def encode_x(self, x: Sequence[str]) -> np.ndarray:
        if not all(word.strip() for word in x):
            raise UserError("One of the words is empty; give words of at least one letter.")
        return np.array([encode_candidates(w, self._candidates(w), self.counts) for w in x])

    def encode_y(self, y: Sequence[str]) -> np.ndarray:
        raise NotImplementedError("Candidates depend on the word; see `refit`.")

    def decode(self, prediction: Prediction, x: Sequence[str]) -> list[LemmaPrediction]:
        predictions = []
        for word, row in zip(x, np.asarray(prediction.mean), strict=True):
            if word in self.observed_lemmas:
                probabilities = {self.observed_lemmas[word]: 1.0}
            else:
                lemmas = [candidate.lemma for candidate in self._candidates(word)]
                pairs = zip(lemmas, row[: len(lemmas)].tolist(), strict=True)
                probabilities = dict(sorted(pairs, key=lambda pair: -pair[1]))
            lemma, probability = next(iter(probabilities.items()))
            predictions.append(LemmaPrediction(lemma, probability, probabilities))
        return predictions

    def metadata(self) -> dict[str, Any]:
        return {"pairs": [list(pair) for pair in self.pairs]}

    def refit(
        self, mapping: Mapping, x: Sequence[str], y: Sequence[str]
    ) -> "tuple[LemmatizerCodec, Mapping]":
        """Recount all pairs, and adapt the learner to them.

        Args:
            mapping: Learner adapted to the pairs so far.
            x: Words.
            y: One lemma for each.

        Returns:
            The codec and the adapted learner after all pairs.
        """
        codec = LemmatizerCodec((*self.pairs, *zip(x, y, strict=True)))
        # With a fixed seed, the same pairs always give the same model.
        rows = leave_one_out_examples(codec.pairs, codec.counts, random.Random(0))
        inputs = np.array([row for row, _ in rows]).reshape(-1, X_DIM)
        return codec, adapt(mapping.learner, inputs, np.array([label for _, label in rows], int))

    @functools.cached_property
    def _candidates(self):
        @functools.lru_cache(maxsize=_CACHED_WORDS)
        def generate(word: str) -> list[Candidate]:
            return candidates(word, self.counts.written)

        return generate


@dataclass(frozen=True)
class Lemmatizer(AdaptedModel[str, str, LemmaPrediction]):
    """Lemmatizer of a language that is known from a few pairs of word and lemma.

    ```python
    f = Lemmatizer.from_pretrained()
    f = f.observe_many(["parlavano", "gatti"], ["parlare", "gatto"])
    f = f.observe("cantavano", "cantare")
    f("mangiavano").lemma  # "mangiare"
    ```

    `observe` and `observe_many` return a new lemmatizer. A word that was observed has its latest
    lemma with probability 1.

    Args:
        codec: Observed pairs and their counts.
        mapping: Learner adapted to them.
    """

    codec: LemmatizerCodec
    mapping: Mapping

    @classmethod
    def from_learner(cls, learner: Learner, pairs: Sequence[WordPair] = ()) -> "Lemmatizer":
        """Return a lemmatizer that has observed some pairs.

        Args:
            learner: Trained learner with the dimensions of `new_learner`.
            pairs: Pairs of word and lemma.

        Returns:
            The lemmatizer.

        Raises:
            UserError: The learner has another type or other dimensions, or a word or
                lemma is empty.
        """
        if not isinstance(learner, CandidateRanker) or (learner.x_dim, learner.y_dim) != (
            X_DIM,
            Y_DIM,
        ):
            raise UserError(
                f"learner must be a CandidateRanker with {X_DIM} inputs and {Y_DIM} outputs, got "
                f"{type(learner).__name__} with {learner.x_dim} and {learner.y_dim}."
            )
        prior = adapt(learner, np.zeros((0, X_DIM)), np.zeros(0, int))
        lemmatizer = cls(LemmatizerCodec(), prior)
        return lemmatizer.observe_many([w for w, _ in pairs], [lemma for _, lemma in pairs])

    @classmethod
    def from_pretrained(cls, path_or_name: str | os.PathLike = ZOO_MODEL) -> "Lemmatizer":
        """Return a lemmatizer without any pair, with a trained learner.

        Args:
            path_or_name: Run directory, file, or name of a zoo model.

        Returns:
            The lemmatizer.

        Raises:
            UserError: The learner cannot be read, or has other dimensions.
        """
        return cls.from_learner(zoo.load(path_or_name))

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Lemmatizer":
        """Read a file that `save` wrote.

        Args:
            path: The file.

        Returns:
            The lemmatizer, with its pairs.

        Raises:
            UserError: The file is missing or damaged, or holds something else.
        """
        learner, state, metadata = read_learner(path, kind="mapping")
        if "pairs" not in metadata:
            raise UserError(f"{path} is not a saved Lemmatizer: it has no pairs.")
        pairs = tuple((word, lemma) for word, lemma in metadata["pairs"])
        return cls(LemmatizerCodec(pairs), Mapping(learner, state))

    @property
    def learner(self) -> Learner:
        """Learner that ranks the candidates."""
        return self.mapping.learner

    @property
    def pairs(self) -> tuple[WordPair, ...]:
        """Observed pairs of word and lemma."""
        return self.codec.pairs
