"""Evaluation of learners on held-out tasks, compared with baselines and the oracle."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation import baselines as baseline_models
from yingshe.evaluation._scores import Scores, score_baseline, score_learner, score_oracle
from yingshe.evaluation._splits import numpy_rng, sample_tasks, split_support_query
from yingshe.evaluation.bootstrap import Resamples
from yingshe.evaluation.shot_curve import Row, ShotCurve
from yingshe.learners import Learner
from yingshe.learners._unwrap import unwrap
from yingshe.tasks import Family
from yingshe.tasks.gp_prior import GPPrior
from yingshe.tasks.task_set import TaskSet

_POOL_TASKS, _POOL_PAIRS = 500, 50  # the pooled model is fitted to these: more hardly changes it
_MAX_QUADRATURE_TASKS = 100


def evaluate(
    learner: Learner | Mapping[str, Learner],
    family: Family,
    shots: tuple[int, ...] = (0, 1, 2, 5, 10),
    *,
    key: PRNGKeyArray,
    tasks: int = 1000,
    queries: int = 20,
    baselines: bool | tuple[str, ...] = True,
    meta_train: Family | None = None,
    oracle_tasks: int | None = None,
) -> ShotCurve:
    """Compute error and log-likelihood of a learner by number of shots.

    Each task's query pairs are the same for every shot count and every method, and no method
    observes them. A recorded task too short for the largest k has a smaller support, and the pairs
    after it are the query. At k shots, tasks with fewer than k + 1 pairs are left out.

    The other methods are "pooled" (no adaptation: one model of the pooled pairs of other tasks),
    models fitted to each task's support alone ("mean", "ridge", "knn", "gp"; for classes
    "majority", "logistic", "knn"), and "oracle" where the family has a Bayes-optimal predictor.

    ```python
    curve = ys.evaluate(learner, ys.tasks.Linear(), key=jax.random.key(0))
    print(curve)
    curve.at("RLS", 5).error  # Interval(value=0.0163, low=0.0159, high=0.0168)
    curve.plot("linear.png")
    ```

    Args:
        learner: Learner to evaluate, or several by name, all on the same tasks.
        family: Distribution of the meta-test tasks. Of a task set every task is evaluated once.
        shots: Shot counts; they may go beyond those of training.
        key: PRNG key of the tasks, the pairs and the bootstrap.
        tasks: Number of tasks to draw.
        queries: Number of query pairs of each task.
        baselines: Names of the baselines to fit; True for all, False for none.
        meta_train: Distribution of the tasks that the pooled model is fitted to; by default other
            tasks drawn from `family`. For a task set there is no default, and without this argument
            no pooled model.
        oracle_tasks: Number of tasks on which the oracle is computed. Default: all where it is a
            closed form, 100 where it is a quadrature (tens of milliseconds per task and shots).

    Returns:
        Scores of every method at every shot count, with 95 % intervals.

    Raises:
        UserError: Learner and family have different dimensions, a baseline is unknown, or no task
            has enough pairs.
    """
    learners = dict(learner) if isinstance(learner, Mapping) else {_get_name(learner): learner}
    scores = evaluate_tasks(
        learners,
        family,
        shots,
        key=key,
        tasks=tasks,
        queries=queries,
        baselines=baselines,
        meta_train=meta_train,
        oracle_tasks=oracle_tasks,
    )
    return make_shot_curve(scores, family, tuple(learners))


class TaskScores(NamedTuple):
    """Scores of every method, task by task, and the bootstrap resamples for their intervals."""

    shots: tuple[int, ...]
    """Shot counts, ascending."""
    scores: dict[str, Scores]
    """Method -> scores: learners, then baselines, then the oracle."""
    resamples: Resamples
    """Bootstrap resamples of the tasks."""
    classes: bool
    """True where the outputs are classes."""


def evaluate_tasks(
    learners: Mapping[str, Learner],
    family: Family,
    shots: tuple[int, ...],
    *,
    key: PRNGKeyArray,
    tasks: int,
    queries: int,
    baselines: bool | tuple[str, ...],
    meta_train: Family | None = None,
    oracle_tasks: int | None = None,
) -> TaskScores:
    """Compute the scores of `evaluate` task by task.

    Args:
        learners: Learners by name.
        family: As for `evaluate`.
        shots: As for `evaluate`.
        key: As for `evaluate`.
        tasks: As for `evaluate`.
        queries: As for `evaluate`.
        baselines: As for `evaluate`.
        meta_train: As for `evaluate`.
        oracle_tasks: As for `evaluate`.

    Returns:
        Scores of every task.

    Raises:
        UserError: As for `evaluate`.
    """
    shots = _check_shots(shots)
    for learner in learners.values():
        _check_dims(learner, family)
    classes = next(iter(learners.values())).likelihood == "categorical"
    selected = _select_baselines(
        baselines, classes, has_pool=meta_train is not None or not isinstance(family, TaskSet)
    )
    draw_key, pool_key, bootstrap_key = jax.random.split(key, 3)
    n = max(shots) + queries
    # Other tasks are drawn in the same call: sampling takes longer to compile than to run.
    extra = _POOL_TASKS if "pooled" in selected and meta_train is None else 0
    drawn = sample_tasks(family, tasks + extra, n, key=draw_key)
    splits = split_support_query(jax.tree.map(lambda leaf: leaf[:tasks], drawn), shots, queries)
    scores = {name: score_learner(learner, splits, shots) for name, learner in learners.items()}
    for name in selected:
        if name == "pooled":
            pool = jax.tree.map(lambda leaf: leaf[tasks:], drawn)
            if meta_train is not None:
                pool = sample_tasks(meta_train, _POOL_TASKS, max(n, _POOL_PAIRS), key=pool_key)
            fit = baseline_models.pooled_classifier if classes else baseline_models.pooled_regressor
            scores[name] = score_baseline(fit(pool), splits, shots, min_shots=0)
        else:
            predict = _get_baselines(classes)[name]
            limit = baseline_models.MAX_TASKS.get(name)
            scores[name] = score_baseline(predict, splits, shots, min_shots=1, max_tasks=limit)
    if family.oracle is not None and oracle_tasks != 0:
        if oracle_tasks is None and not isinstance(family, GPPrior):
            oracle_tasks = _MAX_QUADRATURE_TASKS
        scores["oracle"] = score_oracle(family.oracle, splits, shots, max_tasks=oracle_tasks)
    resamples = Resamples(len(splits), numpy_rng(bootstrap_key))
    return TaskScores(shots, scores, resamples, classes)


def make_shot_curve(
    task_scores: TaskScores, family: Family, learners: tuple[str, ...]
) -> ShotCurve:
    """Average scores over tasks.

    Args:
        task_scores: Scores of every task.
        family: Task family; its class gives the title.
        learners: Methods that are learned.

    Returns:
        Means with 95 % intervals.
    """
    return ShotCurve(
        type(family).__name__,
        "error rate" if task_scores.classes else "squared error",
        learners,
        _make_rows(task_scores.scores, task_scores.shots, task_scores.resamples),
    )


def curve_from_scores(
    errors: Mapping[str, Float[np.ndarray, "tasks shots"]],
    shots: tuple[int, ...],
    *,
    family: str,
    metric: str,
    learners: tuple[str, ...],
    seed: int,
    log_likelihoods: Mapping[str, Float[np.ndarray, "tasks shots"]] | None = None,
) -> ShotCurve:
    """Build a shot curve with bootstrap intervals from scores that were computed elsewhere.

    Args:
        errors: Method -> error (or any other metric) of every task at every shot count, NaN where a
            method has none. All methods have the same tasks in the same order.
        shots: Shot counts, ascending.
        family: Title of the curve.
        metric: Name of the metric, such as "word error rate".
        learners: Methods that are learned; the others are baselines.
        seed: Seed of the bootstrap.
        log_likelihoods: Log-likelihoods in nats in the same form, for the methods that have them.

    Returns:
        The curve; a method named "oracle" also gives ratios to it.

    Raises:
        UserError: The shapes do not fit together.
    """
    log_likelihoods = log_likelihoods or {}
    tasks = len(next(iter(errors.values())))
    scores = {}
    for name, error in errors.items():
        error = np.asarray(error, float)
        if error.shape != (tasks, len(shots)):
            raise UserError(
                f"The scores of '{name}' have shape {error.shape}; they must be "
                f"({tasks}, {len(shots)}): one row a task, one column a shot count."
            )
        nats = np.asarray(log_likelihoods.get(name, np.full_like(error, np.nan)), float)
        valid = ~np.isnan(error)
        scores[name] = Scores(np.where(valid, error, 0.0), nats, valid)
    resamples = Resamples(tasks, np.random.default_rng(seed))
    return ShotCurve(family, metric, learners, _make_rows(scores, shots, resamples))


def _make_rows(
    scores: Mapping[str, Scores], shots: tuple[int, ...], resamples: Resamples
) -> tuple[Row, ...]:
    oracle = scores.get("oracle")
    rows = []
    for name, method in scores.items():
        for i, k in enumerate(shots):
            valid = method.valid[:, i]
            if not valid.any():
                continue
            error, log_likelihood = method.error[:, i], method.log_likelihood[:, i]
            probabilistic = not np.isnan(log_likelihood[valid]).all()
            ratio, gap = None, None
            if oracle is not None:
                both = valid & oracle.valid[:, i]
                ratio = resamples.ratio(error, oracle.error[:, i], both)
                if probabilistic:
                    gap = resamples.mean(oracle.log_likelihood[:, i] - log_likelihood, both)
            mean = resamples.mean(log_likelihood, valid) if probabilistic else None
            rows.append(
                Row(name, k, int(valid.sum()), resamples.mean(error, valid), mean, ratio, gap)
            )
    return tuple(rows)


def _get_baselines(classes: bool) -> dict[str, baseline_models.Predict]:
    return baseline_models.CLASSIFICATION if classes else baseline_models.REGRESSION


def _select_baselines(
    baselines: bool | tuple[str, ...], classes: bool, *, has_pool: bool
) -> tuple[str, ...]:
    names = ("pooled", *_get_baselines(classes))
    if isinstance(baselines, bool):
        return names[0 if has_pool else 1 :] if baselines else ()
    for name in baselines:
        if name not in names:
            raise UserError(f"There is no baseline '{name}'." + did_you_mean(name, names))
    if "pooled" in baselines and not has_pool:
        raise UserError(
            "The pooled model needs tasks other than those it is evaluated on; pass them as "
            "meta_train."
        )
    return tuple(name for name in names if name in baselines)


def _check_shots(shots: tuple[int, ...]) -> tuple[int, ...]:
    if not shots or min(shots) < 0:
        raise UserError(f"shots must be one or more numbers of 0 or more, got {tuple(shots)}.")
    return tuple(sorted(set(shots)))


def _check_dims(learner: Learner, family: Family) -> None:
    if (learner.x_dim, learner.y_dim) != (family.x_dim, family.y_dim):
        raise UserError(
            f"The learner maps {learner.x_dim} inputs to {learner.y_dim} outputs, the tasks "
            f"{family.x_dim} to {family.y_dim}; evaluate it on tasks with the same dimensions."
        )


def _get_name(learner: Learner) -> str:
    return type(unwrap(learner)).__name__
