"""A learner on tasks it never saw, beside what it has to beat and the best that is possible."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation import baselines as simple
from yingshe.evaluation._scores import Outcome, score_baseline, score_learner, score_oracle
from yingshe.evaluation._splits import numpy_rng, sample_tasks, split_support_query
from yingshe.evaluation.bootstrap import Resamples
from yingshe.evaluation.shot_curve import Row, ShotCurve
from yingshe.learners import Learner, StandardizedLearner
from yingshe.tasks import Family
from yingshe.tasks.gp_prior import GPPrior
from yingshe.tasks.task_set import TaskSet

_POOL_TASKS, _POOL_PAIRS = 500, 50  # what the pooled model is fitted to: more hardly changes it
_QUADRATURES = 100


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
    """Error and log-likelihood of a learner that has read k pairs of a task, for all k in `shots`.

    Each task's query pairs are the same for every k and every method, and no method reads them. Of
    a recorded task too short for the largest k, the pairs beyond the largest k it has room for are
    the query; it is left out where k pairs and one more are not to be had.

    Beside the learner stand "pooled" (no adaptation: one model of the pooled pairs of other tasks),
    models fitted to each task's support alone ("mean", "ridge", "knn", "gp"; for classes
    "majority", "logistic", "knn"), and "oracle" where the family knows the Bayes-optimal predictor.

    ```python
    curve = ys.evaluate(learner, ys.tasks.Linear(), key=jax.random.key(0))
    print(curve)
    curve.at("RLS", 5).error  # Interval(value=0.0163, low=0.0159, high=0.0168)
    curve.plot("linear.png")
    ```

    Args:
        learner: the one to judge, or several by name, all on the same tasks.
        family: meta-test tasks. Of a task set every task is judged once.
        shots: any numbers, beyond those trained with too.
        key: draws the tasks, the pairs and the bootstrap.
        tasks: how many tasks to draw.
        queries: pairs of each task to judge on.
        baselines: which of the simple models to fit; True for all, False for none.
        meta_train: tasks for the pooled model; default: other tasks drawn from `family`. For a task
            set there is no such default, and without it no pooled model.
        oracle_tasks: on how many of the tasks the oracle is computed. Default: all where it is a
            closed form, 100 where it is a quadrature (tens of milliseconds a task and shot count).

    Raises:
        UserError: learner and family differ in their dimensions, a baseline is not known, or no
            task has pairs enough.

    """
    learners = dict(learner) if isinstance(learner, Mapping) else {_name(learner): learner}
    judged = judge(
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
    return shot_curve(judged, family, tuple(learners))


class TaskScores(NamedTuple):
    """What was measured, task by task, and the resamples to draw intervals from."""

    shots: tuple[int, ...]
    outcomes: dict[str, Outcome]  # learners, then baselines, then the oracle
    resamples: Resamples
    classes: bool


def judge(
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
    """The measurements of `evaluate`, by task."""
    shots = _checked_shots(shots)
    for one in learners.values():
        _check_fits(one, family)
    classes = next(iter(learners.values())).likelihood == "categorical"
    wanted = _wanted(
        baselines, classes, has_pool=meta_train is not None or not isinstance(family, TaskSet)
    )
    draw_key, pool_key, bootstrap_key = jax.random.split(key, 3)
    n = max(shots) + queries
    # Other tasks are drawn in the same call: sampling takes longer to compile than to run.
    extra = _POOL_TASKS if "pooled" in wanted and meta_train is None else 0
    drawn = sample_tasks(family, tasks + extra, n, key=draw_key)
    trials = split_support_query(jax.tree.map(lambda leaf: leaf[:tasks], drawn), shots, queries)
    outcomes = {name: score_learner(one, trials, shots) for name, one in learners.items()}
    for name in wanted:
        if name == "pooled":
            pool = jax.tree.map(lambda leaf: leaf[tasks:], drawn)
            if meta_train is not None:
                pool = sample_tasks(meta_train, _POOL_TASKS, max(n, _POOL_PAIRS), key=pool_key)
            fit = simple.pooled_classifier if classes else simple.pooled_regressor
            outcomes[name] = score_baseline(fit(pool), trials, shots, least=0)
        else:
            predict = (simple.CLASSIFICATION if classes else simple.REGRESSION)[name]
            most = simple.SLOW.get(name)
            outcomes[name] = score_baseline(predict, trials, shots, least=1, most_tasks=most)
    if family.oracle is not None and oracle_tasks != 0:
        if oracle_tasks is None and not isinstance(family, GPPrior):
            oracle_tasks = _QUADRATURES
        outcomes["oracle"] = score_oracle(family.oracle, trials, shots, most_tasks=oracle_tasks)
    resamples = Resamples(len(trials), numpy_rng(bootstrap_key))
    return TaskScores(shots, outcomes, resamples, classes)


def shot_curve(judged: TaskScores, family: Family, learners: tuple[str, ...]) -> ShotCurve:
    """Means over tasks, with intervals."""
    return ShotCurve(
        type(family).__name__,
        "error rate" if judged.classes else "squared error",
        learners,
        rows(judged.outcomes, judged.shots, judged.resamples),
    )


def rows(
    outcomes: Mapping[str, Outcome], shots: tuple[int, ...], resamples: Resamples
) -> tuple[Row, ...]:
    """Means over tasks, with intervals, of every method at every shot count."""
    oracle = outcomes.get("oracle")
    found = []
    for name, outcome in outcomes.items():
        for i, k in enumerate(shots):
            counted = outcome.counted[:, i]
            if not counted.any():
                continue
            error, log_likelihood = outcome.error[:, i], outcome.log_likelihood[:, i]
            probabilistic = not np.isnan(log_likelihood[counted]).all()
            times, below = None, None
            if oracle is not None:
                both = counted & oracle.counted[:, i]
                times = resamples.ratio(error, oracle.error[:, i], both)
                if probabilistic:
                    gap = oracle.log_likelihood[:, i] - log_likelihood
                    below = resamples.mean(gap, both)
            found.append(
                Row(
                    name,
                    k,
                    int(counted.sum()),
                    resamples.mean(error, counted),
                    resamples.mean(log_likelihood, counted) if probabilistic else None,
                    times,
                    below,
                )
            )
    return tuple(found)


def _wanted(baselines: bool | tuple[str, ...], classes: bool, *, has_pool: bool) -> tuple[str, ...]:
    known = ("pooled", *(simple.CLASSIFICATION if classes else simple.REGRESSION))
    if isinstance(baselines, bool):
        return known[0 if has_pool else 1 :] if baselines else ()
    for name in baselines:
        if name not in known:
            raise UserError(f"There is no baseline '{name}'." + did_you_mean(name, known))
    if "pooled" in baselines and not has_pool:
        raise UserError(
            "The pooled model is fitted to other tasks than those it is judged on; give them as "
            "meta_train."
        )
    return tuple(name for name in known if name in baselines)


def _checked_shots(shots: tuple[int, ...]) -> tuple[int, ...]:
    if not shots or min(shots) < 0:
        raise UserError(f"shots are {tuple(shots)}; give one or more numbers, each 0 or more.")
    return tuple(sorted(set(shots)))


def _check_fits(learner: Learner, family: Family) -> None:
    if (learner.x_dim, learner.y_dim) != (family.x_dim, family.y_dim):
        raise UserError(
            f"The learner maps {learner.x_dim} inputs to {learner.y_dim} outputs, the tasks "
            f"{family.x_dim} to {family.y_dim}; evaluate it on tasks of its own kind."
        )


def _name(learner: Learner) -> str:
    inner = learner.inner if isinstance(learner, StandardizedLearner) else learner
    return type(inner).__name__


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
        errors: Method name -> error (or any other metric) of every task at every shot count, NaN
            where a method has none. All methods were scored on the same tasks in the same order.
        shots: The shot counts, ascending.
        family: Title of the curve.
        metric: Name of the metric, such as "word error rate".
        learners: The methods that are learned; the others are baselines.
        seed: Seed of the bootstrap.
        log_likelihoods: The same of log-likelihoods in nats, for the methods that have them.

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
        scores[name] = Outcome(np.where(valid, error, 0.0), nats, valid)
    resamples = Resamples(tasks, np.random.default_rng(seed))
    return ShotCurve(family, metric, learners, rows(scores, shots, resamples))
