"""The three diagnoses, from figures made for them."""

import math

import pytest

from yingshe.evaluation import Interval
from yingshe.evaluation.diagnostics import (
    diagnose_capacity,
    diagnose_optimizer,
    diagnose_task,
    last_quarter_fraction,
)


def sure(value: float) -> Interval:
    return Interval(value, 0.98 * value, 1.02 * value)


TASK = {
    "shots": 10,
    "gain": sure(0.9),
    "baseline_gain": 0.5,
    "oracle_gain": 0.92,
    "ratio_to_oracle": sure(1.2),
    "test_over_train": sure(1.05),
}
CONVERGED = tuple((float(step), 1 + 4 * math.exp(-step / 10)) for step in range(0, 101, 5))
EVEN = tuple((float(step), 5 - 0.001 * step) for step in range(0, 101, 5))
OPTIMIZER = {
    "losses": CONVERGED,
    "rates": {1e-3: 0.13, 3e-3: 0.10, 1e-2: 0.12},
    "optimizers": {"adam": 0.10, "momentum": 0.11},
    "best_rate": 3e-3,
    "seeds": (0.10, 0.102),
    "excess": 0.05,
}
CAPACITY = {
    "parameters": 1000,
    "larger": sure(1.0),
    "smaller": sure(1.3),
    "ratio_to_oracle": sure(1.1),
    "excess": 0.02,
    "test_over_train": None,
    "converged": True,
}


@pytest.mark.parametrize(
    ("changes", "verdict", "advice"),
    [
        ({}, "yes", "90%"),
        ({"gain": sure(0.01), "oracle_gain": 0.0, "baseline_gain": 0.0}, "no", "noise"),
        ({"gain": sure(0.01), "oracle_gain": None, "baseline_gain": -1.0}, "no", "task column"),
        ({"gain": sure(0.01)}, "yes, but it is not learned yet", "92%"),
        ({"test_over_train": sure(2.0)}, "on meta-train tasks only", "more meta-train tasks"),
        ({"test_over_train": Interval(2.0, 1.0, 4.0)}, "yes", "on new tasks"),
    ],
)
def test_well_posed(changes, verdict, advice):
    diagnosis = diagnose_task(**(TASK | changes))
    assert diagnosis.verdict == verdict
    assert advice in diagnosis.advice


@pytest.mark.parametrize(
    ("changes", "verdict", "advice"),
    [
        ({}, "yes", "converged"),
        ({"losses": EVEN}, "not yet", "25%"),
        ({"losses": tuple((s, 1.0) for s, _ in EVEN)}, "no", "did not fall"),
        ({"rates": {1e-3: 0.3, 3e-3: 0.1}}, "no", "larger ones"),
        ({"rates": {1e-2: 0.3, 3e-3: 0.1}}, "no", "smaller ones"),
        ({"rates": {1e-3: 0.102, 3e-3: 0.1}}, "yes", "converged"),
        ({"rates": {1e-3: 0.3, 3e-3: 0.1}, "excess": 1e-4}, "yes", "less than 1%"),
        ({"rates": {3e-3: 0.1, 1e-2: math.inf}}, "yes", "converged"),
        ({"seeds": (0.05, 0.15)}, "unsteady", "100%"),
    ],
)
def test_optimizer(changes, verdict, advice):
    diagnosis = diagnose_optimizer(**(OPTIMIZER | changes))
    assert diagnosis.verdict == verdict
    assert advice in diagnosis.advice


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "right"),
        ({"larger": None}, "too small"),
        ({"larger": None, "smaller": sure(1.0)}, "larger than necessary"),
        ({"test_over_train": sure(2.0)}, "too large"),
        ({"ratio_to_oracle": sure(3.0), "excess": 0.2}, "neither, another learner is needed"),
        (
            {"ratio_to_oracle": sure(3.0), "excess": 0.2, "larger": None, "smaller": None},
            "too small",
        ),
        ({"ratio_to_oracle": sure(3.0), "excess": 0.2, "converged": False}, "unknown"),
        ({"ratio_to_oracle": sure(3e6), "excess": 1e-5}, "right"),
        (
            {"ratio_to_oracle": None, "excess": None, "larger": None, "smaller": None},
            "unknown",
        ),
    ],
)
def test_capacity(changes, verdict):
    assert diagnose_capacity(**(CAPACITY | changes)).verdict == verdict


def test_fraction_of_the_last_quarter():
    assert last_quarter_fraction(EVEN) == pytest.approx(0.25)
    assert last_quarter_fraction(CONVERGED) == pytest.approx(math.exp(-7.5), rel=0.2)
    assert math.isnan(last_quarter_fraction(tuple((s, -v) for s, v in EVEN)))
