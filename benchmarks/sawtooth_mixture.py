"""Sawtooth waves and the mixture of processes, where no Bayesian linear regression can follow."""

import time

import jax

import yingshe as ys
from benchmarks.record import record

SEED = 1_000_050
TASKS = 2000
SHOTS = (0, 1, 2, 3, 5, 10, 20, 39, 60)  # trained on 40 pairs: 39 read, one predicted
SUFFIXES = {"deltanet": "", "gru": "-gru", "rls": "-rls"}


def main():
    started = time.time()
    figures = {}
    families = {"sawtooth": ys.tasks.Sawtooth(), "mixture": ys.tasks.Mixture()}
    for i, (name, family) in enumerate(families.items()):
        curve = ys.evaluate(
            {learner: ys.load(name + suffix) for learner, suffix in SUFFIXES.items()},
            family,
            SHOTS,
            key=jax.random.fold_in(jax.random.key(SEED), i),
            tasks=TASKS,
            baselines=("pooled", "mean", "knn", "gp"),
        )
        figures[name] = {
            "log_likelihood": {
                method: {row.shots: list(row.log_likelihood) for row in curve.of(method)}
                for method in (*SUFFIXES, "oracle")
                if method in curve.methods
            },
            "curve": curve.to_dict(),
        }
        for method, likelihoods in figures[name]["log_likelihood"].items():
            print(name, method, {k: round(v[0], 3) for k, v in likelihoods.items()})
    record(
        "sawtooth_mixture",
        figures,
        seed=SEED,
        seconds=time.time() - started,
        settings={"tasks": TASKS},
    )


if __name__ == "__main__":
    main()
