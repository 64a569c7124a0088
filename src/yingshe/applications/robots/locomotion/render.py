"""Plot and animation of episodes with a fault."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import copy
from collections.abc import Mapping

import mujoco
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from yingshe.applications.robots.locomotion.evaluation import ADAPTIVE
from yingshe.applications.robots.locomotion.robots import LeggedRobot
from yingshe.applications.robots.locomotion.simulation import Episode
from yingshe.applications.robots.locomotion.tasks import ActuatorFault
from yingshe.evaluation.plotting import ACCENT_COLORS, MUTED_COLORS, TEXT_COLOR, new_figure

FRAME_STRIDE = 2
"""Time steps per frame of the animation."""

_FAULT_COLOR = (0.76, 0.15, 0.1, 1.0)  # RGBA of failed joints
_WIDTH, _HEIGHT = 480, 200  # pixels of one episode


def draw_episodes(episodes: Mapping[str, Episode], time_step: float) -> Figure:
    """Plot forward position over time, and the motor gains of the adaptive controller.

    Args:
        episodes: Controller's name → episode with the same fault; one is "adaptive".
        time_step: Time between two actions, s.

    Returns:
        A figure with two panels.
    """
    figure, (position_axes, gain_axes) = new_figure(2, width=4.6, height=3.6)
    colors = dict(zip(episodes, (ACCENT_COLORS[1], ACCENT_COLORS[0], TEXT_COLOR), strict=False))
    for name, episode in episodes.items():
        times = time_step * np.arange(len(episode.forward))
        label = f"{name} (yingshe)" if name == ADAPTIVE else name
        position_axes.plot(times, episode.forward, color=colors[name], linewidth=1.8, label=label)
    position_axes.set_ylabel("forward position, m", color=TEXT_COLOR)
    adaptive = episodes[ADAPTIVE]
    times = time_step * np.arange(len(adaptive.forward))
    for motor, weak in enumerate(adaptive.estimated_gains[-1] < 0.5):
        gain_axes.plot(
            times,
            adaptive.estimated_gains[:, motor],
            color=ACCENT_COLORS[0] if weak else MUTED_COLORS[0],
            linewidth=1.8 if weak else 1.0,
            zorder=3 if weak else 2,
        )
    gain_axes.set_ylabel("estimated gain of each motor", color=TEXT_COLOR)
    gain_axes.set_ylim(-0.05, 1.25)
    fault_time = time_step * adaptive.fault_step
    for axes in (position_axes, gain_axes):
        axes.axvline(fault_time, color=TEXT_COLOR, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.set_xlabel("time, s", color=TEXT_COLOR)
    position_axes.text(
        fault_time,
        1.0,
        " fault",
        transform=position_axes.get_xaxis_transform(),
        va="top",
        fontsize=9,
    )
    figure.legend(
        *position_axes.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        frameon=False,
    )
    return figure


def render_episodes(
    robot: LeggedRobot, fault: ActuatorFault, episodes: Mapping[str, Episode]
) -> list[Image.Image]:
    """Render episodes one above the other; failed joints are red from the fault on.

    Args:
        robot: Robot of the episodes.
        fault: Fault of the episodes.
        episodes: Controller's name → episode.

    Returns:
        Frames for `save_gif`; an error of the graphics driver is not caught.
    """
    model, frames = copy.copy(robot.model), []
    # A plain floor compresses better.
    model.mat_reflectance[:], model.mat_texrepeat[:] = 0.0, 16.0
    data = mujoco.MjData(model)
    camera = mujoco.MjvCamera()
    camera.distance, camera.azimuth, camera.elevation = 3.2, 90, -10
    failed_bodies = model.jnt_bodyid[model.actuator_trnid[fault.dead_motors, 0]]
    failed_geoms = np.isin(model.geom_bodyid, failed_bodies)
    steps = min(len(episode.mj_state) for episode in episodes.values())
    with mujoco.Renderer(model, _HEIGHT, _WIDTH) as renderer:
        for t in range(0, steps, FRAME_STRIDE):
            rows = []
            for name, episode in episodes.items():
                if t >= episode.fault_step:
                    model.geom_matid[failed_geoms] = -1  # else the texture's color would stay
                    model.geom_rgba[failed_geoms] = _FAULT_COLOR
                state_type = mujoco.mjtState.mjSTATE_FULLPHYSICS
                mujoco.mj_setState(model, data, episode.mj_state[t], state_type)
                mujoco.mj_forward(model, data)
                sideways = data.qpos[1] if robot.name == "ant" else 0
                camera.lookat[:] = (data.qpos[0], sideways, 0.5)
                renderer.update_scene(data, camera)
                image = Image.fromarray(renderer.render())
                label = f"{name}   {episode.forward[t]:.1f} m   {t * robot.time_step:.1f} s"
                ImageDraw.Draw(image).text((8, 6), label, fill="black")
                rows.append(np.asarray(image))
            frame = Image.fromarray(np.concatenate(rows))
            frames.append(frame.quantize(64, Image.Quantize.FASTOCTREE))
    return frames
