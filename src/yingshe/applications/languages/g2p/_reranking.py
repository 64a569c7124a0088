"""Reranking of n-best lists by n-gram models of complete words.

The decoder decides letter by letter. Properties of the word as a whole, such as the position of its
stress, are scored by three n-gram models: of its phonemes, its vowels, and their marks. The weight
of each model is learned from words that the decoder was not fitted to.

References:
    Collins and Koo, Discriminative Reranking for Natural Language Parsing, 2005.
"""

import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from yingshe.applications.languages.g2p import _ipa

NBest = Mapping[tuple[str, ...], float]
"""Pronunciation -> probability, the likeliest first."""

_ORDERS = (6, 5, 4)  # orders of the models of phonemes, of vowels and of marks
_PRIOR_MEANS = np.array([1.0, 0.05, 0.0, 0.05, 0.2])  # of the weights of `_features`
_PRIOR_STDS = np.array([0.3, 0.1, 0.1, 0.1, 0.15])
_MIN_PROB = 1e-30  # keeps logarithms finite


class NgramModel:
    """Probabilities of symbols given those before, with Witten-Bell smoothing.

    Args:
        sequences: Sequences of symbols.
        order: Length of the n-grams.

    References:
        Witten and Bell, The Zero-Frequency Problem, IEEE Transactions on Information Theory 37,
        1991, method C.
    """

    def __init__(self, sequences: Sequence[Sequence[str]], order: int):
        self._history_size = order - 1
        self._symbol_counts: Counter[tuple] = Counter()
        self._history_counts: Counter[tuple] = Counter()
        self._num_successors: Counter[tuple] = Counter()
        for sequence in sequences:
            for history, symbol in self._ngrams(sequence):
                for length in range(order):
                    suffix = history[self._history_size - length :]
                    self._num_successors[suffix] += not self._symbol_counts[suffix, symbol]
                    self._symbol_counts[suffix, symbol] += 1
                    self._history_counts[suffix] += 1
        self._uniform = 1 / (self._num_successors[()] + 1)
        self._log = functools.cache(self._log_prob)

    def __call__(self, sequence: Sequence[str]) -> float:
        """Return the log-probability of a complete sequence and of its end."""
        return sum(self._log(history, symbol) for history, symbol in self._ngrams(sequence))

    def _ngrams(self, sequence: Sequence[str]) -> list[tuple[tuple[str, ...], str]]:
        padded, size = ("", *sequence, ""), self._history_size
        return [
            (("",) * (size - i) + padded[max(i - size, 0) : i], padded[i])
            for i in range(1, len(padded))
        ]

    def _log_prob(self, history: tuple[str, ...], symbol: str) -> float:
        prob = self._uniform
        for length in range(self._history_size + 1):
            suffix = history[self._history_size - length :]
            total = self._history_counts.get(suffix, 0)
            if not total:
                break
            successors = self._num_successors[suffix]
            prob = (self._symbol_counts.get((suffix, symbol), 0) + successors * prob) / (
                total + successors
            )
        return math.log(prob)


class Reranker:
    """Log-linear reranking of n-best lists by n-gram models.

    Args:
        pronunciations: Phonemes of the words that the models are estimated from.
        weights: Weights of the features; by default those of other languages.
    """

    def __init__(
        self,
        pronunciations: Sequence[Sequence[str]],
        weights: Float[np.ndarray, " features"] = _PRIOR_MEANS,
    ):
        self._models = [
            NgramModel([tier(phonemes) for phonemes in pronunciations], order)
            for tier, order in zip(_TIERS, _ORDERS, strict=True)
        ]
        self.weights = weights

    def fit(self, words: Sequence[tuple[NBest, tuple[str, ...]]]) -> Float[np.ndarray, " features"]:
        """Compute the weights of maximum posterior.

        Args:
            words: N-best lists of words that the decoder was not fitted to, each with its correct
                pronunciation. Lists without the correct one are ignored.

        Returns:
            Weights of the features.
        """
        examples = [
            (self._features(nbest), list(nbest).index(correct))
            for nbest, correct in words
            if correct in nbest and len(nbest) > 1
        ]

        def objective(weights):
            deviation = (weights - _PRIOR_MEANS) / _PRIOR_STDS
            loss, gradient = 0.5 * (deviation @ deviation), deviation / _PRIOR_STDS
            for features, correct in examples:
                probs = _softmax(features @ weights)
                loss -= math.log(probs[correct] + _MIN_PROB)
                gradient += features.T @ probs - features[correct]
            return loss, gradient

        return minimize(objective, _PRIOR_MEANS, jac=True, method="L-BFGS-B").x

    def __call__(self, nbest: NBest) -> dict[tuple[str, ...], float]:
        """Return the same pronunciations reranked; the sum of their probabilities is unchanged."""
        probs = sum(nbest.values()) * _softmax(self._features(nbest) @ self.weights)
        reranked = zip(nbest, probs.tolist(), strict=True)
        return dict(sorted(reranked, key=lambda item: -item[1]))

    def _features(self, nbest: NBest) -> Float[np.ndarray, "pronunciations features"]:
        return np.array(
            [
                [
                    math.log(max(prob, _MIN_PROB)),
                    *(
                        model(tier(phonemes))
                        for model, tier in zip(self._models, _TIERS, strict=True)
                    ),
                    len(phonemes),
                ]
                for phonemes, prob in nbest.items()
            ]
        )


def _all(phonemes: Sequence[str]) -> tuple[str, ...]:
    return tuple(phonemes)


def _vowels(phonemes: Sequence[str]) -> tuple[str, ...]:
    return tuple(phoneme for phoneme in phonemes if _ipa.is_vowel(phoneme))


def _marks(phonemes: Sequence[str]) -> tuple[str, ...]:
    return tuple(_ipa.split_marks(phoneme)[1] or "-" for phoneme in _vowels(phonemes))


_TIERS = (_all, _vowels, _marks)


def _softmax(scores: Float[np.ndarray, " pronunciations"]) -> Float[np.ndarray, " pronunciations"]:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()
