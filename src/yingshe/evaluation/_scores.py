"""How well a predictor does on every task at every shot count."""

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

_TASKS_AT_ONCE = 100  # bounds the memory: what runs side by side of the tasks


class Outcome(NamedTuple):
    """Means over each task's query pairs; only where `counted`."""

    error: Float[np.ndarray, "tasks shots"]
    """Squared error ‖y - f(x)‖²; for classes the rate of wrong answers."""
    log_likelihood: Float[np.ndarray, "tasks shots"]
    """Nats per pair; NaN for a predictor of bare points."""
    counted: Bool[np.ndarray, "tasks shots"]


def score(prediction: Prediction, query: Pairs) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Error and log-likelihood of one task: means over its real query pairs."""
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


def score_learner(learner: Learner, trials: SupportQuerySplits, shots: tuple[int, ...]) -> Outcome:
    """Read each task's support once, predicting its query whenever a shot count is reached.

    `shots` ascend.
    """
    scores = _learner_scores(learner, trials, jnp.array(shots))
    error, log_likelihood = (np.asarray(s) for s in scores)
    return Outcome(error, log_likelihood, np.asarray(trials.counted))


@eqx.filter_jit
def _learner_scores(learner: Learner, trials: SupportQuerySplits, shots: Array):
    def of_task(trial: SupportQuerySplits):
        x, y = trial.support.x, trial.support.y

        def reach(state, read_and_wanted):
            # The bounds are the same for all tasks, so that the loop stays a loop under vmap.
            low, high = read_and_wanted
            state = jax.lax.fori_loop(
                low, high, lambda t, state: learner.observe(state, x[t], y[t]), state
            )
            prediction = jax.vmap(learner.predict, in_axes=(None, 0))(state, trial.query.x)
            return state, score(prediction, trial.query)

        read = jnp.concatenate([jnp.zeros(1, shots.dtype), shots[:-1]])
        return jax.lax.scan(reach, learner.init_state(), (read, shots))[1]

    return jax.lax.map(of_task, trials, batch_size=_TASKS_AT_ONCE)


def score_baseline(
    predict: Predict,
    trials: SupportQuerySplits,
    shots: tuple[int, ...],
    *,
    least: int,
    most_tasks: int | None = None,
) -> Outcome:
    """A baseline at every shot count from `least` on, for `most_tasks` of the tasks that count."""
    support, query = (jax.tree.map(np.asarray, pairs) for pairs in (trials.support, trials.query))
    counted = np.array(trials.counted)
    error, log_likelihood = np.full((2, *counted.shape), np.nan)
    for i, k in enumerate(shots):
        chosen = np.flatnonzero(counted[:, i] & (k >= least))[:most_tasks]
        counted[:, i] = np.isin(np.arange(len(counted)), chosen)
        if len(chosen):
            read = jax.tree.map(lambda leaf, k=k, rows=chosen: leaf[rows, :k], support)
            judged = jax.tree.map(lambda leaf, rows=chosen: leaf[rows], query)
            scores = _scores(predict(read, judged.x), judged)
            error[chosen, i], log_likelihood[chosen, i] = scores
    return Outcome(error, log_likelihood, counted)


_scores = jax.jit(jax.vmap(score))


def score_oracle(
    oracle: Oracle,
    trials: SupportQuerySplits,
    shots: tuple[int, ...],
    *,
    most_tasks: int | None = None,
) -> Outcome:
    """The Bayes-optimal predictor at every shot count, for the first `most_tasks` tasks."""
    first = jax.tree.map(lambda leaf: leaf[:most_tasks], trials)
    scores = np.stack(_oracle_scores(oracle, first, shots))
    rest = ((0, 0), (0, len(trials) - len(first)), (0, 0))
    error, log_likelihood = np.pad(scores, rest, constant_values=np.nan)
    counted = np.array(trials.counted)
    counted[len(first) :] = False
    return Outcome(error, log_likelihood, counted)


@eqx.filter_jit
def _oracle_scores(oracle: Oracle, trials: SupportQuerySplits, shots: tuple[int, ...]):
    position = jnp.arange(trials.support.x.shape[1])

    def of_task(trial: SupportQuerySplits):
        def after(k):
            prediction = oracle(trial.support.masked(position < k), trial.query.x)
            return score(prediction, trial.query)

        return jax.lax.map(after, jnp.array(shots))

    return jax.lax.map(of_task, trials, batch_size=_TASKS_AT_ONCE)
