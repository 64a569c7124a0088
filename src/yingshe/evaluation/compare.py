"""Several learners, optimizers, learning rates and widths on one family, with equal budgets."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from yingshe.errors import UserError
from yingshe.evaluation._scores import Outcome
from yingshe.evaluation.bootstrap import Interval, ratio_of_means
from yingshe.evaluation.candidates import (
    Candidate,
    Run,
    check_budgets,
    inner,
    parameter_count,
    run,
)
from yingshe.evaluation.comparison import Comparison, Entry
from yingshe.evaluation.evaluate import TaskScores, judge, shot_curve
from yingshe.evaluation.findings import answers
from yingshe.learners import hyperparameters
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
    """Train every candidate on equal budgets, and answer three questions about task and learner.

    Is the task well posed? Is the optimizer good enough? Is the model too small or too large? What
    the answers rest on comes from the candidates: give variants of one (`default_variants` makes them) for
    all three. The best candidate is the one with the smallest error after max(shots) pairs.

    ```python
    config = ys.TrainConfig(steps=1000)
    first = Candidate("RLS", ys.learners.RLS(1, 1, key=key), config)
    print(ys.compare(default_variants(first, key=key), ys.tasks.Sinusoid(), key=key))
    ```

    Args:
        candidates: learners before training, each with its config; parameters are drawn anew for
            each seed. Their steps, tasks and pairs must be the same.
        family: meta-train tasks.
        shots: as for `evaluate`; the largest is what candidates are ranked by.
        key: seed of all that is drawn. Candidates see the same tasks.
        meta_test: meta-test tasks; default: other tasks drawn from `family`. Of recorded tasks it
            must be given.
        seeds: how often each candidate is trained.
        tasks: tasks to judge on.
        queries: pairs of each task to judge on.
        baselines: as for `evaluate`.
        on_progress: told (candidate's name, seed, steps taken) now and then.

    Raises:
        UserError: budgets differ, names are not unique, recorded tasks come without `meta_test`, or
            every candidate diverged.

    """
    candidates = tuple(candidates)
    check_budgets(candidates)
    shots = tuple(sorted({0, *shots}))
    if meta_test is None and isinstance(family, TaskSet):
        raise UserError(
            "Recorded tasks are compared on tasks held out whole: split the set, and give one part "
            "as meta_test."
        )
    held_out = family if meta_test is None else meta_test
    run_key, test_key, train_key = jax.random.split(key, 3)
    runs: dict[str, list[Run]] = {}
    for candidate in candidates:
        for seed in range(seeds):
            # The key depends on the seed alone: all candidates see the same tasks.
            seed_key = jax.random.fold_in(run_key, seed)
            told = None if on_progress is None else partial(on_progress, candidate.name, seed)
            one = run(candidate, family, held_out, key=seed_key, on_progress=told)
            runs.setdefault(candidate.name, []).append(one)
    learned = {name: of for name, of in runs.items() if all(one.learner for one in of)}
    if not learned:
        raise UserError("Every candidate diverged; try smaller learning rates.")
    learners = {
        _seed_name(name, i): one.learner
        for name, of in learned.items()
        for i, one in enumerate(of)
        if one.learner is not None
    }
    judge_on = partial(judge, learners, shots=shots, tasks=tasks, queries=queries)
    tested = judge_on(
        held_out,
        key=test_key,
        baselines=baselines,
        meta_train=None if meta_test is None else family,
    )
    trained = None
    if meta_test is not None:
        trained = judge_on(family, key=train_key, baselines=False, oracle_tasks=0)
    return _comparison(candidates, runs, held_out, tested, trained)


def _comparison(
    candidates: tuple[Candidate, ...],
    runs: dict[str, list[Run]],
    held_out: Family,
    tested: TaskScores,
    trained: TaskScores | None,
) -> Comparison:
    averaged = _mean_over_seeds(tested, runs)
    seen = None if trained is None else _mean_over_seeds(trained, runs)
    entries = tuple(_entry(c, runs[c.name], tested, averaged, seen) for c in candidates)
    names = tuple(e.name for e in entries if e.error is not None)
    best = min(entries, key=_rank)
    config = candidates[0].config
    return Comparison(
        steps=config.steps,
        tasks=config.tasks_per_step,
        pairs=config.examples_per_task,
        best=best.name,
        entries=entries,
        curve=shot_curve(averaged, held_out, names),
        answers=answers(candidates, entries, best, averaged),
    )


def _entry(
    candidate: Candidate,
    runs: list[Run],
    by_seed: TaskScores,
    tested: TaskScores,
    trained: TaskScores | None,
) -> Entry:
    learner, config = inner(candidate.learner), candidate.config
    error, over_train, errors = None, None, ()
    if candidate.name in tested.outcomes:
        error = _last_error(tested, candidate.name)
        names = [_seed_name(candidate.name, seed) for seed in range(len(runs))]
        errors = tuple(_last_error(by_seed, name).value for name in names)
        if trained is not None:
            over_train = ratio_of_means(error, _last_error(trained, candidate.name))
    return Entry(
        name=candidate.name,
        learner=type(learner).__name__,
        options=hyperparameters(learner),
        optimizer=config.optimizer,
        learning_rate=config.learning_rate,
        parameters=parameter_count(learner),
        seconds=float(np.mean([one.seconds for one in runs])),
        losses=runs[0].losses,
        error=error,
        errors_by_seed=errors,
        test_over_train=over_train,
    )


def _rank(entry: Entry) -> float:
    if entry.error is None or math.isnan(entry.error.value):
        return math.inf
    return entry.error.value


def _last_error(judged: TaskScores, name: str) -> Interval:
    """Mean error at the largest shot count."""
    outcome = judged.outcomes[name]
    return judged.resamples.mean(outcome.error[:, -1], outcome.counted[:, -1])


def _mean_over_seeds(judged: TaskScores, runs: dict[str, list[Run]]) -> TaskScores:
    """Every candidate's outcomes, averaged over its seeds for each task."""
    outcomes = {}
    for name, of_name in runs.items():
        seeds = [_seed_name(name, seed) for seed in range(len(of_name))]
        if seeds[0] in judged.outcomes:
            measured = [judged.outcomes[seed] for seed in seeds]
            error, log_likelihood = (
                np.mean([outcome[i] for outcome in measured], axis=0) for i in range(2)
            )
            outcomes[name] = Outcome(error, log_likelihood, measured[0].counted)
    singles = {_seed_name(name, i) for name, of in runs.items() for i in range(len(of))}
    outcomes |= {name: o for name, o in judged.outcomes.items() if name not in singles}
    return judged._replace(outcomes=outcomes)


def _seed_name(name: str, seed: int) -> str:
    return f"{name} #{seed}"
