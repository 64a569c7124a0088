"""Linear functions of 20 inputs: every shipped learner beside exact Bayesian linear regression."""

import time

import jax

import yingshe as ys
from benchmarks.record import record

SEED = 1_000_010
TASKS = 2000
NETWORKS = ("mesanet", "deltanet", "gru")
SHOTS = (*range(1, 41), 60)  # trained on 40 pairs; 60 is past that
PRIOR_VARIANCE = 20.0  # of y, with w ~ N(0, I) and x ~ N(0, I)


def main():
    started = time.time()
    noisy_key, free_key, scaled_key = jax.random.split(jax.random.key(SEED), 3)

    noisy = ys.tasks.Linear(x_dim=20, noise_std=0.5, intercept_scale=0.0)
    learners = {"rls": ys.load("linear-d20")}
    learners |= {name: ys.load(f"linear-d20-{name}") for name in NETWORKS}
    curve = ys.evaluate(
        learners,
        noisy,
        SHOTS,
        key=noisy_key,
        tasks=TASKS,
        baselines=("pooled", "mean", "ridge", "knn"),
    )
    print_ratios(curve)

    free = ys.tasks.Linear(x_dim=20, noise_std=0.0, intercept_scale=0.0)
    exact = ys.evaluate(
        {"rls": ys.load("linear-d20-noise-free")},
        free,
        (0, 5, 10, 15, 19, 20, *range(21, 41), 60),
        key=free_key,
        tasks=TASKS,
        baselines=(),
    )
    # Out of distribution: coefficients three times as large as in training.
    larger = ys.tasks.Linear(x_dim=20, noise_std=0.5, intercept_scale=0.0, coefficient_scale=3.0)
    shifted = ys.evaluate(learners, larger, (10, 20, 40), key=scaled_key, tasks=TASKS, baselines=())
    ratios = [row.ratio_to_oracle.value for row in curve.of("rls") if row.shots <= 40]
    late = [row.error.value / PRIOR_VARIANCE for row in exact.of("rls") if row.shots >= 21]
    figures = {
        "rls_worst_ratio_1_to_40": max(ratios),
        "noise_free_worst_error_over_prior_variance_from_21": max(late),
        "ratios": {
            name: {str(k): list(curve.at(name, k).ratio_to_oracle) for k in (10, 20, 40, 60)}
            for name in learners
        },
        "noisy": curve.to_dict(),
        "noise_free": exact.to_dict(),
        "coefficients_times_3": shifted.to_dict(),
    }
    print({k: figures[k] for k in list(figures)[:3]})
    record(
        "linear_d20", figures, seed=SEED, seconds=time.time() - started, settings={"tasks": TASKS}
    )


def print_ratios(curve):
    for name in curve.learners:
        print(
            name, {k: round(curve.at(name, k).ratio_to_oracle.value, 3) for k in (1, 5, 10, 20, 40)}
        )


if __name__ == "__main__":
    main()
