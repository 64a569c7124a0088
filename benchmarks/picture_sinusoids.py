"""Draws docs/images/sinusoids.png: a shipped learner reads the pairs of one sinusoid, one by one.

    python -m benchmarks.picture_sinusoids [LEARNER]

LEARNER is a name of the zoo, a run folder or a file; by default the zoo's "sinusoid".
"""

import sys
from pathlib import Path

import jax
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import yingshe as ys
from yingshe.evaluation.plotting import ACCENT_COLORS, GRID_COLOR, TEXT_COLOR, save_figure
from yingshe.tasks import Sinusoid

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "sinusoids.png"
BLUE, ORANGE = ACCENT_COLORS[:2]
GRID = np.linspace(-5, 5, 400)[:, None]
# The pairs read, in this order. The second lies half a period from the first and says little new.
X = np.array([[1.4], [-1.744], [3.6], [-4.4], [0.2]])
AMPLITUDE, PHASE = 3.4, 2.2
SHOTS = (0, 1, 2, 3, 5)
TITLES = {0: "before any pair", 1: "after 1 pair"}


def truth(x: np.ndarray) -> np.ndarray:
    """The task that is read: a sinusoid that training has not seen."""
    return AMPLITUDE * np.sin(x[:, 0] - PHASE)


def draw_family(axes: Axes) -> None:
    """Five tasks of the family that the learner was trained on."""
    tasks = jax.vmap(lambda key: Sinusoid().sample_function(key, GRID))
    for y in tasks(jax.random.split(jax.random.key(7), 5)):
        axes.plot(GRID, y, color=TEXT_COLOR, linewidth=1.4, alpha=0.55)
    axes.set_title("five of the training tasks", color=TEXT_COLOR)


def draw_mapping(axes: Axes, learner: ys.learners.Learner, shots: int) -> None:
    """Truth, the mapping after that many pairs with its 95 % band, and the pairs."""
    read = X[:shots]
    answer = ys.adapt(learner, read, truth(read))(GRID)
    low, high = (np.asarray(answer.quantile(p))[:, 0] for p in (0.025, 0.975))
    axes.fill_between(GRID[:, 0], low, high, color=BLUE, alpha=0.18, linewidth=0, label="95 % band")
    axes.plot(GRID, answer.mean, color=BLUE, linewidth=2.6, label="the mapping")
    axes.plot(
        GRID, truth(GRID), color=TEXT_COLOR, linewidth=1.2, linestyle=(0, (5, 4)), label="the truth"
    )
    axes.plot(read, truth(read), "o", color=ORANGE, markersize=7, zorder=5, label="pairs read")
    axes.set_title(TITLES.get(shots, f"after {shots} pairs"), color=TEXT_COLOR)


def main() -> None:
    """Draw the picture and write it."""
    learner = ys.load(sys.argv[1] if len(sys.argv) > 1 else "sinusoid")
    figure = Figure(figsize=(10, 5.4), layout="constrained", facecolor="white")
    panels = figure.subplots(2, 3, sharex=True, sharey=True).ravel()
    draw_family(panels[0])
    for axes, shots in zip(panels[1:], SHOTS, strict=True):
        draw_mapping(axes, learner, shots)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color=GRID_COLOR, linewidth=0.8)
        axes.set(xlim=(-5, 5), ylim=(-6, 6), xticks=[-5, 0, 5], yticks=[-5, 0, 5])
    handles, labels = panels[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=11)
    save_figure(figure, PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
