"""An agent of the zoo on carts of unknown physics whose motors may be reversed.

    python -m benchmarks.cartpole

Beside it, trained here with the same budget: plain PPO without memory, and the same where the
policy is told the physics, and has nothing to find out.
"""

import time

import jax

import yingshe as ys
from benchmarks.record import record
from benchmarks.train_agents import recipes
from yingshe.applications.agents.environments import CartPole
from yingshe.applications.agents.judge import mean_with_interval, returns
from yingshe.applications.agents.limits import Memoryless, Told
from yingshe.applications.agents.ppo import PPOConfig
from yingshe.applications.agents.reading import LearnerPlays, dimensions
from yingshe.applications.agents.reinforce import reinforce
from yingshe.learners import GRU

SEED, INSTANCES = 1_000_930, 5_000
CONFIG = PPOConfig(steps=150, trials=64)  # as the recipe's


def main():
    began, family = time.time(), CartPole()
    learners = {
        "agent": (family, ys.load("cartpole")),
        "without memory": (family, _trained(family)),
        "told the physics": (Told(family), _trained(Told(family))),
    }
    figures: dict = {"command": recipes()["cartpole"].commands[-1]}
    earned = {}
    for name, (where, learner) in learners.items():
        player = LearnerPlays(learner, greedy=True)
        earned[name] = returns(where, player, jax.random.key(SEED), trials=INSTANCES)
        figures[name] = [mean_with_interval(earned[name][:, e]) for e in range(family.episodes)]
        print(name, figures[name])
    of_told = earned["agent"][:, 1] / earned["told the physics"][:, 1].mean()
    figures["2nd episode, of told"] = mean_with_interval(of_told)
    record(
        "cartpole",
        figures,
        seed=SEED,
        seconds=time.time() - began,
        settings={"instances": INSTANCES},
    )


def _trained(family: CartPole | Told):
    learner = Memoryless(GRU(**dimensions(family), hidden=64, key=jax.random.key(1)))
    return reinforce(learner, family, CONFIG, key=jax.random.key(2), progress=True)


if __name__ == "__main__":
    main()
