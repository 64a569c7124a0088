"""Diagnosis of a task, an optimizer and a model's capacity from the results of a comparison."""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from yingshe.evaluation.baselines import CLASSIFICATION, REGRESSION
from yingshe.evaluation.bootstrap import Interval
from yingshe.evaluation.candidates import Candidate, CandidateResult, losses_vs_cumulative_lr
from yingshe.evaluation.evaluate import TaskScores

MIN_GAIN = 0.05
"""Smallest useful gain, as a fraction of the error at 0 shots."""

NOTABLE_RATIO = 1.25
"""Smallest ratio of errors that matters; seeds, schedules and tasks explain smaller ones."""

MIN_EXCESS = 0.01
"""Largest excess over the oracle's error that counts as optimal, as a fraction of the error at 0
shots. The oracle's error can be zero, and a ratio to it is then meaningless."""

TOLERANCE = 0.05
"""Relative difference of errors below which two candidates count as equal: about the spread over
seeds of a learner that is trained well."""

STILL_FALLING = 0.05
"""Largest decrease of a converged loss in the last quarter of a run, as a fraction of its whole
decrease. Quarters are counted in learning rate: a loss that falls evenly has 25 % in each."""

UNSTEADY = 0.3
"""Spread of the error over seeds, relative to its mean, above which one run is not reliable."""

Unit = Literal["fraction", "ratio", "parameters"]
Losses = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Evidence:
    """Figure that a diagnosis rests on."""

    name: str
    """Description of the figure."""
    value: float | Interval
    """Value, with an interval where there is one."""
    unit: Unit
    """Unit of the value."""


@dataclass(frozen=True)
class Diagnosis:
    """Question about a comparison with its verdict, the evidence for it, and advice."""

    question: str
    """Question to the user, such as "Is the task well posed?"."""
    verdict: str
    """Verdict in a few words."""
    advice: str
    """Recommended next step, with the reason."""
    evidence: tuple[Evidence, ...]
    """Figures that the verdict rests on."""


def diagnose(
    candidates: tuple[Candidate, ...],
    results: tuple[CandidateResult, ...],
    best: CandidateResult,
    scores: TaskScores,
) -> tuple[Diagnosis, Diagnosis, Diagnosis]:
    """Diagnose the best candidate of a comparison: its task, its optimizer and its capacity.

    Args:
        candidates: Candidates that were trained.
        results: Results, in the same order.
        best: Result of the best candidate.
        scores: Scores of all methods, task by task, averaged over seeds.

    Returns:
        The three diagnoses.
    """
    last = len(scores.shots) - 1
    oracle = "oracle" in scores.scores
    config = {candidate.name: candidate.config for candidate in candidates}
    losses = losses_vs_cumulative_lr(best.losses, config[best.name])
    gain = _ratio(scores, best.name, best.name, last, 0)
    oracle_ratio = _ratio(scores, "oracle", "oracle", last, 0).value if oracle else None
    ratio_to_oracle = _ratio(scores, best.name, "oracle", last, last) if oracle else None
    # Excess error, as a fraction of the error at 0 shots.
    excess = gain.value - _ratio(scores, "oracle", best.name, last, 0).value if oracle else None
    start = "pooled" if "pooled" in scores.scores else best.name
    baseline_gains = [
        1 - _ratio(scores, name, start, last, 0).value
        for name in scores.scores
        if name in {**REGRESSION, **CLASSIFICATION}
    ]
    return (
        diagnose_task(
            shots=scores.shots[last],
            gain=Interval(1 - gain.value, 1 - gain.high, 1 - gain.low),
            baseline_gain=max(baseline_gains, default=None),
            oracle_gain=None if oracle_ratio is None else 1 - oracle_ratio,
            ratio_to_oracle=ratio_to_oracle,
            test_over_train=best.test_over_train,
        ),
        diagnose_optimizer(
            losses=losses,
            best_rate=best.learning_rate,
            seeds=best.errors_by_seed,
            excess=excess,
            **_errors_by_optimizer(candidates, results, best),
        ),
        diagnose_capacity(
            parameters=best.parameters,
            ratio_to_oracle=ratio_to_oracle,
            excess=excess,
            test_over_train=best.test_over_train,
            converged=last_quarter_fraction(losses) <= STILL_FALLING,
            **_errors_by_width(config, results, best, scores),
        ),
    )


