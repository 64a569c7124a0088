"""From the measurements of a comparison to the figures that its three answers rest on."""

import math
from dataclasses import replace

import numpy as np

from yingshe.evaluation.advice import (
    STILL_FALLING,
    Answer,
    Optimisation,
    Posedness,
    Size,
    is_optimiser_good,
    is_size_right,
    is_well_posed,
    share_of_last_quarter,
)
from yingshe.evaluation.baselines import CLASSIFICATION, REGRESSION
from yingshe.evaluation.bootstrap import Interval
from yingshe.evaluation.candidates import Candidate, by_learning_rate
from yingshe.evaluation.comparison import Entry
from yingshe.evaluation.evaluate import TaskScores


def answers(
    candidates: tuple[Candidate, ...], entries: tuple[Entry, ...], best: Entry, judged: TaskScores
) -> tuple[Answer, Answer, Answer]:
    """The three answers about the best candidate, beside the others."""
    return (
        is_well_posed(_posedness(best, judged)),
        is_optimiser_good(_optimisation(candidates, entries, best, judged)),
        is_size_right(_size(candidates, entries, best, judged)),
    )


def _posedness(best: Entry, judged: TaskScores) -> Posedness:
    last = len(judged.shots) - 1
    ratio = _ratio(judged, best.name, best.name, last, 0)
    simple = {**REGRESSION, **CLASSIFICATION}
    start = "pooled" if "pooled" in judged.outcomes else best.name
    simple_gains = [
        1 - _ratio(judged, name, start, last, 0).value for name in judged.outcomes if name in simple
    ]
    oracle = "oracle" in judged.outcomes
    return Posedness(
        shots=judged.shots[last],
        gain=Interval(1 - ratio.value, 1 - ratio.high, 1 - ratio.low),
        simple_gain=max(simple_gains, default=None),
        oracle_gain=1 - _ratio(judged, "oracle", "oracle", last, 0).value if oracle else None,
        ratio_to_oracle=_ratio(judged, best.name, "oracle", last, last) if oracle else None,
        test_over_train=best.test_over_train,
    )


def _optimisation(
    candidates: tuple[Candidate, ...], entries: tuple[Entry, ...], best: Entry, judged: TaskScores
) -> Optimisation:
    chosen = next(c for c in candidates if c.name == best.name)
    rates, optimizers = {}, {}
    for candidate, entry in zip(candidates, entries, strict=True):
        if (entry.learner, entry.options) != (best.learner, best.options):
            continue
        error = math.inf if entry.error is None else entry.error.value
        known = optimizers.get(entry.optimizer, math.inf)
        optimizers[entry.optimizer] = min(error, known)
        rate = entry.learning_rate
        if replace(candidate.config, learning_rate=chosen.config.learning_rate) == chosen.config:
            rates[rate] = min(error, rates.get(rate, math.inf))
    return Optimisation(
        losses=by_learning_rate(best.losses, chosen.config),
        rates=rates,
        optimizers=optimizers,
        best_rate=best.learning_rate,
        seeds=best.errors_by_seed,
        excess=_excess(best, judged),
    )


def _size(
    candidates: tuple[Candidate, ...], entries: tuple[Entry, ...], best: Entry, judged: TaskScores
) -> Size:
    config = {c.name: c.config for c in candidates}
    alike = [e for e in entries if e.learner == best.learner and e.error is not None]
    # Variants of width may have been trained with another rate than the best: compare them there.
    twins = [e for e in alike if e.options == best.options]
    kin = {twin.name: [e for e in alike if config[e.name] == config[twin.name]] for twin in twins}
    twin = max(twins, key=lambda e: (len(kin[e.name]), e.name == best.name))
    larger = [e for e in kin[twin.name] if e.parameters > best.parameters]
    smaller = [e for e in kin[twin.name] if e.parameters < best.parameters]
    last = len(judged.shots) - 1

    def relative(variant: Entry) -> Interval:
        return _ratio(judged, variant.name, twin.name, last, last)

    oracle = "oracle" in judged.outcomes
    return Size(
        parameters=best.parameters,
        larger=relative(min(larger, key=lambda e: e.parameters)) if larger else None,
        smaller=relative(max(smaller, key=lambda e: e.parameters)) if smaller else None,
        ratio_to_oracle=_ratio(judged, best.name, "oracle", last, last) if oracle else None,
        excess=_excess(best, judged),
        test_over_train=best.test_over_train,
        settled=share_of_last_quarter(by_learning_rate(best.losses, config[best.name]))
        <= STILL_FALLING,
    )


def _excess(best: Entry, judged: TaskScores) -> float | None:
    if "oracle" not in judged.outcomes:
        return None
    last = len(judged.shots) - 1
    reached, limit = (_ratio(judged, m, best.name, last, 0).value for m in (best.name, "oracle"))
    return reached - limit


def _ratio(judged: TaskScores, top: str, bottom: str, top_at: int, bottom_at: int) -> Interval:
    """Error of one method at one shot count over that of another, on the tasks that both count."""
    one, other = judged.outcomes[top], judged.outcomes[bottom]
    counted = np.asarray(one.counted[:, top_at] & other.counted[:, bottom_at])
    return judged.resamples.ratio(one.error[:, top_at], other.error[:, bottom_at], counted)
