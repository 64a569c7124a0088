"""Scores of a predictor on every task at every shot count."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from yingshe.evaluation._splits import SupportQuerySplits
from yingshe.evaluation.baselines import Predict
from yingshe.learners import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, PointEstimate, Prediction
from yingshe.tasks import Oracle

_TASKS_AT_ONCE = 100  # batch size over tasks; it bounds the memory


class Scores(NamedTuple):
    """Means over each task's query pairs; defined only where `valid`."""

    error: Float[np.ndarray, "tasks shots"]
    """Squared error ‖y - f(x)‖²; for classes the error rate."""
    log_likelihood: Float[np.ndarray, "tasks shots"]
    """Nats per pair; NaN for a point predictor."""
    valid: Bool[np.ndarray, "tasks shots"]


def score(prediction: Prediction, query: Pairs) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Compute error and log-likelihood of one task: means over its real query pairs."""
    if isinstance(prediction, Categorical):
        wrong = jnp.argmax(prediction.logits, axis=-1) != jnp.argmax(query.y, axis=-1)
        errors = wrong.astype(float)
    else:
        errors = jnp.sum((query.y - prediction.mean) ** 2, axis=-1)
    if isinstance(prediction, PointEstimate):
        log_probs = jnp.full_like(errors, jnp.nan)
    else:
        log_probs = prediction.log_prob(query.y)
    number = jnp.maximum(jnp.sum(query.mask), 1)
    error, log_likelihood = (
        jnp.sum(jnp.where(query.mask, v, 0.0)) / number for v in (errors, log_probs)
    )
    return error, log_likelihood


def score_learner(learner: Learner, splits: SupportQuerySplits, shots: tuple[int, ...]) -> Scores:
    """Score a learner; it observes each task's support once and predicts at every shot count.

    `shots` ascend.
    """
    scores = _learner_scores(learner, splits, jnp.array(shots))
    error, log_likelihood = (np.asarray(s) for s in scores)
    return Scores(error, log_likelihood, np.asarray(splits.valid))


@eqx.filter_jit
def _learner_scores(learner: Learner, splits: SupportQuerySplits, shots: Array):
    def score_task(split: SupportQuerySplits):
        x, y = split.support.x, split.support.y

        def advance_to(state, bounds):
            # The bounds are the same for all tasks, so that the loop stays a loop under vmap.
            low, high = bounds
            state = jax.lax.fori_loop(
                low, high, lambda t, state: learner.observe(state, x[t], y[t]), state
            )
            prediction = jax.vmap(learner.predict, in_axes=(None, 0))(state, split.query.x)
            return state, score(prediction, split.query)

        previous = jnp.concatenate([jnp.zeros(1, shots.dtype), shots[:-1]])
        return jax.lax.scan(advance_to, learner.init_state(), (previous, shots))[1]

    return jax.lax.map(score_task, splits, batch_size=_TASKS_AT_ONCE)


def score_baseline(
    predict: Predict,
    splits: SupportQuerySplits,
    shots: tuple[int, ...],
    *,
    min_shots: int,
    max_tasks: int | None = None,
) -> Scores:
    """Score a baseline from `min_shots` on, on the first `max_tasks` of the valid tasks."""
    support, query = (jax.tree.map(np.asarray, pairs) for pairs in (splits.support, splits.query))
    valid = np.array(splits.valid)
    error, log_likelihood = np.full((2, *valid.shape), np.nan)
    for i, k in enumerate(shots):
        selected = np.flatnonzero(valid[:, i] & (k >= min_shots))[:max_tasks]
        valid[:, i] = np.isin(np.arange(len(valid)), selected)
        if len(selected):
            context = jax.tree.map(lambda leaf, k=k, rows=selected: leaf[rows, :k], support)
            targets = jax.tree.map(lambda leaf, rows=selected: leaf[rows], query)
            scores = _batch_scores(predict(context, targets.x), targets)
            error[selected, i], log_likelihood[selected, i] = scores
    return Scores(error, log_likelihood, valid)


_batch_scores = jax.jit(jax.vmap(score))


def score_oracle(
    oracle: Oracle,
    splits: SupportQuerySplits,
    shots: tuple[int, ...],
    *,
    max_tasks: int | None = None,
) -> Scores:
    """Score the Bayes-optimal predictor at every shot count, on the first `max_tasks` tasks."""
    first = jax.tree.map(lambda leaf: leaf[:max_tasks], splits)
    scores = np.stack(_oracle_scores(oracle, first, shots))
    rest = ((0, 0), (0, len(splits) - len(first)), (0, 0))
    error, log_likelihood = np.pad(scores, rest, constant_values=np.nan)
    valid = np.array(splits.valid)
    valid[len(first) :] = False
    return Scores(error, log_likelihood, valid)


@eqx.filter_jit
def _oracle_scores(oracle: Oracle, splits: SupportQuerySplits, shots: tuple[int, ...]):
    position = jnp.arange(splits.support.x.shape[1])

    def score_task(split: SupportQuerySplits):
        def score_after(k):
            prediction = oracle(split.support.masked(position < k), split.query.x)
            return score(prediction, split.query)

        return jax.lax.map(score_after, jnp.array(shots))

    return jax.lax.map(score_task, splits, batch_size=_TASKS_AT_ONCE)
