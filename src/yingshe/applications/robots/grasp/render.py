"""Pictures and animations of an arm that grasps with and without adaptation."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from yingshe.applications.robots.grasp._scene import TIME_STEP
from yingshe.applications.robots.grasp.data import demonstrate
from yingshe.applications.robots.grasp.evaluation import NOMINAL, ORACLE
from yingshe.applications.robots.grasp.model import GraspModel
from yingshe.applications.robots.grasp.simulation import Attempt, simulate_grasps
from yingshe.applications.robots.grasp.tasks import GraspTask, nominal_grasp
from yingshe.evaluation.bootstrap import Curves
from yingshe.evaluation.plotting import ACCENT_COLORS, MUTED_COLORS, TEXT_COLOR, new_figure
from yingshe.learners import Learner

NUM_SUPPORT = 5
"""Number of successful grasps that the model observes before the animation."""
FPS = 10
"""Frames per second."""
_PIXELS, _TITLE_HEIGHT = 360, 52  # of each side
_NUM_RESULT_FRAMES = 10  # last frames, which show the result
_SUCCESS_COLOR, _FAILURE_COLOR = "#15803d", "#b91c1c"


@dataclass(frozen=True)
class Rendering:
    """Frames of both sides, which grasp the same objects one after the other."""

    frames: list[Image.Image]
    """All frames, with one palette."""
    stills: tuple[np.ndarray, np.ndarray]
    """Last frame of the first object, left and right, (height, width, 3)."""


def render_frames(
    learner: Learner, task: GraspTask, generator: np.random.Generator, num_objects: int
) -> Rendering:
    """Render nominal grasps on the left and those of an adapted model on the right.

    Args:
        learner: Learner that was meta-trained on other tasks.
        task: Hidden properties of the robot and its objects.
        generator: Random numbers of objects and noise.
        num_objects: Number of objects to grasp.

    Returns:
        The frames.
    """
    model = GraspModel.from_learner(learner)
    for observation, grasp in demonstrate(task, generator, NUM_SUPPORT):
        model = model.observe(observation, grasp)
    objects = [task.sample_object(generator) for _ in range(num_objects)]
    observations = [task.observe(object_, generator) for object_ in objects]
    grasps = [nominal_grasp(observation) for observation in observations]
    grasps += [model(observation) for observation in observations]
    attempts = simulate_grasps(list(zip(objects * 2, grasps, strict=True)), task.finger_length)
    left = [_render_attempt(attempt, "nominal grasp") for attempt in attempts[:num_objects]]
    title = f"yingshe, {NUM_SUPPORT} grasps observed"
    right = [_render_attempt(attempt, title) for attempt in attempts[num_objects:]]
    images = [
        Image.fromarray(np.concatenate(pair, axis=1))
        for sides in zip(left, right, strict=True)
        for pair in zip(*sides, strict=True)
    ]
    stills = left[0][-1], right[0][-1]
    return Rendering(_quantize(images, images[len(left[0]) - 1]), stills)


def draw_success(curves: Curves, stills: Sequence[np.ndarray] = ()) -> Figure:
    """Draw the success rate by observed grasps, with 95 % intervals, next to pictures of the arm.

    Args:
        curves: Method -> (shots, success rates with intervals).
        stills: Pictures (height, width, 3).

    Returns:
        The figure.
    """
    figure, (axes, *panels) = new_figure(1 + len(stills), width=4.1, height=3.9)
    for name, color, label in (
        (ORACLE, TEXT_COLOR, "oracle"),
        (NOMINAL, MUTED_COLORS[0], "no adaptation: nominal grasp"),
    ):
        style = {"color": color, "linewidth": 1.3, "linestyle": (0, (4, 2))}
        axes.axhline(curves[name][1][0].value, label=label, **style)
    adaptive = [name for name in curves if name not in (ORACLE, NOMINAL)]
    for name, color in zip(adaptive, ACCENT_COLORS, strict=False):
        shots, rates = curves[name]
        value, low, high = np.array(rates).T
        width = 2.2 if color == ACCENT_COLORS[0] else 1.4
        axes.plot(shots, value, "o-", color=color, linewidth=width, markersize=4, label=name)
        axes.fill_between(shots, low, high, color=color, alpha=0.13, linewidth=0)
    axes.set_xscale("symlog", linthresh=3)
    ticks = curves[adaptive[0]][0]
    axes.set_xticks(ticks, [str(k) for k in ticks])
    axes.minorticks_off()
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("grasps observed")
    axes.set_ylabel("objects lifted and held")
    for panel, still in zip(panels, stills, strict=True):
        panel.imshow(still)
        panel.set_axis_off()
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _quantize(images: list[Image.Image], reference: Image.Image) -> list[Image.Image]:
    """Return the images with the palette of one of them and the colors of both results."""
    swatch = Image.new("RGB", (reference.width, 2 * _TITLE_HEIGHT), _SUCCESS_COLOR)
    swatch.paste(_FAILURE_COLOR, (0, _TITLE_HEIGHT, swatch.width, 2 * _TITLE_HEIGHT))
    both = np.concatenate([np.asarray(swatch), np.asarray(reference)])
    palette = Image.fromarray(both).quantize(160)
    return [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]


def _render_attempt(attempt: Attempt, title: str) -> list[np.ndarray]:
    """Return the frames of one attempt, with a title, and at the end whether it succeeded."""
    model, data = attempt.model, mujoco.MjData(attempt.model)
    model.vis.quality.shadowsize = 1024  # 4096 by default: most of the time goes into shadows
    camera = mujoco.MjvCamera()
    camera.lookat[:], camera.distance = (0.46, 0.0, 0.17), 1.02
    camera.azimuth, camera.elevation = 155, -22
    steps = range(0, len(attempt.qpos), round(1 / (FPS * TIME_STEP)))
    font, frames = ImageFont.load_default(size=17), []
    success = attempt.success
    with mujoco.Renderer(model, _PIXELS, _PIXELS) as renderer:
        for t in steps:
            data.qpos[:] = attempt.qpos[t]
            mujoco.mj_forward(model, data)
            renderer.update_scene(data, camera)
            image = Image.new("RGB", (_PIXELS, _PIXELS + _TITLE_HEIGHT), "white")
            image.paste(Image.fromarray(renderer.render()), (0, _TITLE_HEIGHT))
            label = ImageDraw.Draw(image)
            label.text((12, 4), title, fill=TEXT_COLOR, font=font)
            if len(frames) >= len(steps) - _NUM_RESULT_FRAMES:
                result = "lifted and held" if success else "failed"
                color = _SUCCESS_COLOR if success else _FAILURE_COLOR
                label.text((12, 26), result, fill=color, font=font)
            frames.append(np.asarray(image))
    return frames