def diagnose_task(
    *,
    shots: int,
    gain: Interval,
    baseline_gain: float | None,
    oracle_gain: float | None,
    ratio_to_oracle: Interval | None,
    test_over_train: Interval | None,
) -> Diagnosis:
    """Diagnose whether pairs of a task are informative about its other pairs.

    Args:
        shots: Largest shot count k.
        gain: 1 - error at k / error at 0 shots, of the best candidate.
        baseline_gain: 1 - error of the best baseline at k / error without adaptation.
        oracle_gain: 1 - error of the oracle at k / its error at 0 shots.
        ratio_to_oracle: Error at k of the best candidate divided by the oracle's.
        test_over_train: Error at k on meta-test tasks divided by that on meta-train tasks.

    Returns:
        The diagnosis.
    """
    reference = max((g for g in (baseline_gain, oracle_gain) if g is not None), default=0.0)
    learns = _low(gain) >= MIN_GAIN
    if oracle_gain is not None and oracle_gain < MIN_GAIN:
        verdict, advice = (
            "no",
            "Even the Bayes-optimal predictor learns almost nothing from the pairs: y is mostly "
            "noise, or all tasks are the same. One pooled model does as well as adaptation.",
        )
    elif not learns and reference < MIN_GAIN:
        verdict, advice = (
            "no",
            "Neither the learner nor any baseline gains from the pairs. Check that the task column "
            "really separates the mappings and that the inputs explain y; otherwise use more "
            "shots.",
        )
    elif not learns:
        verdict, advice = (
            "yes, but it is not learned yet",
            f"Other methods gain {reference:.0%} from the same pairs, the learner does not: see "
            "the next two questions.",
        )
    elif test_over_train is not None and _low(test_over_train) > NOTABLE_RATIO:
        verdict, advice = (
            "on meta-train tasks only",
            f"New tasks have {test_over_train.value:.2g} times the error of those of training: "
            "collect more meta-train tasks, or use a smaller learner or early stopping.",
        )
    else:
        verdict, advice = (
            "yes",
            f"{shots} pairs remove {gain.value:.0%} of the error on new tasks.",
        )
    evidence = _present(
        (f"gain from 0 to {shots} shots", gain, "fraction"),
        ("gain of the best baseline", baseline_gain, "fraction"),
        ("gain of the oracle", oracle_gain, "fraction"),
        ("error / error of the oracle", ratio_to_oracle, "ratio"),
        ("error on meta-test tasks / on meta-train tasks", test_over_train, "ratio"),
    )
    return Diagnosis("Is the task well posed?", verdict, advice, evidence)


