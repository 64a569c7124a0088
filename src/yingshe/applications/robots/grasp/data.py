"""Logs of successful grasps, simulated or of a user's robot, and tasks made from them."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from yingshe.applications.robots import dataset_io
from yingshe.applications.robots.grasp.model import (
    DESIGN_COLUMNS,
    GRASP_DIM,
    design_matrix,
    encode_grasp,
)
from yingshe.applications.robots.grasp.simulation import simulate_grasps
from yingshe.applications.robots.grasp.tasks import SHAPES, Grasp, GraspTask, ObjectObservation
from yingshe.errors import UserError, did_you_mean
from yingshe.tasks import TaskSet

DEMONSTRATION_NOISE = 0.004, math.radians(3.0)
"""Standard deviations of a demonstrated grasp from the correct one: m and rad."""
_TASKS_PER_PART = 10  # the file is written after each part
_MAX_ROUNDS = 20  # of repeating grasps that failed

_OBSERVATION_COLUMNS = tuple(field.name for field in dataclasses.fields(ObjectObservation))
_GRASP_COLUMNS = {
    "x": "grasp_x", "y": "grasp_y", "z": "grasp_z", "yaw": "grasp_yaw", "opening": "opening",
}  # fmt: skip


def demonstrate(
    task: GraspTask, generator: np.random.Generator, num_grasps: int
) -> list[tuple[ObjectObservation, Grasp]]:
    """Simulate demonstrations: noisy versions of the correct grasp that succeeded.

    Args:
        task: Hidden properties of the robot and its objects.
        generator: Random numbers of objects and noise.
        num_grasps: Number of successful grasps.

    Returns:
        Observed objects and their grasps.

    Raises:
        RuntimeError: Too few grasps succeed.
    """
    position_noise, yaw_noise = DEMONSTRATION_NOISE
    scale = np.array([position_noise] * 3 + [yaw_noise, position_noise])
    demonstrations: list[tuple[ObjectObservation, Grasp]] = []
    for _ in range(_MAX_ROUNDS):
        trials, observations = [], []
        for _ in range(num_grasps - len(demonstrations)):
            object_ = task.sample_object(generator)
            observations.append(task.observe(object_, generator))
            correct = np.array(dataclasses.astuple(task.grasp(observations[-1])))
            trials.append((object_, Grasp(*(correct + scale * generator.normal(size=5)).tolist())))
        attempts = simulate_grasps(trials, task.finger_length)
        demonstrations += [
            (observation, grasp)
            for observation, (_, grasp), attempt in zip(observations, trials, attempts, strict=True)
            if attempt.success
        ]
        if len(demonstrations) == num_grasps:
            return demonstrations
    raise RuntimeError(
        f"Only {len(demonstrations)} of {num_grasps} grasps of {task} succeeded in {_MAX_ROUNDS} "
        "rounds."
    )


def collect(
    path: str | Path,
    *,
    num_tasks: int = 300,
    grasps: int = 12,
    seed: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Simulate robots with random offsets, and log their successful grasps to a Parquet file.

    The columns are task; the observed shape, x, y, yaw, length, width and height; and grasp_x,
    grasp_y, grasp_z, grasp_yaw and opening (m and rad). An existing file is continued, so that an
    interrupted collection resumes.

    Args:
        path: A .parquet file.
        num_tasks: Number of robots, each with one class of objects.
        grasps: Number of successful grasps of each robot.
        seed: Seed of tasks, objects and noise. The same seed gives the same rows.
        on_progress: Function called with the number of finished tasks after each part.

    Returns:
        The logs of the first `num_tasks` tasks.

    Raises:
        UserError: The file exists and was made with other settings.
    """
    path = Path(path)
    settings = {"grasps": grasps, "seed": seed}
    parts = dataset_io.load_partial(path, settings)
    while len(parts) < num_tasks:
        for i in range(len(parts), min(len(parts) + _TASKS_PER_PART, num_tasks)):
            generator = np.random.default_rng((seed, i))
            task = GraspTask.sample(generator)
            rows = [
                {"task": i}
                | dataclasses.asdict(observation)
                | {_GRASP_COLUMNS[k]: value for k, value in dataclasses.asdict(grasp).items()}
                for observation, grasp in demonstrate(task, generator, grasps)
            ]
            parts.append(pl.DataFrame(rows))
        dataset_io.save(path, pl.concat(parts), settings)
        if on_progress is not None:
            on_progress(len(parts))
    return pl.concat(parts[:num_tasks])


def parse_grasps(logs: pl.DataFrame) -> list[tuple[ObjectObservation, Grasp]]:
    """Convert the rows of a table to observed objects and grasps.

    Args:
        logs: Table with the columns of `collect`, without task.

    Returns:
        One observation and grasp per row.

    Raises:
        UserError: A column is missing, or a shape is unknown.
    """
    columns = [*_OBSERVATION_COLUMNS, *_GRASP_COLUMNS.values()]
    missing = [name for name in columns if name not in logs.columns]
    if missing:
        raise UserError(
            f"The logs have no column '{missing[0]}'; grasps need {', '.join(columns)}."
        )
    for shape in logs["shape"].unique().to_list():
        if shape not in SHAPES:
            raise UserError(f"There is no shape '{shape}'." + did_you_mean(str(shape), SHAPES))
    return [
        (
            ObjectObservation(**{name: row[name] for name in _OBSERVATION_COLUMNS}),
            Grasp(**{name: row[column] for name, column in _GRASP_COLUMNS.items()}),
        )
        for row in logs.select(columns).iter_rows(named=True)
    ]


def make_tasks(logs: pl.DataFrame, *, task: str = "task") -> TaskSet:
    """Make one task of each robot; each grasp gives six pairs with the same weights.

    Args:
        logs: Table with the columns of `collect`.
        task: Name of the column that identifies robot, camera and class of objects.

    Returns:
        The tasks.

    Raises:
        UserError: A column is missing, or a shape is unknown.
    """
    if task not in logs.columns:
        raise UserError(f"The logs have no column '{task}'; they have {', '.join(logs.columns)}.")
    parts = logs.partition_by(task, maintain_order=True)
    grasps = [parse_grasps(part) for part in parts]
    return TaskSet(
        np.concatenate([design_matrix(observation) for rows in grasps for observation, _ in rows]),
        np.concatenate([encode_grasp(grasp) for rows in grasps for _, grasp in rows]),
        [GRASP_DIM * len(rows) for rows in grasps],
        task=task,
        task_names=[str(part[task][0]) for part in parts],
        inputs=DESIGN_COLUMNS,
        outputs=("grasp",),
    )
