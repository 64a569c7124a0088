"""Manipulation from a few demonstrations: the held-out classes of ML10 and ML45.

    python -m benchmarks.metaworld [--goals 10] [--suites ml10 ml45] [--rows adapting reading]

Demonstrations and goals are drawn with seeds that training never saw. All policies but the expert's
are pushed on where they come to rest, each alike. Rows that are not measured stay as recorded. What
was found is kept in runs/metaworld-benchmark, so that a benchmark that was stopped goes on.
"""

import argparse
import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import jax
import numpy as np

import yingshe as ys
from benchmarks.record import record, recorded
from yingshe.applications.robots.metaworld import (
    SUITES,
    Nudged,
    Policy,
    Practised,
    Worlds,
    demonstrate,
    expert,
)
from yingshe.applications.robots.metaworld.baselines import cloned, nearest_neighbours

SEED = 1_000_800
SEEDS = 5
SHOTS = (1, 3, 5, 10)
STEPS = 500  # after which Meta-World ends an episode
KEPT = Path("runs/metaworld-benchmark")
READERS = ("adapting", "reading", "nearest neighbours", "cloned")
ROWS = (*READERS, "pooled", "expert")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.metaworld")
    parser.add_argument("--goals", type=int, default=10, help="for each of the five seeds")
    parser.add_argument("--suites", nargs="+", default=["ml10", "ml45"])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--workers", type=int, default=2, help="processes side by side")
    options = parser.parse_args()
    began = time.time()
    jobs = [
        (row, suite, name, seed, options.goals)
        for suite in options.suites
        for name in SUITES[suite][1]
        for row in options.rows
        for seed in range(SEED, SEED + SEEDS)
    ]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        found = dict(zip(jobs, pool.map(_judge, *zip(*jobs, strict=True)), strict=True))
    figures = recorded("metaworld")
    for suite in options.suites:
        rates = {
            (row, name): np.array(
                [found[row, suite, name, seed, options.goals] for seed in range(SEED, SEED + SEEDS)]
            )
            for row in options.rows
            for name in SUITES[suite][1]
        }
        figures[suite] = _merged(figures.get(suite), _summary(rates, SUITES[suite][1]))
        for row in options.rows:
            print(suite, row, figures[suite]["mean"][row])
    record(
        "metaworld",
        figures,
        seed=[SEED + i for i in range(SEEDS)],
        seconds=time.time() - began,
        settings={"goals a class": SEEDS * options.goals, "shots": SHOTS, "steps": STEPS},
    )


def _judge(row: str, suite: str, name: str, seed: int, goals: int) -> list[float] | float:
    """The share of a class's goals that is reached, after each number of shots or without any."""
    kept = KEPT / f"{row}-{suite}-{name}-{seed}-{goals}.json".replace(" ", "-")
    if not kept.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        rates = _measure(row, suite, name, seed, goals)
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(rates))
        part.replace(kept)
        print(row, suite, name, seed, rates, flush=True)
    return json.loads(kept.read_text())


def _measure(row: str, suite: str, name: str, seed: int, goals: int) -> list[float] | float:
    worlds = Worlds(name, goals=goals, seed=seed)

    def reached(act: Callable) -> float:
        return float(worlds.run(act, steps=STEPS).mean())

    if row == "expert":
        return reached(expert(name))
    if row == "pooled":
        return reached(Nudged(Policy(ys.load(f"metaworld-{suite}-pooled"))))
    learner = ys.load(f"metaworld-{suite}")
    read: Callable = {
        "adapting": lambda some: Practised(learner, some, key=jax.random.key(seed)).begin(),
        "reading": lambda some: Nudged(Policy(learner).read(some)),
        "nearest neighbours": lambda some: Nudged(nearest_neighbours(some)),
        "cloned": lambda some: Nudged(cloned(some)),
    }[row]
    shown = demonstrate(name, max(SHOTS), seed=seed + 50)
    return [reached(read(shown[:k])) for k in SHOTS]


def _summary(rates: dict[tuple[str, str], np.ndarray], classes: tuple[str, ...]) -> dict:
    """Success of each class, and the mean over classes with its 95 % interval.

    `rates` are (seeds,) or (seeds, shots): an interval is over seeds, each with demonstrations and
    goals anew.
    """
    rows = {row: None for row, _ in rates}
    return {
        "classes": {name: {row: _by_shots(rates[row, name]) for row in rows} for name in classes},
        "mean": {
            row: _by_shots(np.mean([rates[row, name] for name in classes], axis=0)) for row in rows
        },
    }


def _merged(before: dict | None, new: dict) -> dict:
    """The rows that were measured, in the place of those recorded before."""
    if before is None:
        return new
    return {
        "classes": {
            name: before["classes"].get(name, {}) | row for name, row in new["classes"].items()
        },
        "mean": before["mean"] | new["mean"],
    }


def _by_shots(rates: np.ndarray) -> dict[int, list[float]] | list[float]:
    """Of rates (seeds, shots) for each number of shots, of rates (seeds,) one interval."""
    if rates.ndim == 1:
        return _interval(rates)
    return {k: _interval(rates[:, i]) for i, k in enumerate(SHOTS)}


def _interval(rates: np.ndarray) -> list[float]:
    """Mean over seeds and its 95 % interval by Student's t."""
    mean, error = rates.mean(), rates.std(ddof=1) / np.sqrt(len(rates))
    wide = 2.776 * error  # four degrees of freedom
    return [float(mean), float(max(mean - wide, 0)), float(min(mean + wide, 1))]


if __name__ == "__main__":
    main()
