"""`yingshe demo arm`: an arm that takes up unknown loads, with and without adapting."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import dataclasses
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
from yingshe.evaluation.plotting import ACCENT_COLORS, TEXT_COLOR, new_figure, save_figure
from yingshe.serialization import write_atomically

_SECONDS = 5.0
_FRAMES = 12  # a second
_MASSES = (0.4, 2.6)  # kg, before and after


@dataclass(frozen=True)
class DemoArmOptions:
    """An arm follows a motion; half-way it takes up another load, which nobody tells it."""

    plot: Path = Path("yingshe-demo-arm.png")
    """Picture to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-arm.gif")
    """Animation to write, .gif: the nominal model on the left, the adapting one on the right."""
    seed: int = 0
    """Seed of the loads and of the motion."""


def run(words: Sequence[str]) -> None:
    """Let every controller track the same motion, and show what each of them reaches."""
    options = parse(DemoArmOptions, words, prog="yingshe demo arm")
    check_writable(plot=options.plot, animation=options.animation)
    require_packages("mujoco", extra="robots")
    os.environ.setdefault("MUJOCO_GL", "egl")
    from yingshe.applications.robots.arm import Arm, ArmMapping, ArmTask, control

    arm, learner = Arm(), zoo.load("arm")
    generator = np.random.default_rng((99, options.seed))
    first, second = (ArmTask.draw(generator, arm.size) for _ in range(2))
    first = dataclasses.replace(first, mass=_MASSES[0])
    second = dataclasses.replace(first, mass=_MASSES[1], centre=second.centre)
    console = Console()
    console.print(
        f"An arm of {arm.size} joints follows a motion for {_SECONDS:.0f} s at 500 Hz with a load "
        f"of {first.mass:.1f} kg; after {_SECONDS / 2:.1f} s that becomes {second.mass:.1f} kg. No "
        "controller is told either, nor the friction and the strength of the motors.\n"
    )
    controllers = {
        "feedback alone": control.Feedback(arm),
        "nominal model": control.Nominal(arm),
        "ridge from scratch": control.Ridge(arm),
        "Slotine-Li": control.SlotineLi(arm),
        "adapting (yingshe)": control.Adapting(ArmMapping(arm, learner)),
        "true model": control.TrueModel(arm, first),
    }
    tracked = {
        name: control.track(
            arm, first, controller, seed=options.seed, seconds=_SECONDS, then=second
        )
        for name, controller in bar(
            controllers.items(), description="tracking", console=Console(stderr=True)
        )
    }
    table = Table("controller", "joints", "hand", "recovery", "step", box=None)
    for name, one in tracked.items():
        table.add_row(
            name,
            f"{1e3 * one.joint_rmse:.2f} mrad",
            f"{1e3 * one.end_effector_rmse:.2f} mm",
            f"{one.recovery(len(one.q) // 2):.2f} s",
            f"{1e6 * np.percentile(one.step_seconds, 99):.0f} µs",
        )
    console.print(table)
    console.print(
        "\nJoints and hand: root mean square errors. Recovery: until the error is within twice "
        "that of before the change. Step: 99th percentile of a control step's time.\n"
    )
    save_figure(_draw(tracked), options.plot)
    print(f"plot: {options.plot}")
    try:
        frames = _film(arm, tracked["nominal model"], tracked["adapting (yingshe)"])
    except Exception as error:  # a machine without EGL: whatever the driver raises
        print(f"no animation: this machine cannot draw off screen ({type(error).__name__})")
        return
    write_atomically(options.animation, frames)
    print(f"animation: {options.animation}")


def _draw(tracked: dict):
    figure, (axes,) = new_figure(width=7.5, height=3.8)
    shown = ("nominal model", "Slotine-Li", "adapting (yingshe)", "true model")
    times = tracked[shown[0]].time_step * np.arange(len(tracked[shown[0]].q))
    for name, colour in zip(
        shown, (ACCENT_COLORS[1], ACCENT_COLORS[5], ACCENT_COLORS[0], TEXT_COLOR), strict=True
    ):
        one = tracked[name]
        error = 1e3 * np.maximum(one.end_effector_error, 1e-6)
        axes.plot(times, error, color=colour, linewidth=1.4, label=name)
    axes.axvline(times[len(times) // 2], color=TEXT_COLOR, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.text(times[len(times) // 2] + 0.05, 0.03, "the load changes",
              transform=axes.get_xaxis_transform(), va="bottom", fontsize=9, color=TEXT_COLOR)  # fmt: skip
    axes.set_yscale("log")
    axes.set_xlabel("s")
    axes.set_ylabel("error of the end-effector, mm")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure


def _film(arm, before, after) -> bytes:
    """Both arms side by side, with the wanted place of the end-effector as a dot."""
    import mujoco

    model = arm.model
    data = mujoco.MjData(model)
    camera = mujoco.MjvCamera()
    camera.lookat[:], camera.distance = (0.25, 0.0, 0.45), 1.7
    camera.azimuth, camera.elevation = 145, -12
    every = round(1 / (_FRAMES * arm.time_step))
    images = []
    with mujoco.Renderer(model, 320, 320) as renderer:
        for t in range(0, len(before.q), every):
            sides = []
            for one in (before, after):
                data.qpos[:] = one.q[t]
                mujoco.mj_forward(model, data)
                renderer.update_scene(data, camera)
                scene = renderer.scene
                mujoco.mjv_initGeom(
                    scene.geoms[scene.ngeom],
                    mujoco.mjtGeom.mjGEOM_SPHERE,
                    np.array([0.03, 0, 0]),
                    arm.end_effector(one.wanted[t]),
                    np.eye(3).ravel(),
                    np.array([0.76, 0.25, 0.05, 0.8], np.float32),
                )
                scene.ngeom += 1
                sides.append(renderer.render())
            image = Image.fromarray(np.concatenate(sides, axis=1))
            label = ImageDraw.Draw(image)
            label.text((10, 8), f"nominal model   {before.time_step * t:.1f} s", fill="black")
            label.text((330, 8), "adapting", fill="black")
            images.append(image)
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=round(1000 / _FRAMES),
        loop=0,
    )
    return buffer.getvalue()
