"""Which of the likeliest pronunciations sounds most like the language: reranking of n-best lists.

A reader chooses letter by letter; what makes a whole word sound right or wrong, as where its one
accent is, shows in n-gram models of its phonemes, of its vowels alone, and of their marks. How much
each model counts is learned from words that the reader had not read (after Collins and Koo,
Discriminative Reranking for Natural Language Parsing, 2005).
"""

import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from yingshe.applications.languages.g2p import ipa

Ways = Mapping[tuple[str, ...], float]
"""Pronunciations and their probabilities, the likeliest first."""

_ORDERS = (6, 5, 4)  # of the models of phonemes, of vowels and of marks
_EXPECTED = np.array([1.0, 0.05, 0.0, 0.05, 0.2])  # weights in other languages, of `_features`
_DEVIATIONS = np.array([0.3, 0.1, 0.1, 0.1, 0.15])  # how far from them those of a language are
_LEAST = 1e-30  # probability, lest its logarithm be infinite


class Ngrams:
    """Probabilities of symbols given those before, with the smoothing of Witten and Bell.

    The Zero-Frequency Problem, IEEE Transactions on Information Theory 37 (1991), method C.
    """

    def __init__(self, sequences: Sequence[Sequence[str]], order: int):
        self._before = order - 1
        self._times: Counter[tuple] = Counter()
        self._whole: Counter[tuple] = Counter()
        self._kinds: Counter[tuple] = Counter()
        for sequence in sequences:
            for history, symbol in self._steps(sequence):
                for length in range(order):
                    known = history[self._before - length :]
                    self._kinds[known] += not self._times[known, symbol]
                    self._times[known, symbol] += 1
                    self._whole[known] += 1
        self._uniform = 1 / (self._kinds[()] + 1)
        self._log = functools.cache(self._log_probability)

    def __call__(self, sequence: Sequence[str]) -> float:
        """The logarithm of the probability of a whole sequence, and of its end."""
        return sum(self._log(history, symbol) for history, symbol in self._steps(sequence))

    def _steps(self, sequence: Sequence[str]) -> list[tuple[tuple[str, ...], str]]:
        padded = ("", *sequence, "")
        return [
            (("",) * (self._before - i) + padded[max(i - self._before, 0) : i], padded[i])
            for i in range(1, len(padded))
        ]

    def _log_probability(self, history: tuple[str, ...], symbol: str) -> float:
        chance = self._uniform
        for length in range(self._before + 1):
            known = history[self._before - length :]
            whole = self._whole.get(known, 0)
            if not whole:
                break
            kinds = self._kinds[known]
            chance = (self._times.get((known, symbol), 0) + kinds * chance) / (whole + kinds)
        return math.log(chance)


class Reranker:
    """Weighs a reader's probability of a word against how much it sounds like the language."""

    def __init__(
        self, spoken: Sequence[Sequence[str]], weights: Float[np.ndarray, " features"] = _EXPECTED
    ):
        """From the phonemes of words."""
        self._models = [
            Ngrams([tier(phonemes) for phonemes in spoken], order)
            for tier, order in zip(_TIERS, _ORDERS, strict=True)
        ]
        self.weights = weights

    def fit(self, words: Sequence[tuple[Ways, tuple[str, ...]]]) -> Float[np.ndarray, " features"]:
        """The weights of maximum posterior: a log-linear model of which of the ways is right.

        Words that nobody had read, each with its right way; those without it tell nothing.
        """
        known = [
            (self._features(ways), list(ways).index(right))
            for ways, right in words
            if right in ways and len(ways) > 1
        ]

        def objective(weights):
            pull = (weights - _EXPECTED) / _DEVIATIONS
            loss, gradient = 0.5 * (pull @ pull), pull / _DEVIATIONS
            for features, right in known:
                chances = _softmax(features @ weights)
                loss -= math.log(chances[right] + _LEAST)
                gradient += features.T @ chances - features[right]
            return loss, gradient

        return minimize(objective, _EXPECTED, jac=True, method="L-BFGS-B").x

    def __call__(self, ways: Ways) -> dict[tuple[str, ...], float]:
        """The same ways, likeliest first; together they are as probable as before."""
        chances = sum(ways.values()) * _softmax(self._features(ways) @ self.weights)
        found = zip(ways, chances.tolist(), strict=True)
        return dict(sorted(found, key=lambda item: -item[1]))

    def _features(self, ways: Ways) -> Float[np.ndarray, "ways features"]:
        return np.array(
            [
                [
                    math.log(max(chance, _LEAST)),
                    *(model(tier(way)) for model, tier in zip(self._models, _TIERS, strict=True)),
                    len(way),
                ]
                for way, chance in ways.items()
            ]
        )


def _all(phonemes: Sequence[str]) -> tuple[str, ...]:
    return tuple(phonemes)


def _vowels(phonemes: Sequence[str]) -> tuple[str, ...]:
    return tuple(phoneme for phoneme in phonemes if ipa.is_vowel(phoneme))


def _marks(phonemes: Sequence[str]) -> tuple[str, ...]:
    return tuple(ipa.split_marks(phoneme)[1] or "-" for phoneme in _vowels(phonemes))


_TIERS = (_all, _vowels, _marks)


def _softmax(scores: Float[np.ndarray, " ways"]) -> Float[np.ndarray, " ways"]:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()
