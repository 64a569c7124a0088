"""Manipulation from a few demonstrations: the held-out classes of ML10 and ML45.

    python -m benchmarks.metaworld [--goals 10] [--suites ml10 ml45]

Demonstrations and goals are drawn with seeds that training never saw. All policies but the expert's
are pushed on where they come to rest, each alike.
"""

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

import yingshe as ys
from benchmarks.record import record
from yingshe.applications.robots.metaworld import (
    SUITES,
    Nudged,
    Policy,
    Worlds,
    demonstrate,
    expert,
)
from yingshe.applications.robots.metaworld.baselines import cloned, nearest_neighbours

SEED = 1_000_800
SEEDS = 5
SHOTS = (1, 3, 5, 10)
STEPS = 500  # after which Meta-World ends an episode
READERS = ("adapting", "nearest neighbours", "cloned")
FIXED = ("pooled", "expert")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.metaworld")
    parser.add_argument("--goals", type=int, default=10, help="for each of the five seeds")
    parser.add_argument("--suites", nargs="+", default=["ml10", "ml45"])
    options = parser.parse_args()
    began = time.time()
    jobs = [(suite, name, options.goals) for suite in options.suites for name in SUITES[suite][1]]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = dict(zip(jobs, pool.map(_judge, *zip(*jobs, strict=True)), strict=True))
    figures = {}
    for suite in options.suites:
        classes = {name: found[suite, name, options.goals] for name in SUITES[suite][1]}
        figures[suite] = _summary(classes)
        for row in (*READERS, *FIXED):
            print(suite, row, figures[suite]["mean"][row])
    record(
        "metaworld",
        figures,
        seed=[SEED + i for i in range(SEEDS)],
        seconds=time.time() - began,
        settings={"goals a class": SEEDS * options.goals, "shots": SHOTS, "steps": STEPS},
    )


def _judge(suite: str, name: str, goals: int) -> dict[str, np.ndarray]:
    """Who reaches which goals of a class: (seeds, shots, goals), or (seeds, goals)."""
    learner, pooled = (
        Policy(ys.load(f"metaworld-{suite}")),
        Policy(ys.load(f"metaworld-{suite}-pooled")),
    )
    readers: dict[str, Callable] = {
        "adapting": learner.read,
        "nearest neighbours": nearest_neighbours,
        "cloned": cloned,
    }
    found: dict[str, list] = {row: [] for row in (*READERS, *FIXED)}
    for seed in range(SEED, SEED + SEEDS):
        worlds = Worlds(name, goals=goals, seed=seed)
        shown = demonstrate(name, max(SHOTS), seed=seed + 50)
        for row, read in readers.items():
            found[row].append([worlds.run(Nudged(read(shown[:k])), steps=STEPS) for k in SHOTS])
        found["pooled"].append(worlds.run(Nudged(pooled), steps=STEPS))
        found["expert"].append(worlds.run(expert(name), steps=STEPS))
    print(name, {row: np.mean(found[row], axis=(0, -1)).round(2) for row in found}, flush=True)
    return {row: np.array(values) for row, values in found.items()}


def _summary(classes: dict[str, dict[str, np.ndarray]]) -> dict:
    """Success of each class, and the mean over classes with its 95 % interval."""
    rows: dict = {"classes": {}, "mean": {}}
    for name, found in classes.items():
        rows["classes"][name] = {row: _by_shots(found[row].mean(axis=-1)) for row in found}
    for row in (*READERS, *FIXED):
        # (classes, seeds, …): an interval over seeds, each with demonstrations and goals anew
        rates = np.stack([found[row].mean(axis=-1) for found in classes.values()])
        rows["mean"][row] = _by_shots(rates.mean(axis=0))
    return rows


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
