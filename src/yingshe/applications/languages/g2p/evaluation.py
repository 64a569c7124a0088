"""Evaluation of grapheme-to-phoneme models: word error rate by number of support words."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from yingshe.applications.languages.g2p._grapheme_prior import GraphemePrior
from yingshe.applications.languages.g2p._prior import G2PPrior
from yingshe.applications.languages.g2p.model import Pronunciation, adapt
from yingshe.applications.languages.g2p.tasks import Entry
from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation import ShotCurve, curve_from_scores

METRIC = "word error rate"


@runtime_checkable
class Predictor(Protocol):
    """Model that pronounces words, such as `G2PModel`."""

    def predict(self, words: Sequence[str], /) -> list[list[Pronunciation]]:
        """Return the pronunciations of each word, the likeliest first.

        Args:
            words: Words.

        Returns:
            One list of pronunciations for each word.
        """
        ...


def word_errors(model: Predictor, entries: Sequence[Entry]) -> Bool[np.ndarray, " words"]:
    """Compare the likeliest pronunciation of each word with the recorded one.

    Args:
        model: Model of the language.
        entries: Words that the model did not observe.

    Returns:
        True for each wrong word. The mean is the word error rate of the SIGMORPHON shared tasks.
    """
    predictions = model.predict([entry.word for entry in entries])
    return np.array(
        [
            pronunciations[0].phonemes != entry.phonemes
            for pronunciations, entry in zip(predictions, entries, strict=True)
        ]
    )


def evaluate(
    prior: G2PPrior,
    languages: Mapping[str, Sequence[Entry]],
    shots: Sequence[int] = (0, 10, 100),
    *,
    query: Mapping[str, Sequence[Entry]] | None = None,
    num_query: int = 100,
    baselines: Sequence[str] = ("untrained",),
    seed: int = 0,
) -> ShotCurve:
    """Evaluate a prior on new languages by the number of support words.

    Args:
        prior: Meta-learned prior.
        languages: Language name -> words and phonemes; each language is one task.
        shots: Numbers of support words.
        query: Language name -> query words; by default words that are not in the support.
        num_query: Maximum number of query words of a language.
        baselines: Any of `BASELINES`.
        seed: Seed of the draws of words and of the intervals.

    Returns:
        Word error rate of the prior and of the baselines at every number of shots.

    Raises:
        UserError: A language has too few words for the largest number of shots, or a baseline is
            unknown.
    """
    shots = tuple(sorted(set(shots)))
    for name in baselines:
        if name not in BASELINES:
            raise UserError(f"There is no baseline '{name}'." + did_you_mean(name, BASELINES))
    priors = {"G2PPrior": prior, **{name: BASELINES[name]() for name in baselines}}
    errors = {name: np.full((len(languages), len(shots)), np.nan) for name in priors}
    for i, (name, entries) in enumerate(languages.items()):
        order = np.random.default_rng((seed, i)).permutation(len(entries))
        support = [entries[j] for j in order[: shots[-1]]]
        rest = [entries[j] for j in order[shots[-1] :]]
        query_words = list((query or {}).get(name, rest))[:num_query]
        if len(support) < shots[-1] or not query_words:
            raise UserError(
                f"{name} has {len(entries)} words; the largest of shots, {shots[-1]}, leaves none "
                "to evaluate on."
            )
        for method, candidate in priors.items():
            for j, size in enumerate(shots):
                model = adapt(candidate, support[:size])
                errors[method][i, j] = word_errors(model, query_words).mean()
    return curve_from_scores(
        errors,
        shots,
        family="new languages",
        metric=METRIC,
        learners=("G2PPrior",),
        seed=seed,
    )


def untrained_prior() -> G2PPrior:
    """Return a prior with equal standard deviations and without a grapheme prior."""
    return G2PPrior(GraphemePrior({}))


BASELINES = {"untrained": untrained_prior}
"""Name -> function that makes a prior to compare with."""
