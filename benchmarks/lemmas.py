"""Dictionary forms in languages never met, after 10, 100 and 1000 pairs of a word and its lemma.

    python -m benchmarks.lemmas [--queries 120]

The languages of meta-test and the draws from them are none that training or its choices saw.
"""

import argparse
import random
import time

import numpy as np
from rich.progress import track

import yingshe as ys
from benchmarks.record import record
from yingshe.applications.languages.lemmatization.dictionaries import TEST, draw
from yingshe.applications.languages.lemmatization.judge import BASELINE, OURS, judge
from yingshe.evaluation.bootstrap import Resamples

SEEDS = tuple(1_000_700 + i for i in range(5))
SHOTS = (10, 100, 1000)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lemmas")
    parser.add_argument("--queries", type=int, default=120, help="words to judge on, a draw")
    queries = parser.parse_args().queries
    began = time.time()
    learner = ys.load("lemmas")
    judged: dict[str, list[dict[tuple[str, int], float]]] = {}
    for language in track(TEST, description="languages"):
        generators = [random.Random(f"{seed} {language}") for seed in SEEDS]
        draws = [draw(language, generator, max(SHOTS), queries) for generator in generators]
        judged[language] = [judge(learner, drawn, SHOTS) for drawn in draws]
    record(
        "lemmas",
        figures_of(judged),
        seed=list(SEEDS),
        seconds=time.time() - began,
        settings={"queries": queries, "shots": SHOTS, "languages": TEST},
    )


def figures_of(judged: dict[str, list[dict[tuple[str, int], float]]]) -> dict:
    """Exact matches by method and shots: means over languages with intervals, and each language's.

    Intervals are of 95 %, by resampling languages; "spread of draws" is the standard deviation over
    draws of the mean over languages.
    """
    methods = list(dict.fromkeys(name for name, _ in judged[TEST[0]][0]))
    found = {
        (name, k): np.array([[one[name, k] for one in draws] for draws in judged.values()])
        for name in methods
        for k in SHOTS
    }  # (languages, draws)
    resamples = Resamples(len(judged), np.random.default_rng(0))
    everywhere = np.ones(len(judged), bool)

    def mean(values: np.ndarray) -> list[float]:
        return [float(v) for v in resamples.mean(values.mean(axis=1), everywhere)]

    gains = {k: found[OURS, k] - found[BASELINE, k] for k in SHOTS}
    return {
        "mean": {name: {str(k): mean(found[name, k]) for k in SHOTS} for name in methods},
        "gain": {str(k): mean(gains[k]) for k in SHOTS},
        "spread of draws": {str(k): float(found[OURS, k].mean(axis=0).std(ddof=1)) for k in SHOTS},
        "languages worse than the baseline": {
            str(k): [
                language
                for language, gain in zip(judged, gains[k].mean(axis=1), strict=True)
                if gain < 0
            ]
            for k in SHOTS
        },
        "languages": {
            language: {
                name: {str(k): float(found[name, k][i].mean()) for k in SHOTS} for name in methods
            }
            for i, language in enumerate(judged)
        },
    }


if __name__ == "__main__":
    main()
