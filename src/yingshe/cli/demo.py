"""`yingshe demo`: train two learners, and see them read tasks they never saw, in under a minute."""

import importlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
from jaxtyping import PRNGKeyArray
from matplotlib.figure import Figure
from rich.console import Console

from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe.evaluation import evaluate
from yingshe.evaluation.plotting import ACCENT_COLORS, TEXT_COLOR, new_figure, save_figure
from yingshe.learners import RLS, Learner
from yingshe.mapping import adapt
from yingshe.pairs import Pairs
from yingshe.tasks import Family, Linear, Sinusoid
from yingshe.training import TrainConfig, meta_train

_OTHERS = {
    "agent": "agents.demo",
    "arm": "robots.arm.demo",
    "grasp": "robots.grasp.demo",
    "metaworld": "robots.metaworld.demo",
    "locomotion": "robots.locomotion.demo",
    "walker": "robots.locomotion.demo",
}
_SHOTS = (0, 1, 2, 3, 5, 10)
_TASKS = 200
_READ = (0, 1, 2, 3)  # pairs read in the picture
_LEVEL_ENDS = (0.05, 0.95)

_LINEAR = Linear(x_dim=5, noise_std=0.1)
_SINUSOID = Sinusoid()
_QUICK = TrainConfig(steps=300, tasks_per_step=32, examples_per_task=12, learning_rate=0.02)
_LONGER = TrainConfig(steps=1200, tasks_per_step=32, examples_per_task=12, learning_rate=3e-3)


@dataclass(frozen=True)
class DemoOptions:
    """Trains two learners from nothing, judges them on new tasks, and draws one reading a task.

    Robots instead: `yingshe demo arm` takes up unknown loads, `yingshe demo grasp` grasps with an
    unknown camera offset, `yingshe demo metaworld` does what it was shown once, `yingshe demo
    walker` goes on when a joint dies. Agents: `yingshe demo agent` finds out which way its own
    motor pushes. Languages: `yingshe demo languages` tells what speakers of languages that it never
    read want.
    """

    plot: Path = Path("yingshe-demo.png")
    """Picture to write, .png or .svg."""
    seed: int = 0
    """Seed of everything that is drawn."""


def run(words: Sequence[str]) -> None:
    """Train, evaluate, draw, and say what was seen."""
    if words and words[0] in _OTHERS:
        importlib.import_module(f"yingshe.applications.{_OTHERS[words[0]]}").run(words[1:])
        return
    options = parse(DemoOptions, words, prog="yingshe demo")
    check_writable(plot=options.plot)
    console, began = Console(), time.monotonic()
    console.print(
        "Each task is a mapping that the learner has never seen. It reads a few (x, y) pairs of "
        "it, takes no gradient step, and from then on is that mapping.\n"
    )
    key = jax.random.key(options.seed)
    plain = RLS(
        5, 1, num_features=0, key=key
    )  # linear in x, so that it require_packages no learned features
    _train_and_judge("linear functions", plain, _LINEAR, _QUICK, key=key, console=console)
    waves = RLS(1, 1, num_features=32, key=key)
    waves = _train_and_judge("sinusoids", waves, _SINUSOID, _LONGER, key=key, console=console)
    task = _SINUSOID.sample(jax.random.fold_in(key, 1), 200)
    save_figure(_draw(waves, task), options.plot)
    console.print(
        f"Columns: squared error after that many pairs, on {_TASKS} new tasks. RLS comes close to "
        "the oracle, the best that is possible for who knows how the tasks were made."
    )
    print(f"plot: {options.plot}")
    print(f"{time.monotonic() - began:.0f} s in all; next: yingshe train --help")


def _train_and_judge(
    name: str,
    learner: Learner,
    family: Family,
    config: TrainConfig,
    *,
    key: PRNGKeyArray,
    console: Console,
) -> Learner:
    """The trained learner, once its errors on new tasks are printed."""
    train_key, test_key = jax.random.split(key)
    console.print(f"[bold]{name}[/bold]")
    learner = meta_train(learner, family, config, key=train_key, progress=True)
    curve = evaluate(learner, family, _SHOTS, key=test_key, tasks=_TASKS, baselines=("ridge",))
    console.print(curve.table())
    return learner


def _draw(learner: Learner, task: Pairs) -> Figure:
    """One new task after 0, 1, 2 … pairs: the truth, the prediction and its 90 % interval."""
    figure, panels = new_figure(len(_READ), width=3.2, height=3.0)
    read_x, read_y = np.asarray(task.x[: max(_READ)]), np.asarray(task.y[: max(_READ)])
    order = np.argsort(np.asarray(task.x[:, 0]))
    truth_x, truth_y = np.asarray(task.x)[order, 0], np.asarray(task.y)[order, 0]
    grid = np.linspace(truth_x[0], truth_x[-1], 200)
    for axes, k in zip(panels, _READ, strict=True):
        prediction = adapt(learner, read_x[:k], read_y[:k])(grid[:, None])
        low, high = (np.asarray(prediction.quantile(end))[:, 0] for end in _LEVEL_ENDS)
        axes.fill_between(grid, low, high, color=ACCENT_COLORS[0], alpha=0.15, linewidth=0)
        axes.plot(
            truth_x, truth_y, color=TEXT_COLOR, linewidth=1.2, linestyle=(0, (4, 2)), label="task"
        )
        mean = np.asarray(prediction.mean)[:, 0]
        axes.plot(grid, mean, color=ACCENT_COLORS[0], linewidth=2, label="RLS, 90 % interval")
        axes.plot(read_x[:k, 0], read_y[:k, 0], "o", color=ACCENT_COLORS[1], label="pairs read")
        axes.set_title(f"{k} pair{'s' * (k != 1)} read", fontsize=10, color=TEXT_COLOR)
        axes.set_ylim(-6, 6)
    figure.legend(
        *panels[-1].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    return figure
