"""Demo of an arm: the payload changes in mid-motion, with and without adaptation."""

import dataclasses
import os
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import track as progress_bar
from rich.table import Table

from yingshe import zoo
from yingshe.applications.robots.arm.cli import ZOO_MODEL, DemoOptions
from yingshe.command_line.output import check_writable
from yingshe.evaluation.plotting import (
    ACCENT_COLORS,
    TEXT_COLOR,
    render_or_explain,
    save_figure,
)

if TYPE_CHECKING:
    from yingshe.applications.policy import Policy
    from yingshe.applications.robots.arm.robot import Arm
    from yingshe.applications.robots.arm.tracking import Tracking

_SECONDS = 5.0
_FPS = 12
_MASSES = (0.4, 2.6)  # kg, before and after
_NOMINAL, _ADAPTIVE, _ORACLE = "nominal model", "adaptive (yingshe)", "true model"
_COLORS = {
    _NOMINAL: ACCENT_COLORS[1],
    "Slotine-Li": ACCENT_COLORS[5],
    _ADAPTIVE: ACCENT_COLORS[0],
    _ORACLE: TEXT_COLOR,
}


def run_demo(options: DemoOptions) -> None:
    """Track the same trajectory with every controller, and print and draw the errors.

    Args:
        options: Files to write, and the seed.

    Raises:
        UserError: A file cannot be written.
    """
    check_writable(plot=options.plot, animation=options.animation)
    os.environ.setdefault("MUJOCO_GL", "egl")
    from yingshe.applications.robots.arm import Arm, ArmTask, track
    from yingshe.applications.robots.arm.render import draw_tracking_errors, render_frames

    arm, console = Arm(), Console()
    generator = np.random.default_rng((99, options.seed))
    before, after = (ArmTask.sample(generator, arm.num_joints) for _ in range(2))
    before = dataclasses.replace(before, mass=_MASSES[0])
    after = dataclasses.replace(before, mass=_MASSES[1], center_of_mass=after.center_of_mass)
    console.print(
        f"An arm with {arm.num_joints} joints follows a trajectory for {_SECONDS:.0f} s at 500 Hz. "
        f"Its payload changes from {before.mass:.1f} kg to {after.mass:.1f} kg after "
        f"{_SECONDS / 2:.1f} s. Payload, friction and motor gains are unknown to the controllers.\n"
    )
    trackings = {
        name: track(arm, before, controller, seed=options.seed, seconds=_SECONDS, switch_to=after)
        for name, controller in progress_bar(
            _make_controllers(arm).items(), description="tracking", console=Console(stderr=True)
        )
    }
    console.print(_make_table(trackings))
    console.print(
        "\nJoints and hand: root mean square errors. Settling: time until the error is within "
        "twice that before the change. Step: 99th percentile of the time of a control step.\n"
    )
    save_figure(draw_tracking_errors(trackings, _COLORS), options.plot)
    print(f"plot: {options.plot}")
    nominal, adaptive = trackings[_NOMINAL], trackings[_ADAPTIVE]
    render_or_explain(
        lambda: render_frames(arm, nominal, adaptive, fps=_FPS), options.animation, fps=_FPS
    )


def _make_controllers(arm: "Arm") -> "dict[str, Policy]":
    from yingshe.applications.robots import arm as arms

    return {
        "feedback only": arms.PDController(arm),
        _NOMINAL: arms.ComputedTorqueController(arm),
        "ridge from scratch": arms.RidgeController(arm),
        "Slotine-Li": arms.SlotineLiController(arm),
        _ADAPTIVE: arms.AdaptiveController(arms.ArmModel.from_learner(arm, zoo.load(ZOO_MODEL))),
        _ORACLE: arms.OracleController(arm),
    }


def _make_table(trackings: "dict[str, Tracking]") -> Table:
    table = Table("controller", "joints", "hand", "settling", "step", box=None)
    for name, tracking in trackings.items():
        table.add_row(
            name,
            f"{1e3 * tracking.joint_rmse:.2f} mrad",
            f"{1e3 * tracking.end_effector_rmse:.2f} mm",
            f"{tracking.settling_time(len(tracking.q) // 2):.2f} s",
            f"{1e6 * np.percentile(tracking.step_seconds, 99):.0f} µs",
        )
    return table
