"""Sinusoids, MAML's and Meta-SGD's, beside the posterior mean by quadrature."""

import time

import jax

import yingshe as ys
from benchmarks.record import record
from yingshe import zoo

SEED = 1_000_030
TASKS = 2000
BASELINES = ("pooled", "mean", "ridge", "knn", "gp")


def main():
    started = time.time()
    first_key, second_key, wide_key = jax.random.split(jax.random.key(SEED), 3)
    curve = ys.evaluate(
        {"rls": ys.load("sinusoid")},
        ys.tasks.Sinusoid(),
        (0, 1, 2, 3, 5, 10, 20, 40),
        key=first_key,
        tasks=TASKS,
        baselines=BASELINES,
    )
    frequency = ys.tasks.Sinusoid(frequency=(0.8, 1.2))
    harder = ys.evaluate(
        {"rls": ys.load("sinusoid-frequency")},
        frequency,
        (0, 1, 2, 3, 5, 10, 20, 40),
        key=second_key,
        tasks=TASKS,
        baselines=BASELINES,
    )
    # Out of distribution: amplitudes up to twice the largest of training.
    larger = ys.evaluate(
        {"rls": ys.load("sinusoid")},
        ys.tasks.Sinusoid(amplitude=(5.0, 10.0)),
        (0, 1, 2, 3, 5, 10),
        key=wide_key,
        tasks=TASKS,
        baselines=(),
    )
    figures = {
        "maml": {k: _row(curve, k) for k in (1, 2, 3, 10)},
        "maml_training_seconds": zoo.model_card("sinusoid")["training_seconds"],
        "frequency": {k: _row(harder, k) for k in (5, 10, 20)},
        "maml_curve": curve.to_dict(),
        "frequency_curve": harder.to_dict(),
        "larger_amplitudes": larger.to_dict(),
    }
    print(figures["maml"], figures["frequency"], sep="\n")
    record(
        "sinusoids", figures, seed=SEED, seconds=time.time() - started, settings={"tasks": TASKS}
    )


def _row(curve, shots):
    return {m: list(curve.at(m, shots).error) for m in ("rls", "oracle")}


if __name__ == "__main__":
    main()
