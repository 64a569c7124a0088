"""Grasping with unknown offsets: success in simulation after 0 to 20 grasps of a new task.

    python -m benchmarks.grasp [--tasks 12]

Tasks, objects and noise are drawn with seeds that training never saw.
"""

import argparse
import time

import numpy as np
from rich.progress import track

import yingshe as ys
from benchmarks.record import record
from yingshe.applications.robots.grasp import GraspTask
from yingshe.applications.robots.grasp.judge import ORACLE, OURS, judge
from yingshe.learners import Learner

SEEDS = tuple(1_000_600 + i for i in range(5))
SHOTS = (0, 1, 2, 3, 5, 10, 20)
OBJECTS = 3


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grasp")
    parser.add_argument("--tasks", type=int, default=12, help="tasks to judge on, for each seed")
    tasks = parser.parse_args().tasks
    began = time.time()
    learner = ys.load("grasp")
    figures = {
        "as trained": measure(learner, SEEDS, tasks, SHOTS),
        "larger offsets": measure(learner, SEEDS, max(tasks // 4, 1), (0, 5, 10), wide=True),
    }
    record(
        "grasp",
        figures,
        seed=list(SEEDS),
        seconds=time.time() - began,
        settings={"tasks": tasks, "shots": SHOTS, "objects": OBJECTS},
    )


def measure(
    learner: Learner,
    seeds: tuple[int, ...],
    tasks: int,
    shots: tuple[int, ...],
    *,
    wide: bool = False,
) -> dict:
    """Share of objects lifted and held, by method and shots, with intervals over tasks."""
    cases = [(seed, i) for seed in seeds for i in range(tasks)]
    judged, shapes = [], []
    for case in track(cases, description="larger offsets" if wide else "as trained"):
        generator = np.random.default_rng((*case, int(wide)))
        task = GraspTask.draw(generator, wide=wide)
        judged.append(judge(learner, task, generator, shots, objects=OBJECTS))
        shapes.append(task.shape)
    found = {key: np.array([one[key] for one in judged]) for key in judged[0]}
    return _figures(found, np.array(shapes))


def _figures(found: dict[tuple[str, int], np.ndarray], shapes: np.ndarray) -> dict:
    ours, oracle = found[OURS, 5], found[ORACLE, 0]
    rows = np.random.default_rng(0).integers(0, len(oracle), (5000, len(oracle)))

    def interval(value: float, draws: np.ndarray) -> list[float]:
        return [float(value), *(float(end) for end in np.quantile(draws, (0.025, 0.975)))]

    ratio = interval(
        ours.mean() / oracle.mean(), ours[rows].mean(axis=1) / oracle[rows].mean(axis=1)
    )
    success: dict = {}
    for (name, k), values in found.items():
        curve = success.setdefault(name, {})
        curve[str(k)] = interval(values.mean(), values[rows].mean(axis=1))
    by_shape = {
        shape: {
            OURS: float(ours[shapes == shape].mean()),
            ORACLE: float(oracle[shapes == shape].mean()),
        }
        for shape in sorted(set(shapes.tolist()))
    }
    return {
        "tasks": len(oracle),
        "success": success,
        "success over the oracle's at 5": ratio,
        "by shape at 5": by_shape,
    }


if __name__ == "__main__":
    main()
