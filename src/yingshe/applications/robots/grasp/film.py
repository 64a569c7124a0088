"""A film of an arm that grasps: without adapting, and beside it after reading a few grasps."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import io
from dataclasses import dataclass

import mujoco
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from yingshe.applications.robots.grasp.logs import demonstrate
from yingshe.applications.robots.grasp.mapping import GraspMapping
from yingshe.applications.robots.grasp.scene import TIME_STEP
from yingshe.applications.robots.grasp.simulate import Attempt, attempts
from yingshe.applications.robots.grasp.task import GraspTask, nominal_grasp
from yingshe.learners import Learner

READ = 5
"""Grasps that are read."""
_FRAMES = 10  # a second
_PIXELS, _BAR = 360, 52  # of each side; height of the bar with its title
_OUTCOME = 10  # last frames, which tell the outcome
_GOOD, _BAD, _INK = "#15803d", "#b91c1c", "#1f2933"


@dataclass(frozen=True)
class Film:
    """Both sides grasp the same objects, one after the other."""

    gif: bytes
    stills: tuple[np.ndarray, np.ndarray]
    """The last frame of the first object, on the left and on the right, (height, width, 3)."""


def film(learner: Learner, task: GraspTask, generator: np.random.Generator, objects: int) -> Film:
    """Grasp so many objects of a task, by the nominal grasps and by those of a learner."""
    mapping = GraspMapping(learner)
    for seen, grasp in demonstrate(task, generator, READ):
        mapping = mapping.observe(seen, grasp)
    new = [task.draw_object(generator) for _ in range(objects)]
    seen = [task.see(one, generator) for one in new]
    tried = [nominal_grasp(one) for one in seen] + [mapping(one) for one in seen]
    done = attempts(list(zip(new * 2, tried, strict=True)), task.finger)
    left = [_rendered(one, "nominal grasp") for one in done[:objects]]
    right = [_rendered(one, f"yingshe, {READ} grasps read") for one in done[objects:]]
    images = [
        Image.fromarray(np.concatenate(pair, axis=1))
        for sides in zip(left, right, strict=True)
        for pair in zip(*sides, strict=True)
    ]
    # One palette for all frames, with room for the colours of the outcome.
    swatch = Image.new("RGB", (images[0].width, 2 * _BAR), _GOOD)
    swatch.paste(_BAD, (0, _BAR, swatch.width, 2 * _BAR))
    last = images[len(left[0]) - 1]
    palette = Image.fromarray(np.concatenate([np.asarray(swatch), np.asarray(last)])).quantize(160)
    images = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in images]
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=round(1000 / _FRAMES),
        loop=0,
    )
    return Film(buffer.getvalue(), (left[0][-1], right[0][-1]))


def _rendered(attempt: Attempt, title: str) -> list[np.ndarray]:
    """The frames of one attempt, with a title, and at the end whether it succeeded."""
    model, data = attempt.model, mujoco.MjData(attempt.model)
    model.vis.quality.shadowsize = 1024  # of the usual 4096: most of the time goes into shadows
    camera = mujoco.MjvCamera()
    camera.lookat[:], camera.distance = (0.46, 0.0, 0.17), 1.02
    camera.azimuth, camera.elevation = 155, -22
    steps = range(0, len(attempt.qpos), round(1 / (_FRAMES * TIME_STEP)))
    font, frames = ImageFont.load_default(size=17), []
    with mujoco.Renderer(model, _PIXELS, _PIXELS) as renderer:
        for t in steps:
            data.qpos[:] = attempt.qpos[t]
            mujoco.mj_forward(model, data)
            renderer.update_scene(data, camera)
            image = Image.new("RGB", (_PIXELS, _PIXELS + _BAR), "white")
            image.paste(Image.fromarray(renderer.render()), (0, _BAR))
            label = ImageDraw.Draw(image)
            label.text((12, 4), title, fill=_INK, font=font)
            if len(frames) >= len(steps) - _OUTCOME:
                held = attempt.success
                word = "lifted and held" if held else "failed"
                label.text((12, 26), word, fill=_GOOD if held else _BAD, font=font)
            frames.append(np.asarray(image))
    return frames
