"""Three questions about a family and a learner, answered from figures, with advice."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from yingshe.evaluation.bootstrap import Interval

LEAST_GAIN = 0.05
"""Share of the error at 0 shots. A task whose pairs remove less is hardly worth adapting to."""

FAR = 1.25
"""Ratio of errors. A quarter more error is what one would notice; less is within what luck of
seed, schedule and tasks makes."""

LEAST_EXCESS = 0.01
"""Share of the error at 0 shots. Closer to the limit than that, a ratio to it says nothing: the
limit of a noise-free family is zero."""

SAME = 0.05
"""Relative difference of errors below which two candidates count as equal: about the spread over
seeds of a learner that is trained well."""

STILL_FALLING = 0.05
"""Share of the loss's fall that the last quarter of a run brings, counted in learning rate. A loss
that falls evenly brings 25 % there, whatever the schedule; one that has settled, little."""

UNSTEADY = 0.3
"""Spread of the error over seeds, relative to its mean, above which one run says little."""


Unit = Literal["share", "times", "parameters"]


@dataclass(frozen=True)
class Finding:
    """A figure behind an answer."""

    name: str
    value: float | Interval
    unit: Unit


@dataclass(frozen=True)
class Answer:
    """A question, its answer, the figures behind it, and what to do."""

    question: str
    verdict: str
    advice: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Posedness:
    """What tells whether pairs of a task say anything about its others."""

    shots: int
    """The largest shot count, k."""
    gain: Interval
    """1 - error at k / error at 0 shots, of the best candidate."""
    simple_gain: float | None
    """1 - error of the best simple model at k / error without adaptation."""
    oracle_gain: float | None
    """1 - error of the oracle at k / its error at 0 shots."""
    ratio_to_oracle: Interval | None
    """Error at k, of the best candidate, divided by the oracle's."""
    test_over_train: Interval | None
    """Error at k on meta-test tasks divided by that on meta-train tasks."""


def is_well_posed(posed: Posedness) -> Answer:
    """Gain from 0 to k shots, gap to the oracle, gap between meta-train and meta-test tasks."""
    findings = _known(
        (f"gain from 0 to {posed.shots} shots", posed.gain, "share"),
        ("gain of the best simple model", posed.simple_gain, "share"),
        ("gain of the oracle", posed.oracle_gain, "share"),
        ("error over the oracle's", posed.ratio_to_oracle, "times"),
        ("error on meta-test over meta-train tasks", posed.test_over_train, "times"),
    )
    others = [g for g in (posed.simple_gain, posed.oracle_gain) if g is not None]
    learns = _low(posed.gain) >= LEAST_GAIN
    if posed.oracle_gain is not None and posed.oracle_gain < LEAST_GAIN:
        verdict, advice = (
            "no",
            "Even the Bayes-optimal predictor learns next to nothing from the pairs: y is mostly "
            "noise, or all tasks are alike. One pooled model does as well as adaptation.",
        )
    elif not learns and max(others, default=0.0) < LEAST_GAIN:
        verdict, advice = (
            "no",
            "Neither the learner nor any simple model gains from reading pairs. Check that the "
            "task column really separates the mappings and that the inputs explain y; else give "
            "more shots.",
        )
    elif not learns:
        verdict, advice = (
            "yes, but it is not learned yet",
            f"Others gain {max(others):.0%} from the same pairs, the learner does not: see the "
            "next two questions.",
        )
    elif posed.test_over_train is not None and _low(posed.test_over_train) > FAR:
        verdict, advice = (
            "on meta-train tasks only",
            f"Unseen tasks have {posed.test_over_train.value:.2g} times the error of those trained "
            "on: collect more meta-train tasks, or use a smaller learner or early stopping.",
        )
    else:
        verdict, advice = (
            "yes",
            f"{posed.shots} pairs remove {posed.gain.value:.0%} of the error, on tasks never seen.",
        )
    return Answer("Is the task well posed?", verdict, advice, findings)


@dataclass(frozen=True)
class Optimisation:
    """What tells whether training got out of a learner what is in it."""

    losses: tuple[tuple[float, float], ...]
    """(sum of the learning rates so far, loss on held-out tasks) of the best candidate, from before
    the first step on."""
    rates: dict[float, float]
    """Learning rate -> error at k, of the candidates like the best in all else; the best's too."""
    optimizers: dict[str, float]
    """Optimiser -> smallest error at k, of candidates with the best's learner."""
    best_rate: float
    seeds: tuple[float, ...]
    """Error at k of the best candidate, one for each seed."""
    excess: float | None
    """Error at k less the oracle's, as a share of the error at 0 shots."""


