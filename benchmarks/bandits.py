"""Agents of the zoo and planners in the same Bernoulli bandits, with the same luck.

    python -m benchmarks.bandits [--instances 20000] [--settings 10-5 100-10]

Draws from beta distributions are slow: planners that sample play in fewer instances, the first.
"""

import argparse
import time

from benchmarks.playing import judged
from benchmarks.record import record, recorded
from yingshe.applications.agents.environments import Bandit
from yingshe.applications.agents.planners import bayes_optimal_value

SEED = 1_000_900
SETTINGS = [(pulls, arms) for pulls in (10, 100, 500) for arms in (5, 10, 50)]
EXACT = 10  # pulls up to which the Bayes optimum is computed
DRAWS = 5_000_000  # from beta distributions that a planner may take, 1 µs each
LEAST = 200  # instances of it
SAMPLES = {"Thompson": 1, "optimistic Thompson": 8}  # draws of an arm for each pull


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bandits")
    parser.add_argument("--instances", type=int, default=20_000)
    names = [f"{pulls}-{arms}" for pulls, arms in SETTINGS]
    parser.add_argument("--settings", nargs="+", default=names, choices=names)
    options = parser.parse_args()
    began, figures = time.time(), recorded("bandits")
    for name in options.settings:
        pulls, arms = map(int, name.split("-"))
        figures[name] = _judge(Bandit(arms=arms, pulls=pulls), options.instances)
        print(name, {who: f"{row['return'][0]:.3f}" for who, row in figures[name].items()})
        record(
            "bandits",
            {key: figures[key] for key in names if key in figures},
            seed=SEED,
            seconds=time.time() - began,
            settings={"instances": options.instances},
        )


def _judge(family: Bandit, instances: int) -> dict:
    name = f"bandit-{family.pulls}-{family.arms}"
    fewer = {
        planner: max(LEAST, DRAWS // (family.pulls * family.arms * samples))
        for planner, samples in SAMPLES.items()
    }
    rows = judged(name, family, seed=SEED, instances=instances, fewer=fewer)
    if family.pulls <= EXACT:
        optimum = bayes_optimal_value(family.arms, family.pulls)
        rows["bayes-optimal"] = {"return": (optimum, optimum, optimum)}
    return rows


if __name__ == "__main__":
    main()
