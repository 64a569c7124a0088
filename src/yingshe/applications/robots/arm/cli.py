"""`yingshe arm`: logs of arms in simulation, and a learner of their dynamics."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
from rich.console import Console
from rich.progress import Progress

from yingshe._cli_support.command import dispatch, only
from yingshe._cli_support.options import parse
from yingshe.learners import RLS
from yingshe.training import TrainConfig, meta_train

_USAGE = """usage: yingshe arm collect LOGS.parquet [options]
       yingshe arm train LOGS.parquet --run FOLDER [options]

Arms with unknown loads. `collect` simulates arms, each with a load, friction and motors of its own,
and logs their motion; `train` meta-trains a learner of inverse dynamics on such logs, which may as
well be those of a robot: a table with a column task and, for each joint, q1 (rad), v1 (rad/s),
a1 (rad/s²) and u1 (N m), q2 and so on.

examples:
  yingshe arm collect arms.parquet --arms 200
  yingshe arm train arms.parquet --run runs/arm
  yingshe arm collect mine.parquet --mjcf robot.xml --joints shoulder elbow --end-effector hand

`yingshe arm collect --help` lists the options.
"""


_ABOUT = "LOGS.parquet"


@dataclass(frozen=True)
class ModelOptions:
    """Which arm."""

    mjcf: Path | None = None
    """Model of an arm of your own; default: a Franka Panda."""
    joints: tuple[str, ...] = ()
    """Names of its joints, in the order of the file."""
    end_effector: str | None = None
    """Name of the body or site that carries the load."""


@dataclass(frozen=True)
class CollectOptions(ModelOptions):
    """Simulates arms that follow random motions, and logs them."""

    arms: int = 200
    """How many arms, each with a load of its own."""
    seconds: float = 5.0
    """Of motion, for each."""
    every: int = 10
    """Steps of the simulation between two rows."""
    dead_joint: bool = False
    """One joint of each arm has no motor torque."""
    change_load: bool = False
    """Another load is taken up in mid-motion."""
    seed: int = 0
    """Seed of loads, motions and noise."""


@dataclass(frozen=True)
class TrainOptions(ModelOptions):
    """Meta-trains a learner of inverse dynamics on logs of many arms."""

    run: Path = Path("runs/arm")
    """Folder of the run; the same command goes on with a run that was stopped."""
    task: str = "task"
    """Column that says which arm, or which episode, a row is of."""
    steps: int = 1500
    """Optimiser steps."""
    pairs: int = 60
    """Moments of each arm to read."""
    learning_rate: float = 0.01
    """At its largest."""
    seed: int = 0
    """Seed of all that is drawn."""


def run(words: Sequence[str]) -> None:
    """Collect or train, as the words say."""
    actions = {"collect": _collect, "train": _train}
    dispatch("arm", words, actions, usage=_USAGE, metavar=_ABOUT, packages=("mujoco",))


def _collect(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.robots.arm import collect

    path = only(named, _ABOUT)
    options = parse(CollectOptions, words, prog=f"yingshe arm collect {path}")
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("arms", total=options.arms)
        logs = collect(
            _arm(options),
            path,
            arms=options.arms,
            seconds=options.seconds,
            every=options.every,
            dead_joint=options.dead_joint,
            change_load=options.change_load,
            seed=options.seed,
            on_progress=lambda done: bar.update(task, completed=done),
        )
    print(f"{options.arms} arms, {len(logs)} rows: {path}")


def _train(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.robots.arm import COLUMNS, tasks_of
    from yingshe.applications.robots.dataset_io import load_logs as read_logs

    path = only(named, _ABOUT)
    options = parse(TrainOptions, words, prog=f"yingshe arm train {path}")
    tasks = tasks_of(_arm(options), read_logs(path), task=options.task)
    config = TrainConfig(
        steps=options.steps,
        examples_per_task=options.pairs,
        learning_rate=options.learning_rate,
        warmup_steps=50,
    )
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    learner = RLS(len(COLUMNS), 1, num_features=0, key=learner_key)
    meta_train(learner, tasks, config, key=train_key, run_dir=options.run, progress=True)
    print(f"the run is in {options.run}; ys.load('{options.run}') reads its learner")


def _arm(options: ModelOptions):
    from yingshe.applications.robots.arm import Arm

    return Arm(options.mjcf, joints=options.joints, end_effector=options.end_effector)