def is_optimiser_good(run: Optimisation) -> Answer:
    """Is the loss still falling; do rates and optimizers matter; do seeds agree."""
    falling = share_of_last_quarter(run.losses)
    seeds = np.array(run.seeds)
    spread = float(np.ptp(seeds) / seeds.mean()) if len(seeds) > 1 else None
    others = [error for rate, error in run.rates.items() if rate != run.best_rate]
    margin = min(others) / run.rates[run.best_rate] if others else 1.0
    matters = math.isfinite(margin) and margin - 1 > max(SAME, spread or 0.0)
    findings = _known(
        ("the last quarter's part in the loss's fall", falling, "share"),
        ("worst over best error, learning rates", _spread(run.rates), "times"),
        ("worst over best error, optimizers", _spread(run.optimizers), "times"),
        ("spread of the error over seeds", spread, "share"),
    )
    if not math.isfinite(falling):
        verdict, advice = (
            "no",
            f"The loss did not fall at all. Try a learning rate ten times smaller than "
            f"{run.best_rate:g}, then ten times larger.",
        )
    elif run.excess is not None and run.excess < LEAST_EXCESS:
        verdict, advice = (
            "yes",
            f"The error is within {LEAST_EXCESS:.0%} of the limit, counted in that at 0 shots.",
        )
    elif matters and run.best_rate in (min(run.rates), max(run.rates)):
        end, way = (
            ("largest", "larger") if run.best_rate == max(run.rates) else ("smallest", "smaller")
        )
        verdict, advice = (
            "no",
            f"The {end} learning rate tried, {run.best_rate:g}, is the best, and any other has at "
            f"least {margin:.3g} times its error: try {way} ones.",
        )
    elif falling > STILL_FALLING:
        verdict, advice = (
            "not yet",
            "The loss has not settled: the last quarter of the run, counted in learning rate, "
            f"still brought {falling:.0%} of its fall. Train longer, or with a larger learning "
            "rate.",
        )
    elif spread is not None and spread > UNSTEADY:
        verdict, advice = (
            "unsteady",
            f"Seeds differ by {spread:.0%}: use more tasks a step or a smaller learning rate, and "
            "keep the best of several seeds by validation.",
        )
    else:
        verdict, advice = ("yes", "The loss has settled; keep the optimizer as it is.")
    return Answer("Is the optimizer good enough?", verdict, advice, findings)


def share_of_last_quarter(losses: tuple[tuple[float, float], ...]) -> float:
    """How much of the loss's whole fall its last quarter brought; NaN where it did not fall.

    `losses` are (progress, loss), with progress in steps or in learning rate, from 0 on.
    """
    progress, values = np.array(losses, float).T
    fall = values[0] - values[-1]
    if not fall > 1e-6 * abs(values[0]):
        return math.nan
    return float((np.interp(0.75 * progress[-1], progress, values) - values[-1]) / fall)


@dataclass(frozen=True)
class Size:
    """What tells whether a learner is too small or too large."""

    parameters: int
    """Of the best candidate."""
    larger: Interval | None
    """Error at k of the next larger variant, divided by the best candidate's."""
    smaller: Interval | None
    """Error at k of the next smaller variant, divided by the best candidate's."""
    ratio_to_oracle: Interval | None
    excess: float | None
    """Error at k less the oracle's, as a share of the error at 0 shots."""
    test_over_train: Interval | None
    settled: bool
    """Whether the optimizer is done: otherwise a gap to the oracle says nothing of size."""


def is_size_right(size: Size) -> Answer:
    """Wider and narrower variants, the gap to the oracle, the gap to meta-train tasks."""
    findings = _known(
        ("its parameters", float(size.parameters), "parameters"),
        ("error of the next larger variant over its own", size.larger, "times"),
        ("error of the next smaller variant over its own", size.smaller, "times"),
        ("error over the oracle's", size.ratio_to_oracle, "times"),
        ("error on meta-test over meta-train tasks", size.test_over_train, "times"),
    )
    far = (
        size.ratio_to_oracle is not None
        and _low(size.ratio_to_oracle) > FAR
        and (size.excess or 0.0) > LEAST_EXCESS
    )
    overfits = size.test_over_train is not None and _low(size.test_over_train) > FAR
    if overfits:
        verdict, advice = (
            "too large",
            "It does worse on unseen tasks than on those trained on: halve its width, or collect "
            "more meta-train tasks.",
        )
    elif size.larger is None and size.smaller is not None and _low(size.smaller) > 1 + SAME:
        verdict, advice = (
            "too small",
            "The largest variant is still the best by more than 5 %: double it again.",
        )
    elif far and not size.settled:
        verdict, advice = (
            "not to be told",
            "It is far from the limit, but the optimizer is not done: settle that first.",
        )
    elif far and size.larger is not None:
        verdict, advice = (
            "of the wrong kind",
            "A larger one is no better, and yet the limit is far: try another learner.",
        )
    elif far:
        verdict, advice = (
            "too small",
            "Training has settled far from the limit: double its width or try another learner; "
            "after a short run, more steps first.",
        )
    elif size.smaller is not None and _high(size.smaller) < 1 + SAME:
        verdict, advice = ("larger than it need be", "Half of it does as well, and runs faster.")
    elif size.larger is not None or size.smaller is not None:
        verdict, advice = ("right", "Neither a larger nor a smaller one would do better.")
    elif size.ratio_to_oracle is not None:
        verdict, advice = ("right", "It is close to the limit; a smaller one may be, too.")
    else:
        verdict, advice = (
            "not to be told",
            "There is neither an oracle nor a variant of another width to compare with.",
        )
    return Answer("Is the model too small or too large?", verdict, advice, findings)


def _known(*findings: tuple[str, float | Interval | None, Unit]) -> tuple[Finding, ...]:
    return tuple(Finding(name, value, unit) for name, value, unit in findings if value is not None)


def _spread(errors: dict) -> float | None:
    return max(errors.values()) / min(errors.values()) if len(errors) > 1 else None


def _low(interval: Interval) -> float:
    """Lower end; the value itself where there is no interval."""
    return interval.value if math.isnan(interval.low) else interval.low


def _high(interval: Interval) -> float:
    return interval.value if math.isnan(interval.high) else interval.high
