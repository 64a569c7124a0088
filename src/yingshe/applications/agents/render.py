"""Frames of cart-pole trials."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from yingshe.applications.agents.rollout import Trajectory
from yingshe.evaluation.plotting import ACCENT_COLORS, TEXT_COLOR

_WIDTH, _HEIGHT = 480, 150  # pixels
_GROUND = _HEIGHT - 20
_PIXELS_PER_METRE = _WIDTH / 5.2
_COLORS = 16  # of the palette: a small file


class CartPoleTrial(NamedTuple):
    """One trial of a cart-pole, as numpy arrays."""

    trajectory: Trajectory
    length: float
    """Half length of the pole, m."""


def render_trials(
    trials: Mapping[str, CartPoleTrial], *, steps: int, stride: int
) -> Iterator[Image.Image]:
    """Render trials of several policies, one below the other.

    Args:
        trials: Title -> trial.
        steps: Number of time steps to show.
        stride: Number of time steps from one frame to the next.

    Yields:
        Frames with a palette of few colors.
    """
    for t in range(0, steps, stride):
        rows = [render_step(title, trial, t) for title, trial in trials.items()]
        frame = Image.fromarray(np.concatenate(rows))
        yield frame.quantize(_COLORS, Image.Quantize.FASTOCTREE)


def render_step(title: str, trial: CartPoleTrial, t: int) -> np.ndarray:
    """Render one time step of a trial.

    Args:
        title: Text above the cart.
        trial: The trial.
        t: Number of the time step; after the end of the trial the last one is shown.

    Returns:
        Image (height, width, 3), uint8.
    """
    trajectory = trial.trajectory
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    last = int(trajectory.mask.sum()) - 1
    row = min(t, last)
    position, _, angle, _ = trajectory.inputs.observation[row]
    start = np.flatnonzero(trajectory.inputs.start[: row + 1])[-1]
    episode = int(trajectory.episode[row]) + 1
    status = "trial over" if t > last else f"episode {episode}, step {t - start + 1}"
    draw.text((8, 6), f"{title}   {status}", fill=TEXT_COLOR)
    draw.line((0, _GROUND, _WIDTH, _GROUND), fill="#bbbbbb", width=2)
    x = _WIDTH / 2 + position * _PIXELS_PER_METRE
    draw.rectangle((x - 24, _GROUND - 18, x + 24, _GROUND - 2), fill=TEXT_COLOR)
    pole = 55 + 45 * min(trial.length, 1.0)
    tip = (x + pole * np.sin(angle), _GROUND - 18 - pole * np.cos(angle))
    draw.line((x, _GROUND - 18, *tip), fill=ACCENT_COLORS[0], width=7)
    return np.asarray(image)
