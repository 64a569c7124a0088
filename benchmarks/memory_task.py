"""A memory task of POPGym through GymnasiumFamily: say the card that was shown four steps ago.

    pip install popgym && python -m benchmarks.memory_task

RepeatPreviousEasy pays from -1 to 1 an episode. A GRU and the same network without memory are
trained here, with the same budget.
"""

import time

import jax
from popgym.envs.repeat_previous import RepeatPreviousEasy

from benchmarks.record import record
from yingshe.applications.agents import (
    GymnasiumFamily,
    LearnerPlays,
    PPOConfig,
    dimensions,
    reinforce,
)
from yingshe.applications.agents.judge import mean_with_interval
from yingshe.applications.agents.limits import Memoryless
from yingshe.learners import GRU

SEED, TRIALS = 1_000_940, 500
CONFIG = PPOConfig(steps=150, trials=64, learning_rate=2e-3, validation_trials=64)


def main():
    began = time.time()
    family = GymnasiumFamily(RepeatPreviousEasy, episode_steps=52)
    learner = GRU(**dimensions(family), hidden=64, key=jax.random.key(0))
    figures = {}
    for name, untrained in (("agent", learner), ("without memory", Memoryless(learner))):
        since = time.time()
        trained = reinforce(untrained, family, CONFIG, key=jax.random.key(1), progress=True)
        seconds = round(time.time() - since, 1)
        trial = family.play(LearnerPlays(trained, greedy=True), jax.random.key(SEED), TRIALS)
        earned = jax.vmap(lambda one: one.returns(1))(trial)[:, 0]
        figures[name] = {
            "return": mean_with_interval(jax.device_get(earned)),
            "training_seconds": seconds,
        }
        print(name, figures[name])
    record("memory_task", figures, seed=SEED, seconds=time.time() - began)


if __name__ == "__main__":
    main()
