"""`yingshe walker`: logs of damaged walkers in simulation, and learners of their dynamics."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
from rich.console import Console
from rich.progress import Progress

from yingshe import zoo
from yingshe._cli_support.command import dispatch, only
from yingshe._cli_support.options import parse
from yingshe.errors import UserError
from yingshe.learners import RLS
from yingshe.training import TrainConfig, meta_train

_USAGE = """usage: yingshe walker collect LOGS.parquet [options]
       yingshe walker train LOGS.parquet [MORE.parquet ...] --run FOLDER [options]

Walkers that lose a joint or a leg. `collect` lets them walk, at random or by planning through a
learner of before, and logs what happens; `train` meta-trains, on such logs, the body (what torques
do) or the joints (what a motor gives of what it is asked for).

examples:
  yingshe walker collect random.parquet --walker half-cheetah
  yingshe walker train random.parquet --run runs/first
  yingshe walker collect planned.parquet --by runs/first
  yingshe walker train random.parquet planned.parquet --run runs/body
  yingshe walker train planned.parquet --part joints --body runs/body --run runs/joints

`yingshe walker collect --help` lists the options.
"""
_HIGHEST = 0.5  # cycles a standard deviation: in two dozen inputs faster waves are noise

WalkerName = Literal["half-cheetah", "ant"]


_ABOUT = "LOGS.parquet"


@dataclass(frozen=True)
class CollectOptions:
    """Lets walkers walk, damage striking each on the way, and logs them."""

    walker: WalkerName = "half-cheetah"
    """Which of Gymnasium's."""
    walks: int = 60
    """How many."""
    steps: int = 100
    """Of each walk, 0.05 s long."""
    branches: int = 8
    """Short ways that set out from every second state."""
    by: str = "chance"
    """What drives the walks: chance; simulator, plans through MuJoCo; or the run folder of a body,
    plans through it."""
    seed: int = 0
    """Seed of damages and actions."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-trains a learner of a walker's dynamics on logs."""

    walker: WalkerName = "half-cheetah"
    """Which of Gymnasium's."""
    part: Literal["body", "commanded", "joints"] = "body"
    """What delivered torques do; what commands do, damaged or not (the model that does not adapt);
    or how a motor's strength shows."""
    body: str | None = None
    """Run folder or file of the body that the joints are seen through."""
    run: Path = Path("runs/walker")
    """Folder of the run; the same command goes on with a run that was stopped."""
    features: int = 128
    """Learned features of body and commanded."""
    steps: int = 2000
    """Optimiser steps."""
    tasks: int = 256
    """Moments drawn for each step; the joints read a sixteenth as many windows."""
    learning_rate: float = 3e-3
    """At its largest."""
    seed: int = 0
    """Seed of all that is drawn."""


def run(words: Sequence[str]) -> None:
    """Collect or train, as the words say."""
    actions = {"collect": _collect, "train": _train}
    dispatch(
        "walker", words, actions, usage=_USAGE, metavar=_ABOUT, packages=("mujoco", "gymnasium")
    )


def _collect(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.robots.locomotion import collect, make_walker

    path = only(named, _ABOUT)
    options = parse(CollectOptions, words, prog="yingshe walker collect LOGS.parquet")
    by = options.by if options.by in ("chance", "simulator") else zoo.load(options.by)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("walks", total=options.walks)
        logs = collect(
            make_walker(options.walker),
            path,
            walks=options.walks,
            steps=options.steps,
            branches=options.branches,
            by=by,
            seed=options.seed,
            on_progress=lambda done: bar.update(task, completed=done),
        )
    print(f"{options.walks} walks, {len(logs)} rows: {path}")


def _train(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.robots.locomotion import (
        body_tasks,
        joint_tasks,
        joint_window,
        make_walker,
        read_logs,
    )

    options = parse(TrainOptions, words, prog="yingshe walker train LOGS.parquet")
    walker = make_walker(options.walker)
    logs = read_logs(walker, [Path(name) for name in named])
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    rate, steps = options.learning_rate, options.steps
    if options.part == "joints":
        if options.body is None:
            raise UserError("The joints are seen through a body; name its run with --body.")
        tasks = joint_tasks(walker, zoo.load(options.body), logs, seed=options.seed)
        pairs = joint_window(walker)
        config = TrainConfig(
            steps=steps,
            tasks_per_step=max(options.tasks // 16, 1),
            examples_per_task=pairs,
            learning_rate=rate,
            warmup_steps=min(50, steps - 1),
        )
        learner = RLS(walker.size, 1, num_features=0, drift=True, key=learner_key)
    else:
        actions = "delivered" if options.part == "body" else "commanded"
        tasks = body_tasks(walker, logs, actions=actions)
        # One pair a task: it is to be right before it has read any.
        config = TrainConfig(
            steps=steps,
            tasks_per_step=options.tasks,
            examples_per_task=1,
            learning_rate=rate,
            warmup_steps=min(100, steps - 1),
        )
        learner = RLS(
            tasks.x_dim,
            tasks.y_dim,
            num_features=options.features,
            max_frequency=_HIGHEST,
            # A likelihood spends its training on how sure it is; a planner reads the mean alone.
            likelihood="point",
            key=learner_key,
        )
    meta_train(learner, tasks, config, key=train_key, run_dir=options.run, progress=True)
    print(f"the run is in {options.run}; ys.load('{options.run}') reads its learner")
