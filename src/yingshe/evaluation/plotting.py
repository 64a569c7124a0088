"""Plots and animations, written atomically.

Figures are made without pyplot, which has global state.
"""

import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from yingshe.errors import UserError
from yingshe.evaluation.bootstrap import Curves
from yingshe.serialization import write_atomically

ACCENT_COLORS = ("#0b6e99", "#c2410c", "#15803d", "#7c3aed", "#b91c8c", "#a16207")
"""Colors of learners."""
MUTED_COLORS = ("#8c96a3", "#c9a66b", "#8fb39a", "#b39ac2", "#c99a9a")
"""Colors of baselines."""
TEXT_COLOR, GRID_COLOR = "#1f2933", "#e4e7eb"

_MAX_LABELS = 60  # on a map: more labels would cover each other
_MIN_RATIO = 1e-6  # to the largest error: that of a noise-free oracle falls without bound


def new_figure(
    columns: int = 1, *, width: float = 5.2, height: float = 3.9
) -> tuple[Figure, list[Axes]]:
    """Make a figure with panels side by side.

    Args:
        columns: Number of panels.
        width: Width of each panel in inches.
        height: Height of each panel in inches.

    Returns:
        The figure and its panels.
    """
    figure = Figure(figsize=(width * columns, height), layout="constrained")
    FigureCanvasAgg(figure)
    panels = [figure.add_subplot(1, columns, i + 1) for i in range(columns)]
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(TEXT_COLOR)
        axes.tick_params(colors=TEXT_COLOR, labelsize=9)
        axes.grid(color=GRID_COLOR, linewidth=0.8)
        axes.set_axisbelow(True)
    return figure, panels


