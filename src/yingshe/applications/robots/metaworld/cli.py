"""`yingshe metaworld`: episodes of Meta-World's experts, and a learner of policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
from rich.console import Console
from rich.progress import Progress

from yingshe._cli_support.command import dispatch, only
from yingshe._cli_support.options import parse
from yingshe.learners import AttentiveProcess
from yingshe.training import TrainConfig, meta_train

_USAGE = """usage: yingshe metaworld collect FOLDER [options]
       yingshe metaworld train FOLDER --run RUN [options]

Manipulation from a few demonstrations. `collect` lets scripted experts show the classes that a
suite trains on, undisturbed and disturbed; `train` meta-trains a learner that reads demonstrations
of a class it has never seen and is then its policy.

examples:
  yingshe metaworld collect episodes --suite ml10
  yingshe metaworld train episodes --suite ml10 --run runs/ml10
  yingshe demo metaworld

`yingshe metaworld collect --help` lists the options.
"""


_ABOUT = "FOLDER"


@dataclass(frozen=True)
class CollectOptions:
    """Lets scripted experts show the classes that a suite trains on, one table a class."""

    suite: Literal["ml10", "ml45"] = "ml45"
    """Which classes."""
    episodes: int = 100
    """Of each class; two fifths are undisturbed."""
    workers: int = 2
    """Processes side by side."""
    seed: int = 0
    """Seed of goals and disturbances."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-trains a learner of policies on recorded classes and imagined ones."""

    suite: Literal["ml10", "ml45"] = "ml45"
    """Which classes; none that the suite holds out."""
    run: Path = Path("runs/metaworld")
    """Folder of the run; the same command goes on with a run that was stopped."""
    imagined: int = 1500
    """Classes that are random scripts in a world of points, beside the recorded ones."""
    steps: int = 8_000
    """Optimiser steps."""
    learning_rate: float = 1e-3
    """At its largest."""
    channels: int = 96
    """Width of the network."""
    pooled: bool = False
    """Train one policy for all classes that reads no demonstrations, to stand beside."""
    seed: int = 0
    """Seed of all that is drawn."""


def run(words: Sequence[str]) -> None:
    """Collect or train, as the words say."""
    actions = {"collect": _collect, "train": _train}
    dispatch("metaworld", words, actions, usage=_USAGE, metavar=_ABOUT, packages=("metaworld",))


def _collect(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.robots.metaworld import SUITES, collect

    folder = only(named, _ABOUT)
    options = parse(CollectOptions, words, prog=f"yingshe metaworld collect {folder}")
    classes = SUITES[options.suite][0]
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("classes", total=len(classes))
        collect(
            folder,
            classes,
            episodes=options.episodes,
            seed=options.seed,
            workers=options.workers,
            on_progress=lambda done: bar.update(task, completed=done),
        )
    print(f"{len(classes)} classes, {options.episodes} episodes of each: {folder}")


def _train(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.robots.metaworld import (
        SUITES,
        Demonstrations,
        imagine,
        read_demonstrations,
    )
    from yingshe.applications.robots.metaworld.family import ASKED, READ
    from yingshe.applications.robots.metaworld.features import X_DIM, Y_DIM

    folder = only(named, _ABOUT)
    options = parse(TrainOptions, words, prog=f"yingshe metaworld train {folder}")
    recorded = read_demonstrations(folder, SUITES[options.suite][0])
    support = 0 if options.pooled else READ
    # What a policy cannot be told, it can but guess: for the pooled one imagination only confuses.
    imagined = {} if options.pooled else imagine(options.imagined, seed=options.seed)
    family = Demonstrations(recorded, imagined=imagined, support=support)
    config = TrainConfig(
        steps=options.steps,
        tasks_per_step=16,
        examples_per_task=support + ASKED,
        objective="support_query",
        shot_range=(support, support),
        optimizer="adamw",
        learning_rate=options.learning_rate,
        warmup_steps=200,
        validate_every=1000,
    )
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    learner = AttentiveProcess(
        X_DIM,
        Y_DIM,
        likelihood="gaussian_mixture",
        embed_dim=options.channels,
        capacity=READ,
        key=learner_key,
    )
    meta_train(learner, family, config, key=train_key, run_dir=options.run, progress=True)
    print(f"the run is in {options.run}; ys.load('{options.run}') reads its learner")