def diagnose_optimizer(
    *,
    losses: Losses,
    rates: dict[float, float],
    optimizers: dict[str, float],
    best_rate: float,
    seeds: tuple[float, ...],
    excess: float | None,
) -> Diagnosis:
    """Diagnose whether training has converged, and whether another optimizer would do better.

    Args:
        losses: (sum of the learning rates so far, loss on held-out tasks) of the best candidate,
            from before the first step on.
        rates: Learning rate -> error at k, of the candidates that differ in nothing else.
        optimizers: Optimizer -> smallest error at k, of candidates with the best one's learner.
        best_rate: Learning rate of the best candidate.
        seeds: Error at k of the best candidate for each seed.
        excess: Error at k minus the oracle's, as a fraction of the error at 0 shots.

    Returns:
        The diagnosis.
    """
    falling = last_quarter_fraction(losses)
    errors = np.array(seeds)
    spread = float(np.ptp(errors) / errors.mean()) if len(errors) > 1 else None
    others = [error for rate, error in rates.items() if rate != best_rate]
    margin = min(others) / rates[best_rate] if others else 1.0
    matters = math.isfinite(margin) and margin - 1 > max(TOLERANCE, spread or 0.0)
    if not math.isfinite(falling):
        verdict, advice = (
            "no",
            f"The loss did not fall at all. Try a learning rate ten times smaller than "
            f"{best_rate:g}, then ten times larger.",
        )
    elif excess is not None and excess < MIN_EXCESS:
        verdict, advice = (
            "yes",
            f"The error exceeds the oracle's by less than {MIN_EXCESS:.0%} of that at 0 shots.",
        )
    elif matters and best_rate in (min(rates), max(rates)):
        largest = best_rate == max(rates)
        end, direction = ("largest", "larger") if largest else ("smallest", "smaller")
        verdict, advice = (
            "no",
            f"The {end} learning rate tried, {best_rate:g}, is the best, and any other has at "
            f"least {margin:.3g} times its error: try {direction} ones.",
        )
    elif falling > STILL_FALLING:
        verdict, advice = (
            "not yet",
            "The loss has not converged: the last quarter of the run, counted in learning rate, "
            f"still brought {falling:.0%} of its decrease. Train longer, or with a larger learning "
            "rate.",
        )
    elif spread is not None and spread > UNSTEADY:
        verdict, advice = (
            "unsteady",
            f"Seeds differ by {spread:.0%}: use more tasks per step or a smaller learning rate, "
            "and select the best of several seeds by validation.",
        )
    else:
        verdict, advice = ("yes", "The loss has converged; keep the optimizer as it is.")
    evidence = _present(
        ("last quarter's fraction of the loss's decrease", falling, "fraction"),
        ("worst / best error, learning rates", _worst_over_best(rates), "ratio"),
        ("worst / best error, optimizers", _worst_over_best(optimizers), "ratio"),
        ("spread of the error over seeds", spread, "fraction"),
    )
    return Diagnosis("Is the optimizer good enough?", verdict, advice, evidence)


def diagnose_capacity(
    *,
    parameters: int,
    larger: Interval | None,
    smaller: Interval | None,
    ratio_to_oracle: Interval | None,
    excess: float | None,
    test_over_train: Interval | None,
    converged: bool,
) -> Diagnosis:
    """Diagnose whether a learner has too little or too much capacity.

    Args:
        parameters: Number of parameters of the best candidate.
        larger: Error at k of the next larger variant, divided by the best candidate's.
        smaller: Error at k of the next smaller variant, divided by the best candidate's.
        ratio_to_oracle: Error at k of the best candidate divided by the oracle's.
        excess: Error at k minus the oracle's, as a fraction of the error at 0 shots.
        test_over_train: Error at k on meta-test tasks divided by that on meta-train tasks.
        converged: True if training has converged; a gap to the oracle is otherwise inconclusive.

    Returns:
        The diagnosis.
    """
    far = (
        ratio_to_oracle is not None
        and _low(ratio_to_oracle) > NOTABLE_RATIO
        and (excess or 0.0) > MIN_EXCESS
    )
    if test_over_train is not None and _low(test_over_train) > NOTABLE_RATIO:
        verdict, advice = (
            "too large",
            "The error is larger on new tasks than on those of training: halve the width, or "
            "collect more meta-train tasks.",
        )
    elif larger is None and smaller is not None and _low(smaller) > 1 + TOLERANCE:
        verdict, advice = (
            "too small",
            "The largest variant is still the best by more than 5 %: double it again.",
        )
    elif far and not converged:
        verdict, advice = (
            "unknown",
            "The error is far above the oracle's, but training has not converged: train longer "
            "first.",
        )
    elif far and larger is not None:
        verdict, advice = (
            "neither, another learner is needed",
            "A larger variant is no better, and the error is far above the oracle's: try another "
            "learner.",
        )
    elif far:
        verdict, advice = (
            "too small",
            "Training has converged far above the oracle's error: double the width or try another "
            "learner; after a short run, more steps first.",
        )
    elif smaller is not None and _high(smaller) < 1 + TOLERANCE:
        verdict, advice = (
            "larger than necessary",
            "A variant of half the width does as well and runs faster.",
        )
    elif larger is not None or smaller is not None:
        verdict, advice = ("right", "Neither a larger nor a smaller variant does better.")
    elif ratio_to_oracle is not None:
        verdict, advice = (
            "right",
            "The error is close to the oracle's; a smaller variant may suffice.",
        )
    else:
        verdict, advice = (
            "unknown",
            "There is neither an oracle nor a variant of another width to compare with.",
        )
    evidence = _present(
        ("its parameters", float(parameters), "parameters"),
        ("error of the next larger variant / its own", larger, "ratio"),
        ("error of the next smaller variant / its own", smaller, "ratio"),
        ("error / error of the oracle", ratio_to_oracle, "ratio"),
        ("error on meta-test tasks / on meta-train tasks", test_over_train, "ratio"),
    )
    return Diagnosis("Is the model too small or too large?", verdict, advice, evidence)


