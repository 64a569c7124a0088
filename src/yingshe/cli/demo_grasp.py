"""`yingshe demo grasp`: an arm with unknown offsets, before and after it reads a few grasps."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.progress import track as bar
from rich.table import Table

from yingshe import zoo
from yingshe.cli.extras import needs
from yingshe.cli.options import parse
from yingshe.cli.output import check_writable
from yingshe.errors import UserError
from yingshe.evaluation.drawing import INK, MUTED, STRONG, new_figure, save_figure
from yingshe.saving import write_atomically

_TASKS, _OBJECTS = 8, 4
_SHOTS = (0, 1, 2, 3, 5, 10)
_READ = 5  # grasps, in the film
_FILMED = 3  # objects
_FRAMES = 10  # a second
_PIXELS = 360


@dataclass(frozen=True)
class DemoGraspOptions:
    """Arms with unknown camera offset, fingers and objects read a few grasps, and then take more."""

    plot: Path = Path("yingshe-demo-grasp.png")
    """Picture to write, .png or .svg."""
    movie: Path = Path("yingshe-demo-grasp.gif")
    """Animation to write, .gif: the nominal grasps on the left, the adapted ones on the right."""
    seed: int = 0
    """Seed of tasks, objects and noise."""


def run(words: Sequence[str]) -> None:
    """Let every method try the same objects, and show what each of them lifts."""
    options = parse(DemoGraspOptions, words, prog="yingshe demo grasp")
    check_writable(options.movie, plot=options.plot)
    if options.movie.suffix.lower() != ".gif":
        raise UserError(f"{options.movie} ends in '{options.movie.suffix}'; a movie is a .gif.")
    needs("mujoco", extra="robots")
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
    success = {key: float(np.mean([one[key] for one in judged])) for key in judged[0]}
    console.print(_table(success))
    console.print(
        f"\nShare of {_TASKS * _OBJECTS} new objects lifted and held, after so many successful "
        "grasps of the same arm were read. Nothing is read by the nominal grasp and by the "
        "oracle, who knows all that is hidden.\n"
    )
    save_figure(_draw(success), options.plot)
    print(f"plot: {options.plot}")
    try:
        frames = _film(learner, options.seed)
    except Exception as error:  # a machine without EGL: whatever the driver raises
        print(f"no movie: this machine cannot draw off screen ({type(error).__name__})")
        return
    write_atomically(options.movie, frames)
    print(f"movie: {options.movie}")


def _curves(success: dict[tuple[str, int], float]) -> dict[str, dict[int, float]]:
    curves: dict[str, dict[int, float]] = {}
    for (name, k), share in success.items():
        curves.setdefault(name, {})[k] = share
    return curves


def _table(success: dict[tuple[str, int], float]) -> Table:
    table = Table("grasps read", *(str(k) for k in _SHOTS), box=None)
    curves = _curves(success)
    for name in ("nominal", *(n for n in curves if n not in ("nominal", "oracle")), "oracle"):
        shares = curves[name]
        table.add_row(name, *(f"{shares[k]:.2f}" if k in shares else "" for k in _SHOTS))
    return table


def _draw(success: dict[tuple[str, int], float]) -> Figure:
    figure, (axes,) = new_figure(width=6.5, height=3.8)
    curves = _curves(success)
    for name, colour in (("oracle", INK), ("nominal", MUTED[0])):
        line = {"color": colour, "linewidth": 1.2, "linestyle": (0, (4, 2))}
        axes.axhline(curves.pop(name)[0], label=name, **line)
    for name, colour in zip(sorted(curves, key=_ours_first), STRONG, strict=False):
        shots = list(curves[name])
        shares = list(curves[name].values())
        width = 2.2 if name == "yingshe" else 1.4
        axes.plot(shots, shares, "o-", color=colour, linewidth=width, markersize=4, label=name)
    axes.set_xticks(_SHOTS)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("grasps read")
    axes.set_ylabel("objects lifted and held")
    figure.legend(loc="outside right center", frameon=False)
    return figure


def _ours_first(name: str) -> bool:
    return name != "yingshe"


def _film(learner, seed: int) -> bytes:
    """One new task: the nominal grasps of a few objects, and beside them the adapted ones."""
    from yingshe.applications.robots.grasp import (
        GraspMapping,
        GraspTask,
        attempts,
        demonstrate,
        nominal_grasp,
    )

    generator = np.random.default_rng((98, seed, _TASKS))
    task, mapping = GraspTask.draw(generator), GraspMapping(learner)
    for seen, grasp in demonstrate(task, generator, _READ):
        mapping = mapping.observe(seen, grasp)
    objects = [task.draw_object(generator) for _ in range(_FILMED)]
    seen = [task.see(object_, generator) for object_ in objects]
    grasps = [nominal_grasp(one) for one in seen], [mapping(one) for one in seen]
    before, after = (attempts(list(zip(objects, g, strict=True)), task.finger) for g in grasps)
    titles = "no adaptation: nominal grasp", f"yingshe: {_READ} grasps read"
    images = []
    for pair in zip(before, after, strict=True):
        sides = [_rendered(one, title) for one, title in zip(pair, titles, strict=True)]
        images += [
            Image.fromarray(np.concatenate(both, axis=1)) for both in zip(*sides, strict=True)
        ]
    palette = images[len(images) // 2].quantize(128)
    images = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in images]
    buffer = io.BytesIO()
    images[0].save(
        buffer, "GIF", save_all=True, append_images=images[1:],
        duration=round(1000 / _FRAMES), loop=0,
    )  # fmt: skip
    return buffer.getvalue()


def _rendered(attempt, title: str) -> list[np.ndarray]:
    """The frames of one attempt, with its title, and at the end whether it succeeded."""
    import mujoco

    from yingshe.applications.robots.grasp.scene import TIME_STEP

    model, data = attempt.model, mujoco.MjData(attempt.model)
    camera = mujoco.MjvCamera()
    camera.lookat[:], camera.distance = (0.42, 0.0, 0.16), 1.15
    camera.azimuth, camera.elevation = 150, -22
    every, frames = round(1 / (_FRAMES * TIME_STEP)), []
    steps = range(0, len(attempt.qpos), every)
    font = ImageFont.load_default(size=16)
    with mujoco.Renderer(model, _PIXELS, _PIXELS) as renderer:
        for t in steps:
            data.qpos[:] = attempt.qpos[t]
            mujoco.mj_forward(model, data)
            renderer.update_scene(data, camera)
            image = Image.fromarray(renderer.render())
            label = ImageDraw.Draw(image)
            label.text((10, 8), title, fill="black", font=font)
            if t >= len(attempt.qpos) - 8 * every:
                word, colour = ("held", "#15803d") if attempt.success else ("failed", "#b91c1c")
                label.text((10, 30), word, fill=colour, font=font)
            frames.append(np.asarray(image))
    return frames
