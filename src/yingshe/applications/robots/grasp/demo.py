"""`yingshe demo grasp`: an arm with unknown offsets, before and after it reads a few grasps."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track as bar
from rich.table import Table

from yingshe import zoo
from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe._cli_support.packages import require_packages
from yingshe.evaluation.bootstrap import Curves, Interval, Resamples
from yingshe.evaluation.plotting import (
    ACCENT_COLORS,
    MUTED_COLORS,
    TEXT_COLOR,
    new_figure,
    save_figure,
)
from yingshe.serialization import write_atomically

_TASKS, _OBJECTS = 8, 3
_SHOTS = (0, 1, 2, 3, 5, 10)
_FILMED = 2  # objects


@dataclass(frozen=True)
class DemoGraspOptions:
    """Arms of unknown offsets read a few grasps that succeeded, and then grasp by themselves."""

    plot: Path = Path("yingshe-demo-grasp.png")
    """Picture to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-grasp.gif")
    """Animation to write, .gif: the nominal grasps on the left, the adapted ones on the right."""
    seed: int = 0
    """Seed of tasks, objects and noise."""


def run(words: Sequence[str]) -> None:
    """Let every method try the same objects, and show what each of them lifts."""
    options = parse(DemoGraspOptions, words, prog="yingshe demo grasp")
    check_writable(plot=options.plot, animation=options.animation)
    require_packages("mujoco", extra="robots")
    os.environ.setdefault("MUJOCO_GL", "egl")
    from yingshe.applications.robots.grasp import GraspTask
    from yingshe.applications.robots.grasp.judge import judge

    learner, console = zoo.load("grasp"), Console()
    console.print(
        f"{_TASKS} arms, each with a camera that is off by up to 6 cm and 40°, fingers of unknown "
        "length, and a class of objects with an unknown centre of mass. A grasp succeeds when the "
        "object is lifted 10 cm clear of the table and held for 1 s, in simulation.\n"
    )
    judged = []
    for i in bar(range(_TASKS), description="grasping", console=Console(stderr=True)):
        generator = np.random.default_rng((98, options.seed, i))
        task = GraspTask.draw(generator)
        judged.append(judge(learner, task, generator, _SHOTS, objects=_OBJECTS))
    curves = curves_of({key: np.array([one[key] for one in judged]) for key in judged[0]})
    console.print(_table(curves))
    console.print(
        f"\nShare of {_TASKS * _OBJECTS} new objects lifted and held, after so many successful "
        "grasps of the same arm were read. Nothing is read by the nominal grasp and by the "
        "oracle, who knows all that is hidden.\n"
    )
    generator = np.random.default_rng((98, options.seed, _TASKS))
    try:
        from yingshe.applications.robots.grasp.film import film

        shown = film(learner, GraspTask.draw(generator), generator, _FILMED)
    except Exception as error:  # a machine without EGL: whatever the driver raises
        save_figure(draw(curves), options.plot)
        print(f"plot: {options.plot}")
        print(f"no animation: this machine cannot draw off screen ({type(error).__name__})")
        return
    save_figure(draw(curves, shown.stills), options.plot)
    print(f"plot: {options.plot}")
    write_atomically(options.animation, shown.gif)
    print(f"animation: {options.animation}")


def curves_of(success: Mapping[tuple[str, int], np.ndarray]) -> Curves:
    """Of the success of a method after k grasps in each task, its mean with an interval."""
    resamples: Resamples | None = None
    found: dict[str, tuple[list[int], list[Interval]]] = {}
    for (name, k), values in success.items():
        resamples = resamples or Resamples(len(values), np.random.default_rng(0))
        shots, figures = found.setdefault(name, ([], []))
        shots.append(k)
        figures.append(resamples.mean(values, np.ones(len(values), bool)))
    return found


def _table(curves: Curves) -> Table:
    table = Table("grasps read", *(str(k) for k in _SHOTS), box=None)
    for name in ("nominal", *(n for n in curves if n not in ("nominal", "oracle")), "oracle"):
        shares = {k: one.value for k, one in zip(*curves[name], strict=True)}
        table.add_row(name, *(f"{shares[k]:.2f}" if k in shares else "" for k in _SHOTS))
    return table


def draw(curves: Curves, stills: Sequence[np.ndarray] = ()) -> Figure:
    """Success against grasps read, with 95 % intervals; beside it pictures of the arm."""
    figure, (axes, *others) = new_figure(1 + len(stills), width=4.1, height=3.9)
    for name, colour, words in (
        ("oracle", TEXT_COLOR, "oracle"),
        ("nominal", MUTED_COLORS[0], "no adaptation: nominal grasp"),
    ):
        line = {"color": colour, "linewidth": 1.3, "linestyle": (0, (4, 2))}
        axes.axhline(curves[name][1][0].value, label=words, **line)
    adapting = [name for name in curves if name not in ("oracle", "nominal")]
    for name, colour in zip(adapting, ACCENT_COLORS, strict=False):
        shots, figures = curves[name]
        value, low, high = np.array(figures).T
        width = 2.2 if colour == ACCENT_COLORS[0] else 1.4
        axes.plot(shots, value, "o-", color=colour, linewidth=width, markersize=4, label=name)
        axes.fill_between(shots, low, high, color=colour, alpha=0.13, linewidth=0)
    axes.set_xscale("symlog", linthresh=3)
    ticks = curves[adapting[0]][0]
    axes.set_xticks(ticks, [str(k) for k in ticks])
    axes.minorticks_off()
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("grasps read")
    axes.set_ylabel("objects lifted and held")
    for panel, still in zip(others, stills, strict=True):
        panel.imshow(still)
        panel.set_axis_off()
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure
