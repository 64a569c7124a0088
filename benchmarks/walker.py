"""Walkers struck by damage they never trained on, in mid-walk: planning through what has adapted.

    python -m benchmarks.walker [--seeds 5] [--simulator-seeds 2] [--walkers half-cheetah ant]

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
STEPS, STRIKE = 160, 60
WALKERS = ("half-cheetah", "ant")
SIMULATOR = "true simulator"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walker")
    parser.add_argument("--seeds", type=int, default=5, help="walks for each damage")
    parser.add_argument(
        "--simulator-seeds", type=int, default=2, help="of these, for MuJoCo, which takes longest"
    )
    parser.add_argument("--walkers", nargs="+", default=WALKERS, choices=WALKERS)
    options = parser.parse_args()
    began = time.time()
    found = {
        name: _judge(make_walker(name), options.seeds, options.simulator_seeds)
        for name in options.walkers
    }
    # What was judged before stays, so that one walker at a time may be judged.
    path = RESULTS / "walker.json"
    before = json.loads(path.read_text())["figures"] if path.exists() else {}
    record(
        "walker",
        before | found,
        seed=SEED,
        seconds=time.time() - began,
        settings={
            "seeds": options.seeds,
            "steps": STEPS,
            "strike": STRIKE,
        },
    )


def _judge(walker: Walker, seeds: int, simulator_seeds: int) -> dict:
    learners = (ys.load(walker.name + part) for part in ("", "-joints", "-commanded"))
    makers = line_up(Planner(walker), *learners)
    damages = [walker.damage(motors) for motors in walker.test]
    walks: dict[str, list[list[Episode]]] = {name: [[] for _ in damages] for name in makers}
    for i in range(seeds):
        for j, damage in enumerate(damages):
            for name, make in makers.items():
                if name != SIMULATOR or i < simulator_seeds:
                    one = walk(walker, make(), damage, seed=SEED + i, steps=STEPS, strike=STRIKE)
                    walks[name][j].append(one)
            last = {name: round(found[j][-1].after) for name, found in walks.items() if found[j]}
            print(walker.name, damage.name, SEED + i, last, flush=True)
    figures: dict = {"damages": [damage.name for damage in damages], "controllers": {}}
    after = {}
    for name, found in walks.items():
        if not found[0]:
            continue
        every = [one for of_damage in found for one in of_damage]
        after[name] = np.array([[one.after for one in of_damage] for of_damage in found])
        figures["controllers"][name] = {
            "walks": len(every),
            "return after": _interval(after[name]),
            "return before": _interval(np.array([[one.before for one in row] for row in found])),
            "metres after": _interval(
                np.array([[o.forward[-1] - o.forward[STRIKE - 1] for o in row] for row in found])
            ),
            "by damage": {
                damage.name: _interval(row[None])
                for damage, row in zip(damages, after[name], strict=True)
            },
            "step ms": float(1e3 * np.median(np.concatenate([o.step_seconds for o in every]))),
        }
    for name in after.keys() - {"adapting"}:
        same = after["adapting"][:, : after[name].shape[1]]  # the same walks in both
        figures[f"adapting over {name}"] = _ratio(same, after[name])
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


def _ratio(ours: np.ndarray, other: np.ndarray) -> list[float]:
    """Of mean returns, (damages, seeds) each, with its 95 % bootstrap interval."""
    rows, drawn = _draws(*ours.shape)
    ratios = ours[rows, drawn].mean(axis=(1, 2)) / other[rows, drawn].mean(axis=(1, 2))
    low, high = np.quantile(ratios, (0.025, 0.975))
    return [float(ours.mean() / other.mean()), float(low), float(high)]


if __name__ == "__main__":
    main()
