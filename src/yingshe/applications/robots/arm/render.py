"""Pictures and animations of an arm that tracks a trajectory."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from collections.abc import Mapping

import mujoco
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from yingshe.applications.robots.arm.robot import Arm
from yingshe.applications.robots.arm.tracking import Tracking
from yingshe.evaluation.plotting import TEXT_COLOR, new_figure

_PIXELS = 320  # width and height of each side
_TARGET_COLOR = np.array([0.76, 0.25, 0.05, 0.8], np.float32)


def draw_tracking_errors(trackings: Mapping[str, Tracking], colors: Mapping[str, str]) -> Figure:
    """Draw the error of the end-effector over time; the payload changes half-way.

    Args:
        trackings: Name of a controller -> its motion.
        colors: Name -> color, for the controllers to draw.

    Returns:
        The figure.
    """
    figure, (axes,) = new_figure(width=7.5, height=3.8)
    first = trackings[next(iter(colors))]
    times = first.time_step * np.arange(len(first.q))
    for name, color in colors.items():
        error = 1e3 * np.maximum(trackings[name].end_effector_error, 1e-6)
        axes.plot(times, error, color=color, linewidth=1.4, label=name)
    change = times[len(times) // 2]
    axes.axvline(change, color=TEXT_COLOR, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.text(
        change + 0.05, 0.03, "the payload changes", transform=axes.get_xaxis_transform(),
        va="bottom", fontsize=9, color=TEXT_COLOR,
    )  # fmt: skip
    axes.set_yscale("log")
    axes.set_xlabel("s")
    axes.set_ylabel("error of the end-effector, mm")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure


def render_frames(arm: Arm, left: Tracking, right: Tracking, *, fps: int) -> list[Image.Image]:
    """Render two motions side by side, with the desired end-effector position as a dot.

    Args:
        arm: Robot model of the arm.
        left: Motion of the nominal model's controller.
        right: Motion of the adaptive controller.
        fps: Frames per second.

    Returns:
        Images of (320, 640) pixels.
    """
    camera = mujoco.MjvCamera()
    camera.lookat[:], camera.distance = (0.25, 0.0, 0.45), 1.7
    camera.azimuth, camera.elevation = 145, -12
    stride = round(1 / (fps * arm.time_step))
    data, images = mujoco.MjData(arm.model), []
    with mujoco.Renderer(arm.model, _PIXELS, _PIXELS) as renderer:
        for t in range(0, len(left.q), stride):
            sides = []
            for tracking in (left, right):
                data.qpos[:] = tracking.q[t]
                mujoco.mj_forward(arm.model, data)
                renderer.update_scene(data, camera)
                _add_target(renderer.scene, arm.end_effector_position(tracking.reference[t]))
                sides.append(renderer.render())
            image = Image.fromarray(np.concatenate(sides, axis=1))
            label = ImageDraw.Draw(image)
            label.text((10, 8), f"nominal model   {left.time_step * t:.1f} s", fill="black")
            label.text((_PIXELS + 10, 8), "adaptive", fill="black")
            images.append(image)
    return images


def _add_target(scene: mujoco.MjvScene, position: np.ndarray) -> None:
    mujoco.mjv_initGeom(
        scene.geoms[scene.ngeom],
        mujoco.mjtGeom.mjGEOM_SPHERE,
        np.array([0.03, 0, 0]),
        position,
        np.eye(3).ravel(),
        _TARGET_COLOR,
    )
    scene.ngeom += 1