def last_quarter_fraction(losses: Losses) -> float:
    """Compute the fraction of the loss's whole decrease that its last quarter brought.

    Args:
        losses: (progress, loss), with progress in steps or in learning rate, from 0 on.

    Returns:
        The fraction; NaN where the loss did not fall.
    """
    progress, values = np.array(losses, float).T
    decrease = values[0] - values[-1]
    if not decrease > 1e-6 * abs(values[0]):
        return math.nan
    return float((np.interp(0.75 * progress[-1], progress, values) - values[-1]) / decrease)


def _errors_by_optimizer(
    candidates: tuple[Candidate, ...], results: tuple[CandidateResult, ...], best: CandidateResult
) -> dict[str, dict]:
    """Return the smallest errors by learning rate and by optimizer, of the best one's learner."""
    best_config = next(c.config for c in candidates if c.name == best.name)
    rates, optimizers = {}, {}
    for candidate, result in zip(candidates, results, strict=True):
        if (result.learner, result.options) != (best.learner, best.options):
            continue
        error = math.inf if result.error is None else result.error.value
        name, rate = result.optimizer, result.learning_rate
        optimizers[name] = min(error, optimizers.get(name, math.inf))
        if replace(candidate.config, learning_rate=best.learning_rate) == best_config:
            rates[rate] = min(error, rates.get(rate, math.inf))
    return {"rates": rates, "optimizers": optimizers}


def _errors_by_width(
    config: dict[str, Any],
    results: tuple[CandidateResult, ...],
    best: CandidateResult,
    scores: TaskScores,
) -> dict[str, Interval | None]:
    """Return the relative errors of the next larger and the next smaller variant."""
    # Width variants may have another training config than the best candidate, so they are compared
    # with the candidate of the best one's width that has most of them.
    trained = [r for r in results if r.learner == best.learner and r.error is not None]
    same_width = [r for r in trained if r.options == best.options]
    variants = {
        r.name: [v for v in trained if config[v.name] == config[r.name]] for r in same_width
    }
    base = max(same_width, key=lambda r: (len(variants[r.name]), r.name == best.name))
    larger = [v for v in variants[base.name] if v.parameters > best.parameters]
    smaller = [v for v in variants[base.name] if v.parameters < best.parameters]
    last = len(scores.shots) - 1

    def relative(variant: CandidateResult | None) -> Interval | None:
        return variant and _ratio(scores, variant.name, base.name, last, last)

    return {
        "larger": relative(min(larger, key=lambda v: v.parameters, default=None)),
        "smaller": relative(max(smaller, key=lambda v: v.parameters, default=None)),
    }


def _ratio(scores: TaskScores, top: str, bottom: str, top_at: int, bottom_at: int) -> Interval:
    """Return the error of one method over that of another, on the tasks that are valid for both."""
    numerator, denominator = scores.scores[top], scores.scores[bottom]
    valid = np.asarray(numerator.valid[:, top_at] & denominator.valid[:, bottom_at])
    return scores.resamples.ratio(
        numerator.error[:, top_at], denominator.error[:, bottom_at], valid
    )


def _present(*figures: tuple[str, float | Interval | None, Unit]) -> tuple[Evidence, ...]:
    return tuple(Evidence(name, value, unit) for name, value, unit in figures if value is not None)


def _worst_over_best(errors: dict) -> float | None:
    return max(errors.values()) / min(errors.values()) if len(errors) > 1 else None


def _low(interval: Interval) -> float:
    """Return the lower end; the value itself where there is no interval."""
    return interval.value if math.isnan(interval.low) else interval.low


def _high(interval: Interval) -> float:
    return interval.value if math.isnan(interval.high) else interval.high
