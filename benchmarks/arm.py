"""An arm with an unknown load: its inverse dynamics from a few moments, and control by them.

    python -m benchmarks.arm [--tasks 20]

Loads, motions and noise are drawn with seeds that training never saw.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

import yingshe as ys
from benchmarks.record import record
from yingshe.applications.robots.arm import Arm, ArmMapping, ArmTask, collect, control

SEED = 1_000_500
SHOTS = (0, 1, 2, 5, 10, 20, 50, 100)
QUERIES = 60
SECONDS = 5.0


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.arm")
    parser.add_argument("--tasks", type=int, default=20, help="arms to judge on")
    tasks = parser.parse_args().tasks
    began = time.time()
    arm, learner = Arm(), ys.load("arm")
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, dead in (("all joints", False), ("a dead joint", True)):
            path = Path(folder) / f"{dead}.parquet"
            logs = collect(arm, path, arms=2 * tasks, dead_joint=dead, seed=SEED)
            figures[name] = _dynamics(arm, learner, logs)
            print(name, figures[name]["torque over nominal"])
    figures["tracking"] = _tracking(arm, learner, tasks, change=False)
    figures["load changed"] = _tracking(arm, learner, tasks, change=True)
    record(
        "arm",
        figures,
        seed=SEED,
        seconds=time.time() - began,
        settings={"tasks": tasks, "shots": SHOTS, "queries": QUERIES, "seconds": SECONDS},
    )


def _dynamics(arm: Arm, learner: ys.learners.Learner, logs: pl.DataFrame) -> dict:
    """Errors after k moments of each arm, over those of the nominal model."""
    inverse, forward = [], []
    for frame in logs.partition_by("task", maintain_order=True):
        q, v, a, u = (
            frame.select([f"{c}{j + 1}" for j in range(arm.size)]).to_numpy().astype(float)
            for c in "qvau"
        )
        order = np.random.default_rng(SEED).permutation(len(q))
        support, query = order[: max(SHOTS)], order[max(SHOTS) :][:QUERIES]
        nominal = _rms(arm.nominal_torque(q[i], v[i], a[i]) - u[i] for i in query)
        mapping, ratios = ArmMapping(arm, learner), []
        for k in range(max(SHOTS) + 1):
            if k in SHOTS:
                error = _rms(mapping(q[i], v[i], a[i])[0] - u[i] for i in query)
                ratios.append(error / nominal)
            if k == 50:
                ours = _rms(mapping.acceleration(q[i], v[i], u[i]) - a[i] for i in query)
                blank = _rms(_nominal_acceleration(arm, q[i], v[i], u[i]) - a[i] for i in query)
                forward.append(ours / blank)
            if k < max(SHOTS):
                i = support[k]
                mapping = mapping.observe(q[i], v[i], a[i], u[i])
        inverse.append(ratios)
    table = np.array(inverse)
    return {
        "torque over nominal": {k: _interval(table[:, i]) for i, k in enumerate(SHOTS)},
        "acceleration over nominal, 50": _interval(np.array(forward)),
    }


def _tracking(arm: Arm, learner: ys.learners.Learner, tasks: int, *, change: bool) -> dict:
    """Every controller on the same arms and motions."""
    found: dict[str, dict[str, list[float]]] = {}
    for i in range(tasks):
        generator = np.random.default_rng((SEED, i))
        first, other = (ArmTask.draw(generator, arm.size) for _ in range(2))
        then = ArmTask(other.mass, other.centre, first.friction, first.strength)
        makers: dict[str, Callable[[], control.Controller]] = {
            "feedback": lambda: control.Feedback(arm),
            "nominal": lambda: control.Nominal(arm),
            "ridge": lambda: control.Ridge(arm),
            "slotine_li": lambda: control.SlotineLi(arm),
            "adapting": lambda: control.Adapting(ArmMapping(arm, learner)),
            "true": lambda first=first: control.TrueModel(arm, first),
        }
        for name, make in makers.items():
            one = control.track(
                arm, first, make(), seed=SEED + i, seconds=SECONDS, then=then if change else None
            )
            row = found.setdefault(name, {})
            steps = len(one.q)
            for label, value in (
                ("joint_mrad", 1e3 * one.joint_rmse),
                ("end_effector_mm", 1e3 * one.end_effector_rmse),
                ("after_1s_mrad", 1e3 * float(np.sqrt(np.mean(one.joint_error[500:] ** 2)))),
                ("step_us_p99", 1e6 * float(np.percentile(one.step_seconds, 99))),
            ):
                row.setdefault(label, []).append(value)
            if change:
                row.setdefault("recovery_s", []).append(one.recovery(steps // 2))
        print(i, {n: round(r["joint_mrad"][-1], 2) for n, r in found.items()}, flush=True)
    figures: dict = {
        name: {label: _interval(np.array(values)) for label, values in row.items()}
        for name, row in found.items()
    }
    for label in ("joint_mrad", "end_effector_mm", "after_1s_mrad"):
        ours = np.array(found["adapting"][label])
        for other in ("true", "nominal", "slotine_li"):
            figures[f"{label}: adapting over {other}"] = _ratio(ours, np.array(found[other][label]))
    return figures


def _nominal_acceleration(arm: Arm, q, v, u) -> np.ndarray:
    still = np.zeros(arm.size)
    empty = arm.nominal_torque(q, v, still)
    inertia = np.stack([arm.nominal_torque(q, v, e) - empty for e in np.eye(arm.size)], axis=1)
    return np.linalg.solve(inertia, u - empty)


def _rms(errors) -> float:
    return float(np.sqrt(np.mean(np.square(list(errors)))))


def _interval(values: np.ndarray) -> list[float]:
    """Mean over tasks and its 95 % bootstrap interval."""
    rows = np.random.default_rng(0).integers(0, len(values), (5000, len(values)))
    low, high = np.quantile(values[rows].mean(axis=1), (0.025, 0.975))
    return [float(values.mean()), float(low), float(high)]


def _ratio(ours: np.ndarray, other: np.ndarray) -> list[float]:
    """Of root mean squares over all tasks, with its interval."""
    rows = np.random.default_rng(0).integers(0, len(ours), (5000, len(ours)))
    ratios = np.sqrt((ours[rows] ** 2).mean(axis=1) / (other[rows] ** 2).mean(axis=1))
    low, high = np.quantile(ratios, (0.025, 0.975))
    return [float(np.sqrt((ours**2).mean() / (other**2).mean())), float(low), float(high)]


if __name__ == "__main__":
    main()
