"""Evaluation of lemmatizers on held-out languages, next to a baseline without meta-training."""

import random
from collections.abc import Sequence

import numpy as np

from yingshe.applications.languages.lemmatization.baselines import LongestSuffix
from yingshe.applications.languages.lemmatization.data import SupportQuery, sample_split
from yingshe.applications.languages.lemmatization.model import Lemmatizer
from yingshe.evaluation import ShotCurve, curve_from_scores
from yingshe.learners import Learner

METHOD, BASELINE, IDENTITY = "yingshe", "longest suffix", "the word itself"
REACHABLE = "reachable"
"""Fraction of the words whose lemma is among the candidates: an upper bound for `METHOD`."""
CONFIDENCE = "confidence"
"""Mean probability of the predicted lemmas; equal to their accuracy where it is calibrated."""


def score_split(
    learner: Learner, split: SupportQuery, shots: Sequence[int]
) -> dict[tuple[str, int], float]:
    """Return the exact-match accuracy of every method on the query words.

    Args:
        learner: Trained learner.
        split: Support and query of one language.
        shots: Numbers of support pairs.

    Returns:
        (method, shots) -> fraction of the query words; also for `REACHABLE` and `CONFIDENCE`.
    """
    scores = {}
    words, lemmas = zip(*split.query, strict=True)
    for k in shots:
        support = split.support[:k]
        predictions = Lemmatizer.from_learner(learner, support).predict(words)
        baseline = LongestSuffix(support)
        results = {
            METHOD: [p.lemma == lemma for p, lemma in zip(predictions, lemmas, strict=True)],
            BASELINE: [baseline(word) == lemma for word, lemma in split.query],
            IDENTITY: [word == lemma for word, lemma in split.query],
            REACHABLE: [
                lemma in p.probabilities for p, lemma in zip(predictions, lemmas, strict=True)
            ],
            CONFIDENCE: [p.probability for p in predictions],
        }
        scores |= {(name, k): float(np.mean(values)) for name, values in results.items()}
    return scores


def evaluate_lemmatization(
    learner: Learner,
    languages: Sequence[str],
    shots: Sequence[int] = (10, 100, 1000),
    *,
    draws: int = 1,
    num_query: int = 120,
    seed: int = 0,
) -> ShotCurve:
    """Evaluate a learner and baselines on several languages.

    Args:
        learner: Trained learner.
        languages: Codes of the languages.
        shots: Numbers of support pairs, ascending.
        draws: Supports and queries that are sampled per language.
        num_query: Query words per draw.
        seed: Seed of the draws.

    Returns:
        Error rates by shots, with intervals over draws; the rate of "reachable" is a lower bound.
    """
    shots = tuple(shots)
    splits = [
        sample_split(language, random.Random(f"{seed + i} {language}"), max(shots), num_query)
        for language in languages
        for i in range(draws)
    ]
    scores = [score_split(learner, split, shots) for split in splits]
    errors = {
        name: np.array([[1 - score[name, k] for k in shots] for score in scores])
        for name in (METHOD, BASELINE, IDENTITY, REACHABLE)
    }
    return curve_from_scores(
        errors, shots, family="lemmatization", metric="error rate", learners=(METHOD,), seed=seed
    )
