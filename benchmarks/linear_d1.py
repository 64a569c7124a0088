"""The worked example: lines in one dimension, learned gradient steps, plain SGD."""

import time

import jax

import yingshe as ys
from benchmarks.record import record

SEED = 1_000_020
TASKS = 4000
SHOTS = (0, 1, 2, 3, 5, 10, 20, 40)


def main():
    started = time.time()
    learners = {
        "gradient_descent": ys.load("linear-gradient-descent"),
        "rls": ys.load("linear"),
    }
    curve = ys.evaluate(learners, ys.tasks.Linear(), SHOTS, key=jax.random.key(SEED), tasks=TASKS)
    error = {k: curve.at("gradient_descent", k).error.value for k in SHOTS}
    figures = {
        "error_after_10_over_none": error[10] / error[0],
        "oracle_after_10_over_none": curve.at("oracle", 10).error.value / error[0],
        "curve": curve.to_dict(),
    }
    print(error, figures["error_after_10_over_none"])
    record(
        "linear_d1", figures, seed=SEED, seconds=time.time() - started, settings={"tasks": TASKS}
    )


if __name__ == "__main__":
    main()
