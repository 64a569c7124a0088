"""Comparison of learners, optimizers, learning rates and widths on one family."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from yingshe.errors import UserError
from yingshe.evaluation._scores import Scores
from yingshe.evaluation.bootstrap import Interval, ratio_of_means
from yingshe.evaluation.candidates import (
    Candidate,
    CandidateResult,
    TrainedCandidate,
    check_budgets,
    count_parameters,
    train_candidate,
)
from yingshe.evaluation.comparison import Comparison
from yingshe.evaluation.diagnostics import diagnose
from yingshe.evaluation.evaluate import TaskScores, evaluate_tasks, make_shot_curve
from yingshe.learners import hyperparameters
from yingshe.learners._unwrap import unwrap
from yingshe.tasks import Family, TaskSet


def compare(
    candidates: Sequence[Candidate],
    family: Family,
    shots: tuple[int, ...] = (0, 1, 2, 5, 10),
    *,
    key: PRNGKeyArray,
    meta_test: Family | None = None,
    seeds: int = 2,
    tasks: int = 500,
    queries: int = 20,
    baselines: bool | tuple[str, ...] = ("pooled", "mean", "ridge", "knn"),
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Comparison:
    """Train every candidate on an equal budget, and diagnose the task and the best learner.

    Three questions are answered: is the task well posed, is the optimizer good enough, is the model
    too small or too large? The evidence comes from the candidates; pass variants of one
    (`default_variants` makes them) for all three. The best candidate has the smallest error at
    max(shots).

    ```python
    config = ys.TrainConfig(steps=1000)
    base = Candidate("RLS", ys.learners.RLS(1, 1, key=key), config)
    print(ys.compare(default_variants(base, key=key), ys.tasks.Sinusoid(), key=key))
    ```

    Args:
        candidates: Learners before training, each with its config; parameters are drawn anew for
            each seed. Their steps, tasks and pairs must be equal.
        family: Distribution of the meta-train tasks.
        shots: Shot counts as for `evaluate`; candidates are ranked by the error at the largest.
        key: PRNG key of everything that is drawn. All candidates get the same tasks.
        meta_test: Distribution of the meta-test tasks; by default other tasks drawn from `family`.
            It is required for recorded tasks.
        seeds: Number of times that each candidate is trained.
        tasks: Number of tasks to evaluate on.
        queries: Number of query pairs of each task.
        baselines: Baselines as for `evaluate`.
        on_progress: Callback with (candidate's name, seed, steps taken), called at intervals.

    Returns:
        Results of the candidates and three diagnoses.

    Raises:
        UserError: Budgets differ, names repeat, recorded tasks come without `meta_test`, or every
            candidate diverged.
    """
    candidates = tuple(candidates)
    check_budgets(candidates)
    shots = tuple(sorted({0, *shots}))
    if meta_test is None and isinstance(family, TaskSet):
        raise UserError(
            "Recorded tasks are compared on held-out tasks: split the set, and pass one part as "
            "meta_test."
        )
    held_out = family if meta_test is None else meta_test
    run_key, test_key, train_key = jax.random.split(key, 3)
    runs: dict[str, list[TrainedCandidate]] = {}
    for candidate in candidates:
        for seed in range(seeds):
            # The key depends on the seed alone: all candidates get the same tasks.
            seed_key = jax.random.fold_in(run_key, seed)
            callback = None if on_progress is None else partial(on_progress, candidate.name, seed)
            runs.setdefault(candidate.name, []).append(
                train_candidate(candidate, family, held_out, key=seed_key, on_progress=callback)
            )
    learners = {
        _seed_name(name, seed): run.learner
        for name, trained in runs.items()
        if all(run.learner for run in trained)
        for seed, run in enumerate(trained)
        if run.learner is not None
    }
    if not learners:
        raise UserError("Every candidate diverged; try smaller learning rates.")
    score = partial(evaluate_tasks, learners, shots=shots, tasks=tasks, queries=queries)
    pool = None if meta_test is None else family
    test_scores = score(held_out, key=test_key, baselines=baselines, meta_train=pool)
    train_scores = None
    if meta_test is not None:
        train_scores = score(family, key=train_key, baselines=False, oracle_tasks=0)
    return _make_comparison(candidates, runs, held_out, test_scores, train_scores)


def _make_comparison(
    candidates: tuple[Candidate, ...],
    runs: dict[str, list[TrainedCandidate]],
    held_out: Family,
    test_scores: TaskScores,
    train_scores: TaskScores | None,
) -> Comparison:
    averaged = _average_over_seeds(test_scores, runs)
    on_train = None if train_scores is None else _average_over_seeds(train_scores, runs)
    results = tuple(
        _make_result(c, runs[c.name], test_scores, averaged, on_train) for c in candidates
    )
    best = min(results, key=_sort_key)
    config = candidates[0].config
    trained = tuple(result.name for result in results if result.error is not None)
    return Comparison(
        steps=config.steps,
        tasks_per_step=config.tasks_per_step,
        examples_per_task=config.examples_per_task,
        best=best.name,
        results=results,
        curve=make_shot_curve(averaged, held_out, trained),
        diagnoses=diagnose(candidates, results, best, averaged),
    )


def _make_result(
    candidate: Candidate,
    runs: list[TrainedCandidate],
    by_seed: TaskScores,
    test_scores: TaskScores,
    train_scores: TaskScores | None,
) -> CandidateResult:
    learner, config = unwrap(candidate.learner), candidate.config
    error, test_over_train, errors = None, None, ()
    if candidate.name in test_scores.scores:
        error = _last_error(test_scores, candidate.name)
        names = [_seed_name(candidate.name, seed) for seed in range(len(runs))]
        errors = tuple(_last_error(by_seed, name).value for name in names)
        if train_scores is not None:
            test_over_train = ratio_of_means(error, _last_error(train_scores, candidate.name))
    return CandidateResult(
        name=candidate.name,
        learner=type(learner).__name__,
        options=hyperparameters(learner),
        optimizer=config.optimizer,
        learning_rate=config.learning_rate,
        parameters=count_parameters(learner),
        seconds=float(np.mean([run.seconds for run in runs])),
        losses=runs[0].losses,
        error=error,
        errors_by_seed=errors,
        test_over_train=test_over_train,
    )


def _sort_key(result: CandidateResult) -> float:
    if result.error is None or math.isnan(result.error.value):
        return math.inf
    return result.error.value


def _last_error(task_scores: TaskScores, name: str) -> Interval:
    """Return the mean error at the largest shot count."""
    scores = task_scores.scores[name]
    return task_scores.resamples.mean(scores.error[:, -1], scores.valid[:, -1])


def _average_over_seeds(
    task_scores: TaskScores, runs: dict[str, list[TrainedCandidate]]
) -> TaskScores:
    """Average every candidate's scores over its seeds for each task."""
    averages = {}
    seed_names = {name: [_seed_name(name, i) for i in range(len(runs[name]))] for name in runs}
    for name, seeds in seed_names.items():
        if seeds[0] in task_scores.scores:
            scores = [task_scores.scores[seed] for seed in seeds]
            error, log_likelihood = (np.mean([s[i] for s in scores], axis=0) for i in range(2))
            averages[name] = Scores(error, log_likelihood, scores[0].valid)
    singles = {seed for seeds in seed_names.values() for seed in seeds}
    averages |= {name: s for name, s in task_scores.scores.items() if name not in singles}
    return task_scores._replace(scores=averages)


def _seed_name(name: str, seed: int) -> str:
    return f"{name} #{seed}"
