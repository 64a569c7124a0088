"""A half-cheetah with a hidden target velocity: an agent of the zoo, and one that cannot adapt.

    python -m benchmarks.target_velocity [--train]

With `--train` the agent is trained first, into runs/target-velocity, and put into the zoo. The same
network without memory is trained here with the same budget.
"""

import argparse
import time

import jax
import numpy as np

import yingshe as ys
from benchmarks.record import record
from benchmarks.shipping import RUNS, ship
from yingshe.applications.agents import LearnerPlays, PPOConfig, dimensions, reinforce
from yingshe.applications.agents.judge import mean_with_interval
from yingshe.applications.agents.limits import Memoryless
from yingshe.applications.agents.target_velocity import half_cheetah
from yingshe.learners import GRU

SEED, TRIALS = 1_000_950, 200
NAME = "target-velocity"
CONFIG = PPOConfig(
    steps=120,
    trials=32,
    learning_rate=1e-3,
    discount=0.98,
    entropy=(0.0, 0.0),
    validation_trials=32,
)
ABOUT = "Runs as a half-cheetah at a velocity that it is not told."
COMMAND = "python -m benchmarks.target_velocity --train"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.target_velocity")
    parser.add_argument("--train", action="store_true")
    began, family = time.time(), half_cheetah()
    key = jax.random.key(1)
    learner = GRU(**dimensions(family), hidden=64, key=jax.random.key(0))
    if parser.parse_args().train:
        reinforce(learner, family, CONFIG, key=key, run_dir=RUNS / NAME, progress=True)
        ship(NAME, ABOUT, [COMMAND], "benchmarks/results/target_velocity.json")
    without = reinforce(Memoryless(learner), family, CONFIG, key=key, progress=True)
    figures = {}
    for name, player in (("agent", ys.load(NAME)), ("without memory", without)):
        trial = family.play(LearnerPlays(player, greedy=True), jax.random.key(SEED), TRIALS)
        earned = np.asarray(jax.vmap(lambda one: one.returns(family.episodes))(trial), float)
        figures[name] = {
            "return": mean_with_interval(earned.sum(axis=1)),
            "episodes": [mean_with_interval(earned[:, e]) for e in range(family.episodes)],
        }
        print(name, figures[name])
    record(
        "target_velocity",
        figures,
        seed=SEED,
        seconds=time.time() - began,
        settings={"trials": TRIALS, "training steps": CONFIG.steps, "trials a step": CONFIG.trials},
        command=COMMAND,
    )


if __name__ == "__main__":
    main()
