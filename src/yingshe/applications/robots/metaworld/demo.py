"""`yingshe demo metaworld`: manipulation that is shown once or five times, and then done."""

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from rich.console import Console
from rich.progress import track as bar
from rich.table import Table

from yingshe import zoo
from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe._cli_support.packages import require_packages
from yingshe.evaluation.plotting import ACCENT_COLORS, new_figure, save_figure
from yingshe.serialization import write_atomically

_SHOTS = (1, 5)
_GOALS = 4
_STEPS = 200
_FILMED = "bin-picking-v3"
_EVERY = 4  # steps between two frames
_FRAME_MS = 80


@dataclass(frozen=True)
class DemoMetaworldOptions:
    """Five kinds of manipulation that training never saw, from one and from five demonstrations."""

    plot: Path = Path("yingshe-demo-metaworld.png")
    """Picture to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-metaworld.gif")
    """Animation to write, .gif: before any demonstration on the left, after one on the right."""
    seed: int = 0
    """Seed of demonstrations and goals."""


def run(words: Sequence[str]) -> None:
    """Let the policies act towards new goals, and show how many they reach."""
    options = parse(DemoMetaworldOptions, words, prog="yingshe demo metaworld")
    check_writable(plot=options.plot, animation=options.animation)
    require_packages("metaworld", extra="robots")
    os.environ.setdefault("MUJOCO_GL", "egl")
    from yingshe.applications.robots.metaworld import (
        SUITES,
        Nudged,
        Policy,
        Worlds,
        demonstrate,
        expert,
    )
    from yingshe.applications.robots.metaworld.baselines import nearest_neighbours

    policy = Policy(zoo.load("metaworld-ml45"))
    pooled = Policy(zoo.load("metaworld-ml45-pooled"))
    classes = SUITES["ml45"][1]
    console = Console()
    console.print(
        f"A policy was trained on 45 kinds of manipulation. Here are {len(classes)} others: it "
        "reads one or five demonstrations of each, takes no gradient step, and acts towards "
        f"{_GOALS} new goals.\n"
    )
    reached: dict[str, dict[str, float]] = {}
    for name in bar(classes, description="acting", console=Console(stderr=True)):
        worlds = Worlds(name, goals=_GOALS, seed=900_000 + options.seed)
        shown = demonstrate(name, max(_SHOTS), seed=910_000 + options.seed)
        actors: dict[str, Callable] = {"none": pooled}
        for k in _SHOTS:
            actors[f"neighbours, {k}"] = nearest_neighbours(shown[:k])
            actors[f"adapting, {k}"] = policy.read(shown[:k])
        actors["expert"] = expert(name)
        reached[name] = {
            label: float(worlds.run(act if label == "expert" else Nudged(act), steps=_STEPS).mean())
            for label, act in actors.items()
        }
    labels = list(next(iter(reached.values())))
    table = Table("goals reached", *labels, box=None)
    for name, row in reached.items():
        table.add_row(name, *(f"{row[label]:.0%}" for label in labels))
    table.add_row(
        "mean", *(f"{np.mean([row[label] for row in reached.values()]):.0%}" for label in labels)
    )
    console.print(table)
    console.print(
        "\nNone: one policy for all 45 kinds, which reads nothing. Neighbours: the moments most "
        "alike in the same demonstrations. Adapting: yingshe.\n"
    )
    save_figure(_draw(reached), options.plot)
    print(f"plot: {options.plot}")
    shown = demonstrate(_FILMED, 1, seed=910_000 + options.seed)
    try:
        frames = _film(Nudged(pooled), Nudged(policy.read(shown)), Worlds, options.seed)
    except Exception as error:  # a machine without EGL: whatever the driver raises
        print(f"no animation: this machine cannot draw off screen ({type(error).__name__})")
        return
    write_atomically(options.animation, frames)
    print(f"animation: {options.animation}")


def _draw(reached: dict[str, dict[str, float]]):
    figure, (axes,) = new_figure(width=7.5, height=3.6)
    rows = (("none", "#bbbbbb"), ("neighbours, 5", ACCENT_COLORS[5]), ("adapting, 1", ACCENT_COLORS[1]),
            ("adapting, 5", ACCENT_COLORS[0]))  # fmt: skip
    place = np.arange(len(reached))
    for i, (label, colour) in enumerate(rows):
        heights = [100 * row[label] for row in reached.values()]
        axes.bar(place + 0.2 * (i - 1.5), np.maximum(heights, 0.7), 0.18, color=colour, label=label)
    axes.set_xticks(place, [name.removesuffix("-v3") for name in reached])
    axes.set_ylim(0, 103)
    axes.set_ylabel("goals reached, %")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure


def _film(before: Callable, after: Callable, worlds: Callable, seed: int) -> bytes:
    """Both policies side by side, towards the same goal."""
    sides = []
    for act in (before, after):
        world = worlds(_FILMED, goals=1, seed=900_000 + seed)
        seen, pictures = world.reset(), [world.render(0)]
        for t in range(_STEPS):
            seen = world.step(act(seen))
            if t % _EVERY == 0:
                pictures.append(world.render(0))
            if world.succeeded.all():
                break
        sides.append(pictures)
    length = min(max(map(len, sides)), _STEPS // _EVERY)
    images = []
    for t in range(length + 6):  # the end is held for half a second
        pair = [pictures[min(t, len(pictures) - 1)] for pictures in sides]
        image = Image.fromarray(np.concatenate(pair, axis=1))
        label = ImageDraw.Draw(image)
        label.text((10, 8), "no demonstration", fill="black")
        label.text((pair[0].shape[1] + 10, 8), "after one", fill="black")
        images.append(image.quantize(64))
    buffer = io.BytesIO()
    images[0].save(
        buffer, "GIF", save_all=True, append_images=images[1:], duration=_FRAME_MS, loop=0
    )
    return buffer.getvalue()
