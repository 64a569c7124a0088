"""`yingshe demo walker`: a walker loses a joint or a leg in mid-walk, with and without adapting."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import copy
import io
import os
from collections.abc import Sequence
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
from yingshe.applications.robots.locomotion.cli import WalkerName
from yingshe.evaluation.plotting import (
    ACCENT_COLORS,
    MUTED_COLORS,
    TEXT_COLOR,
    new_figure,
    save_figure,
)
from yingshe.serialization import write_atomically

_STEPS, _STRIKE = 160, 60
_SHOWN = ("non-adapting", "adapting", "told")
_EVERY = 2  # steps to a frame


@dataclass(frozen=True)
class DemoWalkerOptions:
    """A walker runs; on the way it loses a joint or a leg, which nobody tells it."""

    walker: WalkerName = "half-cheetah"
    """Which of Gymnasium's."""
    plot: Path = Path("yingshe-demo-walker.png")
    """Picture to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-walker.gif")
    """Animation to write, .gif: the model that does not adapt above, the adapting one below."""
    seed: int = 0
    """Seed of the start, the plans and which damage it is."""


def run(words: Sequence[str]) -> None:
    """Let every controller drive the same walk, and show what each of them reaches."""
    options = parse(DemoWalkerOptions, words, prog="yingshe demo walker")
    check_writable(plot=options.plot, animation=options.animation)
    require_packages("mujoco", "gymnasium", extra="robots")
    os.environ.setdefault("MUJOCO_GL", "egl")
    from yingshe.applications.robots.locomotion import Planner, make_walker
    from yingshe.applications.robots.locomotion.control import line_up
    from yingshe.applications.robots.locomotion.episode import walk

    walker = make_walker(options.walker)
    damage = walker.damage(walker.test[(options.seed + 1) % len(walker.test)])
    learners = (zoo.load(options.walker + part) for part in ("", "-joints", "-commanded"))
    makers = line_up(Planner(walker), *learners)
    console = Console()
    console.print(
        f"A {walker.name} of {walker.size} motors plans its way through a model of itself for "
        f"{_STEPS * walker.time_step:.0f} s. After {_STRIKE * walker.time_step:.0f} s: "
        f"{damage.name}, a damage that no learner was trained on, and nobody tells it.\n"
    )
    walks = {
        name: walk(walker, makers[name](), damage, seed=options.seed, steps=_STEPS, strike=_STRIKE)
        for name in bar(_SHOWN, description="walking", console=Console(stderr=True))
    }
    table = Table("plans through", "before", "after", "metres after", "step", box=None)
    for name, one in walks.items():
        table.add_row(
            f"{name} (yingshe)" if name == "adapting" else name,
            f"{one.before:.0f}",
            f"{one.after:.0f}",
            f"{one.forward[-1] - one.forward[_STRIKE - 1]:.1f}",
            f"{1e3 * np.median(one.step_seconds):.0f} ms",
        )
    console.print(table)
    struck = [motor for motor, left in zip(walker.motors, damage.strength, strict=True) if not left]
    believed = walks["adapting"].strength[-1][np.asarray(damage.strength) == 0]
    console.print(
        "\nBefore and after: return, forward velocity less control cost, summed over steps. Told: "
        "the same planner and body, told which motors are dead. In the end the adapting one "
        f"believes of {' and '.join(struck)} that of what is asked for it gives "
        f"{' and '.join(f'{100 * share:.0f} %' for share in believed)}.\n"
    )
    save_figure(draw(walks, walker.time_step), options.plot)
    print(f"plot: {options.plot}")
    try:
        frames = _film(walker, damage, walks["non-adapting"], walks["adapting"])
    except Exception as error:  # a machine without EGL: whatever the driver raises
        print(f"no animation: this machine cannot draw off screen ({type(error).__name__})")
        return
    write_atomically(options.animation, frames)
    print(f"animation: {options.animation}")


def draw(walks: dict, time_step: float):
    """Metres over time, and what the adapting controller believes of the motors."""
    figure, (metres, strengths) = new_figure(2, width=4.6, height=3.6)
    colours = {"non-adapting": ACCENT_COLORS[1], "adapting": ACCENT_COLORS[0], "told": TEXT_COLOR}
    for name, one in walks.items():
        times = time_step * np.arange(len(one.forward))
        label = f"{name} (yingshe)" if name == "adapting" else name
        metres.plot(times, one.forward, color=colours[name], linewidth=1.8, label=label)
    metres.set_ylabel("forward, m", color=TEXT_COLOR)
    adapting = walks["adapting"]
    times = time_step * np.arange(len(adapting.forward))
    dead = adapting.strength[-1] < 0.5
    for motor, weak in enumerate(dead):
        strengths.plot(
            times,
            adapting.strength[:, motor],
            color=ACCENT_COLORS[0] if weak else MUTED_COLORS[0],
            linewidth=1.8 if weak else 1.0,
            zorder=3 if weak else 2,
        )
    strengths.set_ylabel("believed strength of each motor", color=TEXT_COLOR)
    strengths.set_ylim(-0.05, 1.25)
    for axes in (metres, strengths):
        axes.axvline(
            time_step * adapting.strike, color=TEXT_COLOR, linewidth=0.8, linestyle=(0, (2, 2))
        )
        axes.set_xlabel("s", color=TEXT_COLOR)
    metres.text(time_step * adapting.strike, 1.0, " damage",
                transform=metres.get_xaxis_transform(), va="top", fontsize=9)  # fmt: skip
    figure.legend(
        *metres.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    return figure


def _film(walker, damage, before, after) -> bytes:
    """Both walks, one above the other, what is dead in red from the strike on."""
    import mujoco

    model, images = copy.copy(walker.model), []
    model.mat_reflectance[:], model.mat_texrepeat[:] = 0.0, 16.0  # what moves less packs better
    data = mujoco.MjData(model)
    camera = mujoco.MjvCamera()
    camera.distance, camera.azimuth, camera.elevation = 3.2, 90, -10
    moved = model.actuator_trnid[np.asarray(damage.strength) == 0, 0]
    bodies = model.jnt_bodyid[moved]
    dead = np.isin(model.geom_bodyid, bodies)
    with mujoco.Renderer(model, 200, 480) as renderer:
        for t in range(0, len(before.full), _EVERY):
            rows = []
            for name, one in (("non-adapting", before), ("adapting", after)):
                if t >= one.strike:
                    model.geom_matid[dead] = -1  # else the texture's colour would stay
                    model.geom_rgba[dead] = (0.76, 0.15, 0.1, 1.0)
                mujoco.mj_setState(model, data, one.full[t], mujoco.mjtState.mjSTATE_FULLPHYSICS)
                mujoco.mj_forward(model, data)
                camera.lookat[:] = (data.qpos[0], data.qpos[1] if walker.name == "ant" else 0, 0.5)
                renderer.update_scene(data, camera)
                image = Image.fromarray(renderer.render())
                ImageDraw.Draw(image).text(
                    (8, 6), f"{name}   {one.forward[t]:.1f} m   {t * walker.time_step:.1f} s",
                    fill="black",
                )  # fmt: skip
                rows.append(np.asarray(image))
            both = Image.fromarray(np.concatenate(rows))
            images.append(both.quantize(64, Image.Quantize.FASTOCTREE))
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=round(1000 * _EVERY * walker.time_step / 1.2),
        loop=0,
    )
    return buffer.getvalue()
