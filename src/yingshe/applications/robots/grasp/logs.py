"""Logs of grasps that succeeded: made in simulation, or anybody's, and the tasks that they are."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from yingshe.applications.robots import dataset_io as recording
from yingshe.applications.robots.grasp.mapping import COLUMNS, ROWS, rows_of, to_floats
from yingshe.applications.robots.grasp.simulate import attempts
from yingshe.applications.robots.grasp.task import SHAPES, Grasp, GraspTask, Seen
from yingshe.errors import UserError, did_you_mean
from yingshe.tasks import TaskSet

DEMONSTRATION_NOISE = 0.004, math.radians(3.0)
"""m and rad: standard deviations of a demonstrated grasp from the right one."""
_AT_ONCE = 10  # tasks after which the file is whole
_MOST_ROUNDS = 20  # of trying again for the grasps that failed

_SEEN = tuple(field.name for field in dataclasses.fields(Seen))
_GRASP = {
    "x": "grasp_x", "y": "grasp_y", "z": "grasp_z", "yaw": "grasp_yaw", "opening": "opening",
}  # fmt: skip


def demonstrate(
    task: GraspTask, generator: np.random.Generator, number: int
) -> list[tuple[Seen, Grasp]]:
    """So many grasps of a task that succeeded in simulation, each as right as a hand guides an arm.

    Raises RuntimeError where they hardly ever succeed.
    """
    along, turn = DEMONSTRATION_NOISE
    scale = np.array([along, along, along, turn, along])
    found: list[tuple[Seen, Grasp]] = []
    for _ in range(_MOST_ROUNDS):
        trials, seen = [], []
        for _ in range(number - len(found)):
            object_ = task.draw_object(generator)
            seen.append(task.see(object_, generator))
            right = np.array(dataclasses.astuple(task.grasp(seen[-1])))
            trials.append((object_, Grasp(*(right + scale * generator.normal(size=5)).tolist())))
        done = attempts(trials, task.finger)
        found += [
            (one, grasp)
            for one, (_, grasp), how in zip(seen, trials, done, strict=True)
            if how.success
        ]
        if len(found) == number:
            return found
    raise RuntimeError(
        f"Only {len(found)} of {number} grasps of {task} succeeded, again and again."
    )


def collect(
    path: str | Path,
    *,
    tasks: int = 300,
    grasps: int = 12,
    seed: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Let arms of unknown offset grasp objects, and log what succeeded into a Parquet file.

    Its columns: task; what the camera saw, shape, x, y, yaw, length, width, height; and the grasp,
    grasp_x, grasp_y, grasp_z, grasp_yaw, opening (m and rad). A file that is there already is gone
    on with, so that a collection that was killed resumes. Row by row the same seed gives the same
    file.

    Args:
        path: a .parquet file.
        tasks: how many.
        grasps: successful ones, of each task.
        seed: of tasks, objects and noise.
        on_progress: told the number of tasks now and then.

    Raises UserError where the file is there and was made with other settings.
    """
    path = Path(path)
    settings = {"grasps": grasps, "seed": seed}
    parts = recording.load_partial(path, settings)
    while len(parts) < tasks:
        for i in range(len(parts), min(len(parts) + _AT_ONCE, tasks)):
            generator = np.random.default_rng((seed, i))
            task = GraspTask.draw(generator)
            rows = [
                {"task": i}
                | dataclasses.asdict(seen)
                | {_GRASP[name]: value for name, value in dataclasses.asdict(grasp).items()}
                for seen, grasp in demonstrate(task, generator, grasps)
            ]
            parts.append(pl.DataFrame(rows))
        recording.save(path, pl.concat(parts), settings)
        if on_progress is not None:
            on_progress(len(parts))
    return pl.concat(parts[:tasks])


def grasps_in(logs: pl.DataFrame) -> list[tuple[Seen, Grasp]]:
    """The grasps of a table, one a row. Raises UserError where a column is missing or wrong."""
    wanted = [*_SEEN, *_GRASP.values()]
    missing = [name for name in wanted if name not in logs.columns]
    if missing:
        raise UserError(f"The logs have no column '{missing[0]}'; grasps need {', '.join(wanted)}.")
    for shape in logs["shape"].unique().to_list():
        if shape not in SHAPES:
            raise UserError(f"There is no shape '{shape}'." + did_you_mean(str(shape), SHAPES))
    return [
        (
            Seen(**{name: row[name] for name in _SEEN}),
            Grasp(**{name: row[column] for name, column in _GRASP.items()}),
        )
        for row in logs.select(wanted).iter_rows(named=True)
    ]


def tasks_of(logs: pl.DataFrame, *, task: str = "task") -> TaskSet:
    """Grasps as tasks: each gives as many pairs as a grasp has numbers, with the same weights.

    `task` names the column that says which robot, camera and class of objects a row is of. Raises
    UserError where a column is missing.
    """
    if task not in logs.columns:
        raise UserError(f"The logs have no column '{task}'; they have {', '.join(logs.columns)}.")
    parts = logs.partition_by(task, maintain_order=True)
    grasps = [grasps_in(part) for part in parts]
    return TaskSet(
        np.concatenate([rows_of(seen) for one in grasps for seen, _ in one]),
        np.concatenate([to_floats(grasp) for one in grasps for _, grasp in one]),
        [ROWS * len(one) for one in grasps],
        task=task,
        task_names=[str(part[task][0]) for part in parts],
        inputs=COLUMNS,
        outputs=("grasp",),
    )
