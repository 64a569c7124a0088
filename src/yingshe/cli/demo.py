"""`yingshe demo`: train two learners in under a minute and adapt them to new tasks."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
from jaxtyping import PRNGKeyArray
from matplotlib.figure import Figure
from rich.console import Console

from yingshe.applications import APPLICATIONS
from yingshe.cli import command_of
from yingshe.command_line.command import warn_renamed
from yingshe.command_line.options import parse
from yingshe.command_line.output import check_writable
from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation import evaluate
from yingshe.evaluation.plotting import ACCENT_COLORS, TEXT_COLOR, new_figure, save_figure
from yingshe.learners import RLS, Learner
from yingshe.mapping import adapt
from yingshe.pairs import Pairs
from yingshe.tasks import Family, Linear, Sinusoid
from yingshe.training import TrainConfig, meta_train

_RENAMED = {"agent": ("agents",), "walker": ("locomotion",), "languages": ("intents", "g2p")}
"""Demonstrations of 0.1 -> applications."""

_SHOTS = (0, 1, 2, 3, 5, 10)
_TASKS = 200
_SHOTS_DRAWN = (0, 1, 2, 3)
_INTERVAL_ENDS = (0.05, 0.95)

_LINEAR = Linear(x_dim=5, noise_std=0.1)
_SINUSOID = Sinusoid()
_QUICK = TrainConfig(steps=300, tasks_per_step=32, examples_per_task=12, learning_rate=0.02)
_LONGER = TrainConfig(steps=1200, tasks_per_step=32, examples_per_task=12, learning_rate=3e-3)


@dataclass(frozen=True)
class DemoOptions:
    """Train two learners from nothing, evaluate them on new tasks, and draw one that adapts."""

    plot: Path = Path("yingshe-demo.png")
    """Picture to write, .png or .svg."""
    seed: int = 0
    """Seed of everything that is drawn."""


def run(args: Sequence[str]) -> None:
    """Train, evaluate and draw, or run the demonstration of an application.

    Args:
        args: Command-line arguments after `yingshe demo`.

    Raises:
        UserError: An argument does not fit, or a package is missing.
    """
    if args and not args[0].startswith("-"):
        _run_application(args[0], args[1:])
        return
    options = parse(DemoOptions, args, prog="yingshe demo", description=_describe())
    check_writable(plot=options.plot)
    console, start_time = Console(), time.monotonic()
    console.print(
        "Each task is a mapping that the learner has never seen. It observes a few (x, y) pairs, "
        "takes no gradient step, and then predicts with that mapping.\n"
    )
    key = jax.random.key(options.seed)
    lines = RLS(5, 1, num_features=0, key=key)  # linear in x: no learned features are needed
    _train_and_evaluate("linear functions", lines, _LINEAR, _QUICK, key=key, console=console)
    waves = RLS(1, 1, num_features=32, key=key)
    waves = _train_and_evaluate("sinusoids", waves, _SINUSOID, _LONGER, key=key, console=console)
    task = _SINUSOID.sample(jax.random.fold_in(key, 1), 200)
    save_figure(_draw(waves, task), options.plot)
    console.print(
        f"Rows: squared error after that many pairs, on {_TASKS} new tasks. RLS comes close to the "
        "oracle, the Bayes-optimal predictor, which knows how the tasks are generated."
    )
    print(f"plot: {options.plot}")
    print(f"{time.monotonic() - start_time:.0f} s in all; next: yingshe train --help")


def _describe() -> str:
    return (
        "Train two learners in under a minute and adapt them to new tasks.\n\n"
        "Prints their errors by number of shots next to a baseline and the Bayes-optimal "
        "predictor, and draws one of them as it adapts to a new task.\n\n"
        "`yingshe demo APPLICATION` runs `yingshe APPLICATION demo`; applications: "
        f"{', '.join(APPLICATIONS)}."
    )


def _run_application(name: str, args: Sequence[str]) -> None:
    applications = _RENAMED.get(name, (name,))
    if name in _RENAMED:
        present = " and ".join(f"demo {application}" for application in applications)
        warn_renamed(f"demo {name}", present)
    for application in applications:
        if application not in APPLICATIONS:
            raise UserError(
                f"There is no demonstration '{name}'." + did_you_mean(name, APPLICATIONS)
            )
        command_of(application)(["demo", *args])


def _train_and_evaluate(
    name: str,
    learner: Learner,
    family: Family,
    config: TrainConfig,
    *,
    key: PRNGKeyArray,
    console: Console,
) -> Learner:
    """Train a learner, print its errors on new tasks, and return it."""
    train_key, test_key = jax.random.split(key)
    console.print(f"[bold]{name}[/bold]")
    learner = meta_train(learner, family, config, key=train_key, progress=True)
    curve = evaluate(learner, family, _SHOTS, key=test_key, tasks=_TASKS, baselines=("ridge",))
    console.print(curve.table())
    return learner


def _draw(learner: Learner, task: Pairs) -> Figure:
    """Draw a new task after 0, 1, 2 … pairs: the truth, the prediction and its 90 % interval."""
    figure, panels = new_figure(len(_SHOTS_DRAWN), width=3.2, height=3.0)
    support_x, support_y = (
        np.asarray(task.x[: max(_SHOTS_DRAWN)]),
        np.asarray(task.y[: max(_SHOTS_DRAWN)]),
    )
    order = np.argsort(np.asarray(task.x[:, 0]))
    truth_x, truth_y = np.asarray(task.x)[order, 0], np.asarray(task.y)[order, 0]
    grid = np.linspace(truth_x[0], truth_x[-1], 200)
    for axes, k in zip(panels, _SHOTS_DRAWN, strict=True):
        prediction = adapt(learner, support_x[:k], support_y[:k])(grid[:, None])
        low, high = (np.asarray(prediction.quantile(end))[:, 0] for end in _INTERVAL_ENDS)
        axes.fill_between(grid, low, high, color=ACCENT_COLORS[0], alpha=0.15, linewidth=0)
        axes.plot(
            truth_x, truth_y, color=TEXT_COLOR, linewidth=1.2, linestyle=(0, (4, 2)), label="task"
        )
        mean = np.asarray(prediction.mean)[:, 0]
        axes.plot(grid, mean, color=ACCENT_COLORS[0], linewidth=2, label="RLS, 90 % interval")
        axes.plot(
            support_x[:k, 0], support_y[:k, 0], "o", color=ACCENT_COLORS[1], label="support pairs"
        )
        axes.set_title(f"{k} pair{'s' * (k != 1)}", fontsize=10, color=TEXT_COLOR)
        axes.set_ylim(-6, 6)
    figure.legend(
        *panels[-1].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    return figure
