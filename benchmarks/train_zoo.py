"""Trains the learners that are shipped, each by one command, and writes their cards.

`python -m benchmarks.train_zoo NAME ...` trains those anew; a run that was stopped goes on.
"""

import dataclasses
import sys
from typing import Any

import jax

import yingshe as ys
from benchmarks.shipping import run, ship
from yingshe.training.run_config import build_family

CARD_SHOTS = (0, 1, 2, 3, 5, 10, 20, 40)
CARD_TASKS = 1000
CARD_SEED = 2_000_001


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a shipped learner is made."""

    about: str
    command: str
    """What follows `yingshe train`."""


_D20 = "linear --x-dim 20 --noise 0.5 --intercept-scale 0"

RECIPES: dict[str, Recipe] = {
    "linear": Recipe(
        "Lines y = w x + b through a few noisy points.",
        "linear rls --features 0 --steps 1500 --pairs 20 --learning-rate 0.01",
    ),
    "linear-gradient-descent": Recipe(
        "The same lines, by learned gradient steps, meta-trained with plain SGD.",
        "linear gradient_descent --likelihood point --optimizer sgd --learning-rate 0.02"
        " --steps 4000 --pairs 20",
    ),
    "linear-d20": Recipe(
        "Linear functions of 20 inputs, noise 0.5.",
        f"{_D20} rls --steps 2000 --learning-rate 0.003",
    ),
    "linear-d20-noise-free": Recipe(
        "Linear functions of 20 inputs without noise.",
        "linear --x-dim 20 --noise 0 --intercept-scale 0 rls --features 0 --steps 4000"
        " --learning-rate 0.01",
    ),
    "sinusoid": Recipe(
        "Sinusoids of random amplitude and phase (MAML's).",
        "sinusoid rls --features 32 --max-frequency 1 --steps 8000 --pairs 6"
        " --learning-rate 0.005 --warmup-steps 100",
    ),
    "sinusoid-frequency": Recipe(
        "Sinusoids of random amplitude, phase and frequency (Meta-SGD's).",
        "sinusoid --frequency 0.8 1.2 rls --steps 4000 --pairs 25 --learning-rate 0.003"
        " --warmup-steps 100",
    ),
    "gp-eq": Recipe(
        "Draws of a Gaussian process, exponentiated quadratic kernel.",
        "gp --kernel eq rls --steps 3500 --learning-rate 0.003 --warmup-steps 100",
    ),
    "gp-matern52": Recipe(
        "Draws of a Gaussian process, Matérn-5/2 kernel.",
        "gp --kernel matern52 rls --steps 4000 --learning-rate 0.003 --warmup-steps 100",
    ),
    "gp-weakly-periodic": Recipe(
        "Draws of a Gaussian process, weakly periodic kernel.",
        "gp --kernel weakly_periodic rls --features 96 --max-frequency 12 --pairs 60"
        " --steps 5000 --learning-rate 0.004 --warmup-steps 100",
    ),
    "sawtooth": Recipe(
        "Sawtooth waves, noise 0.05.",
        "sawtooth deltanet --likelihood gaussian_mixture --layers 1 --steps 4000 --learning-rate 0.002"
        " --warmup-steps 100",
    ),
    "mixture": Recipe(
        "Gaussian processes of three kernels, and sawtooth waves.",
        "mixture deltanet --likelihood gaussian_mixture --layers 1 --num-frequencies 56 --max-frequency 9 --tasks 32"
        " --steps 3500 --learning-rate 0.002 --warmup-steps 100",
    ),
    "linear-d20-mesanet": Recipe(
        "Linear functions of 20 inputs, noise 0.5.",
        f"{_D20} mesanet --layers 1 --num-frequencies 8 --tasks 32 --steps 1200"
        " --learning-rate 0.002 --warmup-steps 100",
    ),
    "linear-d20-deltanet": Recipe(
        "Linear functions of 20 inputs, noise 0.5.",
        f"{_D20} deltanet --layers 1 --num-frequencies 8 --tasks 32 --steps 2500"
        " --learning-rate 0.002 --warmup-steps 100",
    ),
    "linear-d20-gru": Recipe(
        "Linear functions of 20 inputs, noise 0.5.",
        f"{_D20} gru --steps 3000 --learning-rate 0.002 --warmup-steps 100",
    ),
    "sawtooth-gru": Recipe(
        "Sawtooth waves, noise 0.05.",
        "sawtooth gru --likelihood gaussian_mixture --steps 2000 --learning-rate 0.002 --warmup-steps 100",
    ),
    "sawtooth-rls": Recipe(
        "Sawtooth waves, noise 0.05.",
        "sawtooth rls --steps 1000 --learning-rate 0.003 --warmup-steps 100",
    ),
    "mixture-gru": Recipe(
        "Gaussian processes of three kernels, and sawtooth waves.",
        "mixture gru --likelihood gaussian_mixture --steps 2000 --learning-rate 0.002 --warmup-steps 100",
    ),
    "mixture-rls": Recipe(
        "Gaussian processes of three kernels, and sawtooth waves.",
        "mixture rls --steps 1500 --learning-rate 0.003 --warmup-steps 100",
    ),
}


def train(name: str) -> None:
    """Train one, and put learner and card into the zoo."""
    recipe = RECIPES[name]
    command = f"train {recipe.command}"
    run([f"{command} --run runs/{name}"])
    ship(name, recipe.about, [command], _figures)


def _figures(learner: ys.learners.Learner, config: dict[str, Any]) -> dict:
    """Meta-test error and log-likelihood against shots, on fresh tasks."""
    curve = ys.evaluate(
        learner,
        build_family(config["family"]),
        CARD_SHOTS,
        key=jax.random.key(CARD_SEED),
        tasks=CARD_TASKS,
        baselines=False,
    )
    return {"seed": CARD_SEED, "tasks": CARD_TASKS, **curve.to_dict()}


def main() -> None:
    for name in sys.argv[1:] or RECIPES:
        if name not in RECIPES:
            raise SystemExit(f"There is no recipe '{name}'; there are {', '.join(RECIPES)}.")
        train(name)


if __name__ == "__main__":
    main()
