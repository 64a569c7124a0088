"""An agent of the zoo on grids with a hidden goal, beside belief-optimal play.

python -m benchmarks.hidden_goal
"""

import time

import jax

import yingshe as ys
from benchmarks.record import record
from yingshe.applications.agents.environments import HiddenGoal
from yingshe.applications.agents.judge import mean_with_interval, planner_returns, returns
from yingshe.applications.agents.planners.grid import Search, search_plan
from yingshe.applications.agents.reading import LearnerPlays

SEED, INSTANCES = 1_000_920, 20_000


def main():
    began, family, key = time.time(), HiddenGoal(), jax.random.key(SEED)
    players = {
        "agent": returns(family, LearnerPlays(ys.load("grid"), greedy=True), key, trials=INSTANCES),
        "belief-optimal": planner_returns(family, Search(family), key, trials=INSTANCES),
    }
    figures: dict = {
        name: {
            "return": mean_with_interval(earned.sum(axis=1)),
            "episodes": [mean_with_interval(earned[:, e]) for e in range(family.episodes)],
        }
        for name, earned in players.items()
    }
    optimum = search_plan(family).value
    figures["optimum"] = optimum
    figures["of the optimum"] = [bound / optimum for bound in figures["agent"]["return"]]
    print(figures)
    record(
        "hidden_goal",
        figures,
        seed=SEED,
        seconds=time.time() - began,
        settings={"instances": INSTANCES},
    )


if __name__ == "__main__":
    main()