def save_figure(figure: Figure, path: str | os.PathLike) -> None:
    """Write a plot, the whole file or none.

    Args:
        figure: Figure to write.
        path: File to write, .png or .svg.

    Raises:
        UserError: The suffix is another one, or the directory does not exist.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".png", ".svg"):
        raise UserError(f"{path} ends in '{suffix}'; a plot is written as .png or .svg.")
    content = io.BytesIO()
    # Without a date the same figures give the same file.
    metadata = {"Date": None} if suffix == ".svg" else None
    figure.savefig(content, format=suffix[1:], dpi=160, metadata=metadata)
    write_atomically(path, content.getvalue())


def save_gif(frames: Sequence[Any], path: str | os.PathLike, *, fps: float | int) -> None:
    """Write an animation as .gif, the whole file or none.

    Args:
        frames: Arrays of shape (height, width, 3), uint8, or PIL images, all of one size.
        path: File to write; it ends in .gif.
        fps: Frames per second; a GIF rounds the time of a frame to 0.01 s.

    Raises:
        UserError: The suffix is another one, there are no frames, or pillow is not installed.
    """
    if Path(path).suffix.lower() != ".gif":
        raise UserError(f"{path} ends in '{Path(path).suffix}'; an animation is written as .gif.")
    if not len(frames):
        raise UserError("frames is empty; an animation needs at least one frame.")
    if not fps > 0:
        raise UserError(f"fps must be above 0, got {fps}.")
    try:
        from PIL import Image
    except ImportError as error:
        raise UserError(
            "An animation needs the package pillow, which is not installed: pip install pillow."
        ) from error
    images = [
        frame if isinstance(frame, Image.Image) else Image.fromarray(np.asarray(frame))
        for frame in frames
    ]
    content = io.BytesIO()
    images[0].save(
        content,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=round(1000 / fps),
        loop=0,
    )
    write_atomically(path, content.getvalue())


def render_or_explain(
    make_frames: Callable[[], Sequence[Any]], path: str | os.PathLike, *, fps: float | int
) -> bool:
    """Render frames and write them as .gif, or report that off-screen rendering is impossible.

    Prints one line: the path of the animation, or the reason why there is none.

    Args:
        make_frames: Function that renders the frames for `save_gif`. Errors of the graphics driver
            are caught; a UserError is not.
        path: File to write; it ends in .gif.
        fps: Frames per second.

    Returns:
        True if the animation was written.

    Raises:
        UserError: The frames cannot be written (see `save_gif`).
    """
    try:
        frames = make_frames()
    except UserError:
        raise
    except Exception as error:  # graphics drivers raise errors of many types
        print(f"no animation: this machine cannot draw off screen ({type(error).__name__})")
        return False
    save_gif(frames, path, fps=fps)
    print(f"animation: {path}")
    return True


def draw_curves(
    panels: Sequence[tuple[str, Curves]],
    learners: Sequence[str],
    *,
    title: str,
    trained_shots: int | None = None,
) -> Figure:
    """Draw one panel per measure: figures by shots, intervals as bands, one legend for all.

    Args:
        panels: Label of the axis and curves of each panel.
        learners: Methods to highlight.
        title: Title of the figure.
        trained_shots: Shot count to mark as the largest of training.

    Returns:
        The figure.
    """
    figure, axes_list = new_figure(len(panels))
    for axes, (label, curves) in zip(axes_list, panels, strict=True):
        draw_curve_panel(axes, label, curves, learners)
        if trained_shots is not None:
            axes.axvline(trained_shots, color=TEXT_COLOR, linewidth=0.8, linestyle=":")
            axes.annotate(
                "trained up to here",
                (trained_shots, 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, -2),
                textcoords="offset points",
                fontsize=8,
                color=TEXT_COLOR,
                va="top",
            )
    finish_figure(figure, title)
    return figure


def draw_curve_panel(axes: Axes, label: str, curves: Curves, learners: Sequence[str]) -> None:
    """Draw figures by shots; the scale is logarithmic where they span more than a decade.

    Args:
        axes: Panel to draw in.
        label: Label of the vertical axis.
        curves: Method -> (shots, figures).
        learners: Methods to highlight.
    """
    styles = _line_styles(curves, learners)
    for name, (shots, intervals) in curves.items():
        values, low, high = np.array(intervals, float).T
        axes.plot(shots, values, label=name, **styles[name])
        axes.fill_between(shots, low, high, color=styles[name]["color"], alpha=0.15, linewidth=0)
    values = np.array([i.value for _, intervals in curves.values() for i in intervals])
    if _spans_decades(values):
        axes.set_yscale("log")
        learner_values = [i.value for m in curves if m in learners for i in curves[m][1]]
        bottom = min([_MIN_RATIO * np.nanmax(values), *(v / 3 for v in learner_values)])
        axes.set_ylim(bottom=max(axes.get_ylim()[0], bottom))
    else:
        _keep_in_view(axes, {m: c for m, c in curves.items() if m in learners or m == "oracle"})
    axes.set_xlabel("pairs of the new task (shots)", color=TEXT_COLOR)
    axes.set_ylabel(label, color=TEXT_COLOR)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_losses(axes: Axes, losses: Mapping[str, Sequence[tuple[int, float]]]) -> None:
    """Draw the loss on held-out tasks by steps, one line per candidate.

    Args:
        axes: Panel to draw in.
        losses: Candidate -> (steps, loss) pairs.
    """
    styles = _line_styles(losses, list(losses))
    for name, points in losses.items():
        steps, values = np.array(points, float).T
        axes.plot(steps, values, label=name, **{**styles[name], "marker": None, "linewidth": 1.6})
    ends = np.array([value for points in losses.values() for _, value in points])
    ends = ends[np.isfinite(ends)]
    if len(ends) and ends.min() < np.median(ends):
        # The loss of the first steps may be far above; later differences must stay visible.
        top = np.median(ends) + 2 * (np.median(ends) - ends.min())
        axes.set_ylim(top=min(axes.get_ylim()[1], top))
    axes.set_xlabel("steps", color=TEXT_COLOR)
    axes.set_ylabel("loss on held-out tasks", color=TEXT_COLOR)


def finish_figure(figure: Figure, title: str) -> None:
    """Add a title, and one legend below all panels.

    Args:
        figure: Figure whose panels are drawn.
        title: Title of the figure.
    """
    handles = {}
    for axes in figure.axes:
        artists, labels = axes.get_legend_handles_labels()
        handles |= {label: handle for handle, label in zip(artists, labels, strict=True)}
    figure.suptitle(title, color=TEXT_COLOR, fontsize=11)
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside lower center",
        ncols=min(4 if max(map(len, handles), default=0) > 12 else 8, max(1, len(handles))),
        frameon=False,
        fontsize=9,
    )


def _line_styles(methods: Iterable[str], learners: Sequence[str]) -> dict[str, dict]:
    """Return line styles: learners highlighted, baselines muted, the oracle dashed."""
    styles, num_learners, num_baselines = {}, 0, 0
    for method in methods:
        if method in learners:
            styles[method] = {
                "color": ACCENT_COLORS[num_learners % len(ACCENT_COLORS)],
                "linewidth": 2.2,
                "marker": "o",
                "markersize": 4.5,
                "zorder": 4,
            }
            num_learners += 1
        elif method == "oracle":
            styles[method] = {
                "color": TEXT_COLOR,
                "linewidth": 1.4,
                "linestyle": (0, (4, 2)),
                "zorder": 5,
            }
        else:
            styles[method] = {
                "color": MUTED_COLORS[num_baselines % len(MUTED_COLORS)],
                "linewidth": 1.3,
                "marker": "s",
                "markersize": 3,
                "zorder": 2,
            }
            num_baselines += 1
    return styles


def _keep_in_view(axes: Axes, curves: Curves) -> None:
    """Limit the vertical axis to these curves; poor baselines may leave the picture."""
    values = np.array([i.value for _, intervals in curves.values() for i in intervals])
    values = values[np.isfinite(values)]
    if not len(values):
        return
    margin = 0.6 * max(np.ptp(values), 0.1 * np.abs(values).max())
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, values.min() - margin), min(high, values.max() + margin))


def _spans_decades(values: np.ndarray) -> bool:
    """Return True where values span more than a decade; 0 is left out."""
    values = values[np.isfinite(values)]
    positive = values[values > 0]
    return len(positive) > 0 and bool((values >= 0).all() and np.ptp(np.log10(positive)) > 1)


def draw_map(
    positions: np.ndarray, names: Sequence[str], new: np.ndarray | None, *, title: str, caption: str
) -> Figure:
    """Draw tasks as points in the plane, with their names where these fit.

    Args:
        positions: Coordinates of the tasks, (tasks, 2).
        names: Names of the tasks.
        new: Coordinates of a new task, (2,), or None.
        title: Title of the figure.
        caption: Text below the map.

    Returns:
        The figure.
    """
    figure, (axes,) = new_figure(width=6.4, height=5.6)
    points = positions if new is None else np.vstack([positions, new])
    axes.scatter(*positions.T, s=26, color=ACCENT_COLORS[0], alpha=0.8, linewidths=0, zorder=3)
    if len(names) <= _MAX_LABELS:
        for name, (x, y) in zip(names, positions, strict=True):
            axes.annotate(
                name,
                (x, y),
                xytext=(4, 3),
                textcoords="offset points",
                fontsize=8,
                color=TEXT_COLOR,
            )
    if new is not None:
        axes.scatter(*new, s=150, marker="*", color=ACCENT_COLORS[1], zorder=4, label="new task")
        axes.legend(frameon=False, fontsize=9)
    # Equal scales, because the map shows distances.
    center = (points.min(axis=0) + points.max(axis=0)) / 2
    half = 0.56 * max(np.ptp(points, axis=0).max(), 1e-9)
    axes.set_xlim(center[0] - half, center[0] + half)
    axes.set_ylim(center[1] - half, center[1] + half)
    axes.set_aspect("equal")
    axes.set_xlabel(caption, color=TEXT_COLOR, fontsize=9)
    figure.suptitle(title, color=TEXT_COLOR, fontsize=11)
    return figure
