"""Draws of Gaussian processes: nats per point above the exact process."""

import time

import jax

import yingshe as ys
from benchmarks.record import record

SEED = 1_000_040
TASKS = 2000
SHOTS = (0, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 60)  # trained on 40 pairs
KERNELS = {"eq": "gp-eq", "matern52": "gp-matern52", "weakly_periodic": "gp-weakly-periodic"}


def main():
    started = time.time()
    figures = {}
    for i, (kernel, name) in enumerate(KERNELS.items()):
        curve = ys.evaluate(
            {"rls": ys.load(name)},
            ys.tasks.GaussianProcess(kernel=kernel),
            SHOTS,
            key=jax.random.fold_in(jax.random.key(SEED), i),
            tasks=TASKS,
            queries=50,
            baselines=("pooled", "mean", "knn", "gp"),
        )
        gaps = {row.shots: row.log_likelihood_gap for row in curve.of("rls")}
        figures[kernel] = {
            "worst_gap_1_to_30": max(gap.value for k, gap in gaps.items() if 1 <= k <= 30),
            "worst_gap_beyond": max(gap.value for k, gap in gaps.items() if k >= 40),
            "mean_gap_1_to_30": sum(g.value for k, g in gaps.items() if 1 <= k <= 30)
            / sum(1 <= k <= 30 for k in gaps),
            "curve": curve.to_dict(),
        }
        print(kernel, {k: round(gap.value, 4) for k, gap in gaps.items()})
    record(
        "gaussian_processes",
        figures,
        seed=SEED,
        seconds=time.time() - started,
        settings={"tasks": TASKS},
    )


if __name__ == "__main__":
    main()
