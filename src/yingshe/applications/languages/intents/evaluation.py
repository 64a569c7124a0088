"""Evaluation of intent learners on few-shot episodes of held-out languages."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from yingshe.applications.languages.intents.baselines import BASELINES
from yingshe.applications.languages.intents.data import WAYS, Episode, Examples, sample_episode
from yingshe.evaluation import ShotCurve, curve_from_scores
from yingshe.learners import Learner, observe_all
from yingshe.pairs import Pairs
from yingshe.text.char_ngrams import NUM_SURFACE_FEATURES

METHOD = "yingshe"
"""Name of the learner in a `ShotCurve`."""
_OUT_OF_SCOPE = 6  # queries of an episode, to some thirty in scope
_NUM_BINS = 15


class EpisodeScores(NamedTuple):
    """Predictions of the learner and errors of all methods in one episode."""

    log_probs: Float[np.ndarray, "query ways"]
    """Log-probabilities of the ten intents and, last, of out-of-scope."""
    labels: Int[np.ndarray, " query"]
    errors: dict[str, float]
    """Method -> error rate on the in-scope queries, out-of-scope predictions not allowed."""


def make_batch_predictor(
    learner: Learner, *, max_support: int, max_query: int
) -> Callable[[Examples, Episode], Float[np.ndarray, "query ways"]]:
    """Compile a function that predicts the queries of an episode.

    Args:
        learner: Learner with ten classes and out-of-scope.
        max_support: Largest size of a support.
        max_query: Largest number of queries.

    Returns:
        Function from encoded sentences and an episode to log-probabilities (query, 11).
    """

    @eqx.filter_jit
    def predict(learner, x, y, mask, new):
        state = observe_all(learner, learner.init_state(), Pairs(x, y, mask))
        return jax.vmap(learner.predict, in_axes=(None, 0))(state, new).probs

    def predict_episode(examples: Examples, episode: Episode) -> Float[np.ndarray, "query ways"]:
        x = _pad_rows(examples.x[episode.support], max_support)
        y = _pad_rows(np.eye(WAYS + 1, dtype=np.float32)[episode.support_labels], max_support)
        mask = jnp.arange(max_support) < len(episode.support)
        query = _pad_rows(examples.x[episode.query], max_query)
        probs = np.asarray(predict(learner, x, y, mask, query))[: len(episode.query)]
        return np.log(probs + 1e-12)

    return predict_episode


def score_episodes(
    learner: Learner,
    languages: Sequence[Examples],
    shots: Sequence[int],
    *,
    episodes: int = 4,
    seed: int = 0,
) -> list[list[EpisodeScores]]:
    """Score a learner and baselines on episodes of several languages.

    Baselines leave out the surface features, which mislead classifiers without meta-training.

    Args:
        learner: Learner with ten classes and out-of-scope.
        languages: Encoded sentences of each language.
        shots: Support sentences per intent.
        episodes: Episodes per language.
        seed: Seed of the episodes; an episode has the same queries at every shot count.

    Returns:
        Scores of each episode, one entry for each of `shots`.
    """
    predict = make_batch_predictor(
        learner, max_support=WAYS * max(shots), max_query=3 * WAYS + _OUT_OF_SCOPE
    )
    scores = []
    for examples in languages:
        for number in range(episodes):
            key = (seed, number, *examples.corpus.language.encode())
            row = []
            for k in shots:
                episode = sample_episode(
                    examples, np.random.default_rng(key), k, num_out_of_scope=_OUT_OF_SCOPE
                )
                log_probs = predict(examples, episode)
                errors = _score_methods(examples, episode, log_probs)
                row.append(EpisodeScores(log_probs, episode.query_labels, errors))
            scores.append(row)
    return scores


def build_curve(scores: Sequence[Sequence[EpisodeScores]], shots: Sequence[int]) -> ShotCurve:
    """Build a shot curve from the scores of episodes.

    Args:
        scores: Scores of each episode, one entry for each of `shots`.
        shots: Support sentences per intent.

    Returns:
        Error rates on in-scope queries with intervals over episodes. Log-likelihoods, of the
        learner only, count out-of-scope queries too.
    """
    errors = {
        name: np.array([[cell.errors[name] for cell in row] for row in scores])
        for name in scores[0][0].errors
    }
    nats = [
        [float(np.mean(cell.log_probs[np.arange(len(cell.labels)), cell.labels])) for cell in row]
        for row in scores
    ]
    return curve_from_scores(
        errors,
        tuple(shots),
        family="intents",
        metric="error rate",
        learners=(METHOD,),
        seed=0,
        log_likelihoods={METHOD: np.array(nats)},
    )


def evaluate_intents(
    learner: Learner,
    languages: Sequence[Examples],
    shots: Sequence[int] = (1, 3, 10),
    *,
    episodes: int = 4,
    seed: int = 0,
) -> ShotCurve:
    """Evaluate a learner and baselines on episodes of several languages.

    Args:
        learner: Learner with ten classes and out-of-scope.
        languages: Encoded sentences of each language.
        shots: Support sentences per intent, ascending.
        episodes: Episodes per language.
        seed: Seed of the episodes.

    Returns:
        Error rates by shots, with intervals over episodes.
    """
    return build_curve(
        score_episodes(learner, languages, shots, episodes=episodes, seed=seed), shots
    )


def scope_calibration_error(scores: Sequence[EpisodeScores]) -> float:
    """Return the expected calibration error of the probability that a query is in scope.

    Args:
        scores: Scores of episodes, all with the same shots.

    Returns:
        The expected calibration error.
    """
    in_scope = np.concatenate([score.labels < WAYS for score in scores])
    probability = np.concatenate([1 - np.exp(score.log_probs[:, -1]) for score in scores])
    return calibration_error(probability, in_scope)


def calibration_error(
    probability: Float[np.ndarray, " n"], is_correct: Bool[np.ndarray, " n"]
) -> float:
    """Return the expected calibration error over 15 bins of equal size.

    Args:
        probability: Predicted probabilities.
        is_correct: Outcomes.

    Returns:
        Mean over predictions of |fraction correct - mean probability| of their bin.

    References:
        Naeini, Cooper and Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian
        Binning, 2015. Bins of equal size: Nixon et al., Measuring Calibration in Deep Learning,
        2019.
    """
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, min(_NUM_BINS, len(order)))
    gaps = [len(b) * abs(float(is_correct[b].mean() - probability[b].mean())) for b in bins]
    return float(sum(gaps) / len(order))


def _score_methods(
    examples: Examples, episode: Episode, log_probs: Float[np.ndarray, "query ways"]
) -> dict[str, float]:
    inside = episode.query_labels < WAYS
    labels = episode.query_labels[inside]
    x = examples.x[:, :-NUM_SURFACE_FEATURES]
    support, query = x[episode.support], x[episode.query[inside]]
    predictions = {METHOD: log_probs[inside, :WAYS].argmax(axis=1)} | {
        name: classify(support, episode.support_labels, query)
        for name, classify in BASELINES.items()
    }
    return {name: float(np.mean(values != labels)) for name, values in predictions.items()}


def _pad_rows(rows: np.ndarray, number: int) -> np.ndarray:
    return np.pad(rows, ((0, number - len(rows)), (0, 0)))
