"""Success of every method on one new task, by how many of its grasps were read."""

from collections.abc import Sequence

import numpy as np

from yingshe.applications.robots.grasp.baselines import BASELINES
from yingshe.applications.robots.grasp.logs import demonstrate
from yingshe.applications.robots.grasp.mapping import GraspMapping
from yingshe.applications.robots.grasp.simulate import attempts
from yingshe.applications.robots.grasp.task import Grasp, GraspTask, nominal_grasp
from yingshe.learners import Learner

OURS, NOMINAL, ORACLE = "yingshe", "nominal", "oracle"


def judge(
    learner: Learner,
    task: GraspTask,
    generator: np.random.Generator,
    shots: Sequence[int],
    *,
    objects: int,
) -> dict[tuple[str, int], float]:
    """Share of new objects that are lifted and held, for each method and number of grasps read.

    All methods read the same grasps and try the same objects, seen with the same noise. The nominal
    grasp and that of the oracle, who knows all that the task hides, read none.
    """
    read = demonstrate(task, generator, max(shots))
    new = [task.draw_object(generator) for _ in range(objects)]
    seen = [task.see(object_, generator) for object_ in new]
    grasps: dict[tuple[str, int], list[Grasp]] = {
        (ORACLE, 0): [task.grasp(one) for one in seen],
        (NOMINAL, 0): [nominal_grasp(one) for one in seen],
    }
    mapping = GraspMapping(learner)
    for k in range(max(shots) + 1):
        if k in shots:
            grasps[OURS, k] = [mapping(one) for one in seen]
            for name, grasp in BASELINES.items():
                if k > 0:  # before any grasp all of them are the nominal one
                    grasps[name, k] = [grasp(read[:k], one) for one in seen]
        if k < max(shots):
            mapping = mapping.observe(*read[k])
    trials = [pair for tried in grasps.values() for pair in zip(new, tried, strict=True)]
    success = np.array([one.success for one in attempts(trials, task.finger)])
    shares = success.reshape(len(grasps), objects).mean(axis=1)
    return dict(zip(grasps, shares.tolist(), strict=True))
