"""Trains the shipped agents, by the commands on their cards.

`python -m benchmarks.train_agents [NAME …]`; a run that was stopped goes on.
"""

import sys
from typing import NamedTuple

from benchmarks.shipping import run, ship


class _Bandit(NamedTuple):
    """How an agent for bandits is trained."""

    taught: int
    """Trials of each step of imitation."""
    played: int | None
    """Trials of each step of PPO after it; none where imitation is at the limit already."""


BANDITS = {
    (10, 5): _Bandit(512, None),
    (10, 10): _Bandit(512, None),
    (10, 50): _Bandit(256, 2048),
    (100, 5): _Bandit(64, None),
    (100, 10): _Bandit(64, None),
    (100, 50): _Bandit(32, None),
    (500, 5): _Bandit(16, None),
    (500, 10): _Bandit(16, None),
    (500, 50): _Bandit(8, None),
}
"""By pulls and arms."""

MDPS = {10: (60, 128), 25: (60, 128), 50: (30, 64), 75: (30, 48), 100: (30, 32)}
"""Steps and their trials, by episodes."""


class Recipe(NamedTuple):
    """How a learner of the zoo is made."""

    about: str
    results: str
    commands: tuple[str, ...]


def recipes() -> dict[str, Recipe]:
    """All of them, by name."""
    made = {}
    for (pulls, arms), trials in BANDITS.items():
        name = f"bandit-{pulls}-{arms}"
        about = f"Pulls {arms} arms of unknown odds, {pulls} times."
        made[name] = Recipe(about, "bandits", _bandit_commands(name, pulls, arms, trials))
    for episodes, (steps, trials) in MDPS.items():
        name = f"mdp-{episodes}"
        made[name] = Recipe(
            f"Acts in {episodes} episodes of an unknown Markov decision process of 10 states.",
            "mdps",
            (
                f"train mdp --episodes {episodes} --steps {steps} --trials {trials} --epochs 2 "
                "--minibatches 2 --learning-rate 0.01 --discount 0.995 --entropy 0 0 "
                f"--run runs/{name}",
            ),
        )
    made["grid"] = Recipe(
        "Looks for a hidden goal on a 5 × 5 grid, and goes straight to it from then on.",
        "hidden_goal",
        (
            "train grid gru --hidden 96 --teacher belief-optimal --steps 1500 --trials 128 "
            "--teaching 1 0.7 --learning-rate 0.003 --run runs/grid",
        ),
    )
    made["cartpole"] = Recipe(
        "Balances a pole of unknown physics by a motor that may push the wrong way.",
        "cartpole",
        ("train cartpole gru --hidden 64 --steps 150 --trials 64 --run runs/cartpole",),
    )
    return made


def _bandit_commands(name: str, pulls: int, arms: int, trials: _Bandit) -> tuple[str, ...]:
    taught = f"runs/{name}-taught" if trials.played else f"runs/{name}"
    begin = f"train bandit --arms {arms} --pulls {pulls}"
    imitation = (
        f"{begin} --teacher finite-horizon-gittins --steps 300 --trials {trials.taught} "
        f"--learning-rate 0.005 --value-weight 0.1 --run {taught}"
    )
    if trials.played is None:
        return (imitation,)
    play = (
        f"{begin} --start {taught} --steps 80 --trials {trials.played} --learning-rate 0.001 "
        "--epochs 2 --minibatches 2 --discount 1 --trace 0.97 --entropy 0 0 "
        f"--validation-trials 8000 --validate-every 40 --log-every 10 --run runs/{name}"
    )
    return imitation, play


def main():
    made = recipes()
    for name in sys.argv[1:] or made:
        recipe = made[name]
        run(recipe.commands)
        results = f"benchmarks/results/{recipe.results}.json"
        ship(name, recipe.about, recipe.commands, results)


if __name__ == "__main__":
    main()
