"""Exact matches of every method in one language, by how many pairs were read."""

from collections.abc import Sequence

import numpy as np

from yingshe.applications.languages.lemmatization.baseline import LongestSuffix
from yingshe.applications.languages.lemmatization.dictionaries import Draw
from yingshe.applications.languages.lemmatization.mapping import LemmaMapping
from yingshe.learners import Learner

OURS, BASELINE, IDENTITY, REACHABLE = "yingshe", "longest suffix", "the word itself", "reachable"
CONFIDENCE = "confidence"
"""Mean probability of the answers, which is to be the share of them that is right."""


def judge(learner: Learner, drawn: Draw, shots: Sequence[int]) -> dict[tuple[str, int], float]:
    """Share of the words that were not read whose lemma is found, for each method and shots.

    `REACHABLE` is the share whose lemma is among the candidates, which is the limit of `OURS`.
    """
    shares = {}
    words, lemmas = zip(*drawn.query, strict=True)
    for k in shots:
        support = drawn.support[:k]
        found = LemmaMapping(learner, support).probabilities(words)
        simple = LongestSuffix(support)
        answers = {
            OURS: [one[0][0] == lemma for one, lemma in zip(found, lemmas, strict=True)],
            BASELINE: [simple(word) == lemma for word, lemma in drawn.query],
            IDENTITY: [word == lemma for word, lemma in drawn.query],
            REACHABLE: [
                any(lemma == right for lemma, _ in one)
                for one, right in zip(found, lemmas, strict=True)
            ],
            CONFIDENCE: [one[0][1] for one in found],
        }
        shares |= {(name, k): float(np.mean(values)) for name, values in answers.items()}
    return shares
