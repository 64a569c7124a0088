"""Agents of the zoo and planners in the same random Markov decision processes.

    python -m benchmarks.mdps [--instances 20000] [--episodes 10 25 50 75 100]

Planners play in the first quarter of the instances; those that sample, whose draws from gamma
distributions are slow, in fewer.
"""

import argparse
import time

import jax
import numpy as np

from benchmarks.playing import judged
from benchmarks.record import record, recorded
from yingshe.applications.agents.environments import TabularMDP
from yingshe.applications.agents.judge import mean_with_interval
from yingshe.applications.agents.planners import beside, optimal_value
from yingshe.applications.agents.play import TrialKeys

SEED = 1_000_910
EPISODES = (10, 25, 50, 75, 100)
DRAWS = 20_000_000  # from gamma distributions that a planner may take, 1 µs each
LEAST = 500  # instances of it
SAMPLES = {"PSRL": 1, "OPSRL": 2}  # models in each episode


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mdps")
    parser.add_argument("--instances", type=int, default=20_000)
    parser.add_argument("--episodes", nargs="+", type=int, default=EPISODES, choices=EPISODES)
    options = parser.parse_args()
    began, figures = time.time(), recorded("mdps")
    for episodes in options.episodes:
        figures[str(episodes)] = _judge(TabularMDP(episodes=episodes), options.instances)
        row = figures[str(episodes)]
        print(episodes, {who: f"{found['return'][0]:.1f}" for who, found in row.items()})
        record(
            "mdps",
            {str(n): figures[str(n)] for n in EPISODES if str(n) in figures},
            seed=SEED,
            seconds=time.time() - began,
            settings={"instances": options.instances},
        )


def _judge(family: TabularMDP, instances: int) -> dict:
    model = family.states**2 * family.choices
    fewer = dict.fromkeys(beside(family), instances // 4) | {
        planner: max(LEAST, DRAWS // (family.episodes * model * samples))
        for planner, samples in SAMPLES.items()
    }
    name = f"mdp-{family.episodes}"
    rows = judged(name, family, seed=SEED, instances=instances, fewer=fewer)

    @jax.jit
    @jax.vmap
    def known_model(number):
        keys = TrialKeys.of(jax.random.fold_in(jax.random.key(SEED), number))
        return optimal_value(family.sample_task(keys.task), family.horizon)

    known = known_model(np.arange(instances))
    rows["known model"] = {"return": mean_with_interval(family.episodes * np.asarray(known, float))}
    return rows


if __name__ == "__main__":
    main()
