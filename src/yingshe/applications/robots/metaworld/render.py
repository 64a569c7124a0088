"""Plot of success rates, and animation of two policies side by side."""

from collections.abc import Mapping

import jax
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from yingshe.applications.policy import Policy, simulate
from yingshe.applications.robots.metaworld.envs import MetaWorldVectorEnv
from yingshe.evaluation.plotting import new_figure

FRAME_STRIDE = 4
"""Time steps per frame of the animation."""

_FINAL_FRAMES = 6  # in which the last image stays
_BAR_WIDTH = 0.18


def draw_success_rates(
    rates: Mapping[str, Mapping[str, float]], colors: Mapping[str, str]
) -> Figure:
    """Plot one group of bars per task.

    Args:
        rates: Task → label of the policy → success rate.
        colors: Label of the policy → color; other policies are left out.

    Returns:
        The figure.
    """
    figure, (axes,) = new_figure(width=7.5, height=3.6)
    positions = np.arange(len(rates))
    for i, (label, color) in enumerate(colors.items()):
        percent = np.array([100 * row[label] for row in rates.values()])
        offset = (_BAR_WIDTH + 0.02) * (i - (len(colors) - 1) / 2)
        # A rate of 0 is drawn as a thin line.
        axes.bar(positions + offset, np.maximum(percent, 0.7), _BAR_WIDTH, color=color, label=label)
    axes.set_xticks(positions, [name.removesuffix("-v3") for name in rates])
    axes.set_ylim(0, 103)
    axes.set_ylabel("success rate, %")
    figure.legend(loc="outside lower center", ncols=len(colors), frameon=False)
    return figure


def render_rollout(policy: Policy, task_name: str, *, seed: int, steps: int) -> list[np.ndarray]:
    """Render a rollout towards one goal; an error of the graphics driver is not caught.

    Args:
        policy: The policy.
        task_name: Name of the task.
        seed: Seed of the goal.
        steps: Largest number of time steps.

    Returns:
        Images (height, width, 3), one for every fourth time step.
    """
    env = MetaWorldVectorEnv(task_name, goals=1, seed=seed)
    env.reset()
    images = [env.render(0)]
    keys = jax.random.split(jax.random.key(seed), steps)
    rollout = simulate(env, policy, task=task_name, steps=steps, keys=keys)
    for t, transition in enumerate(rollout):
        if t % FRAME_STRIDE == 0:
            images.append(env.render(0))
        if transition.result.all():
            break
    return images


def join_side_by_side(
    columns: Mapping[str, list[np.ndarray]], max_frames: int
) -> list[Image.Image]:
    """Return the frames of an animation with one labelled column per rollout.

    Args:
        columns: Label → images of a rollout; a shorter one ends with its last image.
        max_frames: Largest number of frames, without the still end.

    Returns:
        The frames.
    """
    length = min(max(map(len, columns.values())), max_frames)
    frames = []
    for t in range(length + _FINAL_FRAMES):
        images = [rollout[min(t, len(rollout) - 1)] for rollout in columns.values()]
        frame = Image.fromarray(np.concatenate(images, axis=1))
        left = 0
        for label, image in zip(columns, images, strict=True):
            ImageDraw.Draw(frame).text((left + 10, 8), label, fill="black")
            left += image.shape[1]
        frames.append(frame.quantize(64))
    return frames
