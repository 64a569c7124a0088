"""Walkers struck by damage they never trained on, in mid-walk: planning through what has adapted.

    python -m benchmarks.walker [--seeds 5] [--walkers half-cheetah ant] [--controllers ...]

Walks are drawn with seeds that training never saw. Each walk is kept in runs/walks, so that a
benchmark that was stopped goes on, and several processes share the work, by --walkers, --damages
or --controllers; the last to end records all. Delete that folder to judge new learners.
"""

import argparse
import json
import time

import numpy as np

import yingshe as ys
from benchmarks.record import record
from benchmarks.shipping import RUNS
from yingshe.applications.robots.locomotion import Planner, Walker, make_walker
from yingshe.applications.robots.locomotion.control import line_up
from yingshe.applications.robots.locomotion.episode import walk
from yingshe.serialization import write_atomically

SEED = 1_000_700
STEPS, STRIKE = 160, 60
WALKERS = ("half-cheetah", "ant")
CONTROLLERS = ("non-adapting", "adapting", "told", "undamaged", "ridge", "true simulator")
WALKS = RUNS / "walks"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walker")
    parser.add_argument("--seeds", type=int, default=5, help="walks for each damage")
    parser.add_argument("--walkers", nargs="+", default=WALKERS, choices=WALKERS)
    parser.add_argument("--damages", nargs="+", type=int, help="numbers in Walker.test; else all")
    parser.add_argument("--controllers", nargs="+", default=CONTROLLERS, choices=CONTROLLERS)
    options = parser.parse_args()
    WALKS.mkdir(parents=True, exist_ok=True)
    for name in options.walkers:
        walker = make_walker(name)
        learners = (ys.load(name + part) for part in ("", "-joints", "-commanded"))
        makers = line_up(Planner(walker), *learners)
        for seed in range(SEED, SEED + options.seeds):
            for number in options.damages or range(len(walker.test)):
                for controller in options.controllers:
                    _walk(walker, number, controller, makers[controller], seed)
    figures = {
        name: found for name in WALKERS if (found := _summary(make_walker(name), options.seeds))
    }
    record(
        "walker",
        figures,
        seed=SEED,
        seconds=sum(row["seconds"] for row in _kept("*")),
        settings={"seeds": options.seeds, "steps": STEPS, "strike": STRIKE},
    )


def _walk(walker: Walker, number: int, controller: str, make, seed: int) -> None:
    """Walk, unless it was done before, and keep what came of it."""
    path = WALKS / f"{walker.name} {number} {controller} {seed}.json"
    if path.exists():
        return
    began = time.time()
    damage = walker.damage(walker.test[number])
    one = walk(walker, make(), damage, seed=seed, steps=STEPS, strike=STRIKE)
    row = {
        "after": one.after,
        "before": one.before,
        "metres": float(one.forward[-1] - one.forward[STRIKE - 1]),
        "step ms": float(1e3 * np.median(one.step_seconds)),
        "seconds": time.time() - began,
    }
    write_atomically(path, json.dumps(row).encode())
    print(walker.name, damage.name, controller, seed, f"{one.after:.0f}", flush=True)


def _kept(pattern: str) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted(WALKS.glob(f"{pattern}.json"))]


def _summary(walker: Walker, seeds: int) -> dict:
    """Means over the seeds that a controller has walked with every damage, and ratios."""
    damages = [walker.damage(motors) for motors in walker.test]
    rows: dict[str, list[list[dict]]] = {}
    for controller in CONTROLLERS:
        whole = []
        for seed in range(SEED, SEED + seeds):
            row = [_kept(f"{walker.name} {i} {controller} {seed}") for i in range(len(damages))]
            if not all(row):
                break
            whole.append([found[0] for found in row])
        if whole:
            rows[controller] = whole

    def table(controller: str, label: str) -> np.ndarray:
        """(damages, seeds)."""
        return np.array([[one[label] for one in row] for row in rows[controller]]).T

    if "adapting" not in rows:
        return {}
    figures: dict = {"damages": [damage.name for damage in damages], "controllers": {}}
    for controller in rows:
        after = table(controller, "after")
        figures["controllers"][controller] = {
            "walks": after.size,
            "return after": _interval(after),
            "return before": _interval(table(controller, "before")),
            "metres after": _interval(table(controller, "metres")),
            "by damage": {
                damage.name: _interval(row[None])
                for damage, row in zip(damages, after, strict=True)
            },
            "step ms": float(np.median(table(controller, "step ms"))),
        }
        if controller != "adapting":
            ours = table("adapting", "after")
            same = min(ours.shape[1], after.shape[1])  # the same walks in both
            figures[f"adapting over {controller}"] = _ratio(ours[:, :same], after[:, :same])
    return figures


def _draws(damages: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Bootstrap rows and columns: walks drawn anew within each damage."""
    drawn = np.random.default_rng(0).integers(0, each, (5000, damages, each))
    return np.arange(damages)[:, None], drawn


def _interval(values: np.ndarray) -> list[float]:
    """Mean of (damages, seeds) and its 95 % bootstrap interval."""
    rows, drawn = _draws(*values.shape)
    low, high = np.quantile(values[rows, drawn].mean(axis=(1, 2)), (0.025, 0.975))
    return [float(values.mean()), float(low), float(high)]


def _ratio(ours: np.ndarray, other: np.ndarray) -> list[float] | None:
    """Of mean returns, (damages, seeds) each, with its 95 % bootstrap interval.

    None where the other's may as well be nothing or less: then it says nothing.
    """
    rows, drawn = _draws(*ours.shape)
    below = other[rows, drawn].mean(axis=(1, 2))
    if np.quantile(below, 0.025) <= 0:
        return None
    ratios = ours[rows, drawn].mean(axis=(1, 2)) / below
    low, high = np.quantile(ratios, (0.025, 0.975))
    return [float(ours.mean() / other.mean()), float(low), float(high)]


if __name__ == "__main__":
    main()
