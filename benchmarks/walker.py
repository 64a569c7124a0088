"""Walkers struck by damage they never trained on, in mid-walk: planning through what has adapted.

    python -m benchmarks.walker [--seeds 5] [--walkers half-cheetah ant] [--without-simulator]

Walks are drawn with seeds that training never saw.
"""

import argparse
import json
import time

import numpy as np

import yingshe as ys
from benchmarks.record import RESULTS, record
from yingshe.applications.robots.walker import Planner, Walker, make_walker
from yingshe.applications.robots.walker.control import line_up
from yingshe.applications.robots.walker.episode import Episode, walk

SEED = 1_000_700
STEPS, STRIKE = 250, 100
WALKERS = ("half-cheetah", "ant")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walker")
    parser.add_argument("--seeds", type=int, default=5, help="walks for each damage")
    parser.add_argument("--walkers", nargs="+", default=WALKERS, choices=WALKERS)
    parser.add_argument(
        "--without-simulator", action="store_true", help="which takes most of the time"
    )
    options = parser.parse_args()
    began = time.time()
    path = RESULTS / "walker.json"
    figures = json.loads(path.read_text())["figures"] if path.exists() else {}
    for name in options.walkers:
        leave_out = {"true simulator"} if options.without_simulator else set()
        figures[name] = _judge(make_walker(name), options.seeds, leave_out)
    record(
        "walker",
        figures,
        seed=SEED,
        seconds=time.time() - began,
        settings={"seeds": options.seeds, "steps": STEPS, "strike": STRIKE},
    )


def _judge(walker: Walker, seeds: int, leave_out: set[str]) -> dict:
    learners = (ys.load(walker.name + part) for part in ("", "-joints", "-commanded"))
    makers = line_up(Planner(walker), *learners)
    walks: dict[str, list[Episode]] = {name: [] for name in makers if name not in leave_out}
    damages = [walker.damage(motors) for motors in walker.test]
    for damage in damages:
        for seed in range(SEED, SEED + seeds):
            for name, found in walks.items():
                one = walk(walker, makers[name](), damage, seed=seed, steps=STEPS, strike=STRIKE)
                found.append(one)
            last = {name: round(found[-1].after) for name, found in walks.items()}
            print(walker.name, damage.name, seed, last, flush=True)
    figures: dict = {"damages": [damage.name for damage in damages], "controllers": {}}
    for name, found in walks.items():
        after = np.array([one.after for one in found])
        figures["controllers"][name] = {
            "return after": _interval(after),
            "return before": _interval(np.array([one.before for one in found])),
            "metres after": _interval(
                np.array([one.forward[-1] - one.forward[STRIKE - 1] for one in found])
            ),
            "by damage": {
                damage.name: _interval(part)
                for damage, part in zip(damages, np.split(after, len(damages)), strict=True)
            },
            "step ms": float(1e3 * np.median(np.concatenate([one.step_seconds for one in found]))),
        }
    ours = np.array([one.after for one in walks["adapting"]])
    for name in walks.keys() - {"adapting"}:
        other = np.array([one.after for one in walks[name]])
        figures[f"adapting over {name}"] = _ratio(ours, other, len(damages))
    return figures


def _draws(count: int, groups: int) -> np.ndarray:
    """Bootstrap rows: walks drawn anew within each damage."""
    generator, each = np.random.default_rng(0), count // groups
    rows = generator.integers(0, each, (5000, groups, each))
    return (rows + each * np.arange(groups)[:, None]).reshape(5000, count)


def _interval(values: np.ndarray) -> list[float]:
    """Mean and its 95 % bootstrap interval."""
    means = values[_draws(len(values), 1)].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return [float(values.mean()), float(low), float(high)]


def _ratio(ours: np.ndarray, other: np.ndarray, damages: int) -> list[float]:
    """Of mean returns, the same walks in both, with its 95 % bootstrap interval."""
    rows = _draws(len(ours), damages)
    ratios = ours[rows].mean(axis=1) / other[rows].mean(axis=1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return [float(ours.mean() / other.mean()), float(low), float(high)]


if __name__ == "__main__":
    main()
