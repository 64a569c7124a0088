"""Success rates of grasps by the number of successful grasps observed."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from yingshe._validation import check_min
from yingshe.applications.robots.grasp.baselines import BASELINES
from yingshe.applications.robots.grasp.data import demonstrate
from yingshe.applications.robots.grasp.model import GraspModel
from yingshe.applications.robots.grasp.simulation import simulate_grasps
from yingshe.applications.robots.grasp.tasks import Grasp, GraspTask, nominal_grasp
from yingshe.evaluation import ShotCurve, curve_from_scores
from yingshe.learners import Learner

LEARNED, NOMINAL, ORACLE = "yingshe", "nominal", "oracle"
"""Methods: the adapted model, no adaptation, the grasp from the task's hidden properties."""


def evaluate_success(
    learner: Learner,
    *,
    num_tasks: int,
    shots: Sequence[int],
    num_objects: int,
    seed: int | tuple[int, ...] = 0,
    wide: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> ShotCurve:
    """Evaluate grasps on sampled tasks, in simulation.

    Args:
        learner: Learner that was meta-trained on other tasks.
        num_tasks: Number of robots, each with one class of objects.
        shots: Numbers of successful grasps that are observed.
        num_objects: Number of new objects to grasp in each task.
        seed: Seed of tasks, objects and noise.
        wide: Sample offsets beyond the usual range.
        on_progress: Function called with the number of finished tasks.

    Returns:
        The success rate of every method at every shot count, with intervals over tasks.

    Raises:
        UserError: A number is too small.
    """
    check_min("num_tasks", num_tasks, 1)
    check_min("num_objects", num_objects, 1)
    check_min("shots", min(shots), 0)
    seeds = seed if isinstance(seed, tuple) else (seed,)
    scores = []
    for i in range(num_tasks):
        generator = np.random.default_rng((*seeds, i))
        task = GraspTask.sample(generator, wide=wide)
        scores.append(evaluate_task(learner, task, generator, shots, num_objects=num_objects))
        if on_progress is not None:
            on_progress(i + 1)
    return make_success_curve(scores)


def evaluate_task(
    learner: Learner,
    task: GraspTask,
    generator: np.random.Generator,
    shots: Sequence[int],
    *,
    num_objects: int,
) -> dict[tuple[str, int], float]:
    """Evaluate every method on one task.

    All methods observe the same grasps and grasp the same objects, with the same camera noise. The
    nominal grasp and the oracle observe none.

    Args:
        learner: Learner that was meta-trained on other tasks.
        task: Hidden properties of the robot and its objects.
        generator: Random numbers of objects and noise.
        shots: Numbers of successful grasps that are observed.
        num_objects: Number of new objects to grasp.

    Returns:
        (method, shots) -> fraction of objects that are lifted and held.
    """
    support = demonstrate(task, generator, max(shots))
    objects = [task.sample_object(generator) for _ in range(num_objects)]
    observations = [task.observe(object_, generator) for object_ in objects]
    grasps: dict[tuple[str, int], list[Grasp]] = {
        (ORACLE, 0): [task.grasp(observation) for observation in observations],
        (NOMINAL, 0): [nominal_grasp(observation) for observation in observations],
    }
    model = GraspModel.from_learner(learner)
    for k in range(max(shots) + 1):
        if k in shots:
            grasps[LEARNED, k] = [model(observation) for observation in observations]
            for name, baseline in BASELINES.items():
                if k > 0:  # without support all baselines are the nominal grasp
                    grasps[name, k] = [baseline(support[:k], x) for x in observations]
        if k < max(shots):
            model = model.observe(*support[k])
    trials = [pair for proposed in grasps.values() for pair in zip(objects, proposed, strict=True)]
    success = np.array([attempt.success for attempt in simulate_grasps(trials, task.finger_length)])
    rates = success.reshape(len(grasps), num_objects).mean(axis=1)
    return dict(zip(grasps, rates.tolist(), strict=True))


def make_success_curve(scores: Sequence[Mapping[tuple[str, int], float]]) -> ShotCurve:
    """Make a shot curve of the results of several tasks.

    Args:
        scores: Results of `evaluate_task`, one per task, all with the same shots.

    Returns:
        The success rate of every method; nominal grasp and oracle hold for all shot counts.
    """
    methods = dict.fromkeys(name for name, _ in scores[0])
    order = [LEARNED, NOMINAL, *(n for n in methods if n not in (LEARNED, NOMINAL, ORACLE)), ORACLE]
    shots = tuple(sorted(k for name, k in scores[0] if name == LEARNED))
    rates = {}
    for name in order:
        keys = [(name, 0 if name in (NOMINAL, ORACLE) else k) for k in shots]
        rates[name] = np.array([[score.get(key, np.nan) for key in keys] for score in scores])
    return curve_from_scores(
        rates, shots, family="grasping", metric="success rate", learners=(LEARNED,), seed=0
    )
