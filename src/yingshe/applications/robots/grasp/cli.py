"""`yingshe grasp`: logs of grasps in simulation, and a learner of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
from rich.console import Console
from rich.progress import Progress

from yingshe._cli_support.command import dispatch, only
from yingshe._cli_support.options import parse
from yingshe.errors import UserError
from yingshe.learners import RLS
from yingshe.training import TrainConfig, meta_train

_USAGE = """usage: yingshe grasp collect LOGS.parquet [options]
       yingshe grasp train LOGS.parquet --run FOLDER [options]

Grasping with unknown offsets. `collect` lets arms grasp objects in simulation, each with a camera
offset, finger length and class of objects of its own, and logs what succeeded; `train` meta-trains
a learner of grasps on such logs, which may as well be those of robots: a table with the columns
task; shape (box, cylinder or ellipsoid), x, y, yaw, length, width and height, as the camera sees
them; and grasp_x, grasp_y, grasp_z, grasp_yaw and opening, in the robot's frame, in m and rad.

examples:
  yingshe grasp collect grasps.parquet --tasks 300
  yingshe grasp train grasps.parquet --run runs/grasp

`yingshe grasp collect --help` lists the options.
"""


_ABOUT = "LOGS.parquet"


@dataclass(frozen=True)
class CollectOptions:
    """Lets arms grasp objects in simulation, and logs the grasps that succeeded."""

    tasks: int = 300
    """How many robots, each with offsets and a class of objects of its own."""
    grasps: int = 12
    """Successful ones, of each."""
    seed: int = 0
    """Seed of tasks, objects and noise."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-trains a learner of grasps on logs of many robots."""

    run: Path = Path("runs/grasp")
    """Folder of the run; the same command goes on with a run that was stopped."""
    task: str = "task"
    """Column that says which robot and class of objects a row is of."""
    steps: int = 1000
    """Optimiser steps."""
    grasps: int = 12
    """Grasps of each task to read."""
    learning_rate: float = 0.01
    """At its largest."""
    seed: int = 0
    """Seed of all that is drawn."""


def run(words: Sequence[str]) -> None:
    """Collect or train, as the words say."""
    actions = {"collect": _collect, "train": _train}
    dispatch("grasp", words, actions, usage=_USAGE, metavar=_ABOUT, packages=("mujoco",))


def _collect(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.robots.grasp import collect

    path = only(named, _ABOUT)
    options = parse(CollectOptions, words, prog=f"yingshe grasp collect {path}")
    if options.tasks < 1 or options.grasps < 1:
        raise UserError("Collect at least one task of at least one grasp.")
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("tasks", total=options.tasks)
        logs = collect(
            path,
            tasks=options.tasks,
            grasps=options.grasps,
            seed=options.seed,
            on_progress=lambda done: bar.update(task, completed=done),
        )
    print(f"{options.tasks} tasks, {len(logs)} grasps: {path}")


def _train(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.robots.grasp import COLUMNS, tasks_of
    from yingshe.applications.robots.grasp.mapping import ROWS
    from yingshe.applications.robots.dataset_io import load_logs as read_logs

    path = only(named, _ABOUT)
    options = parse(TrainOptions, words, prog=f"yingshe grasp train {path}")
    tasks = tasks_of(read_logs(path), task=options.task)
    config = TrainConfig(
        steps=options.steps,
        tasks_per_step=16,  # of the 64 by default: there are few weights
        examples_per_task=ROWS * options.grasps,
        learning_rate=options.learning_rate,
        warmup_steps=50,
    )
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    learner = RLS(len(COLUMNS), 1, num_features=0, key=learner_key)
    meta_train(learner, tasks, config, key=train_key, run_dir=options.run, progress=True)
    print(f"the run is in {options.run}; ys.load('{options.run}') reads its learner")
