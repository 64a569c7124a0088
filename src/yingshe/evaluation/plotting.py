"""Pictures: matplotlib figures without pyplot, so that nothing global is touched, written whole."""

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
"""Colours of what is judged."""
MUTED_COLORS = ("#8c96a3", "#c9a66b", "#8fb39a", "#b39ac2", "#c99a9a")
"""Colours of what it is judged against."""
TEXT_COLOR, GRID_COLOR = "#1f2933", "#e4e7eb"

_MOST_NAMES = 60  # on a map: more would cover one another

_DEEPEST = 1e-6  # of the largest error: a noise-free oracle goes down for ever


def new_figure(
    columns: int = 1, *, width: float = 5.2, height: float = 3.9
) -> tuple[Figure, list[Axes]]:
    """A figure with that many panels side by side; sizes in inches for each panel."""
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
    """Write a .png or .svg, the whole file or none. Raises UserError on another suffix."""
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
    """Render frames and write them as .gif, or say that this machine cannot draw off screen.

    Prints one line: where the animation is, or why there is none.

    Args:
        make_frames: Renders the frames, as `save_gif` takes them. An error of the graphics driver
            is caught; a UserError is not.
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
    except Exception as error:  # without EGL or OSMesa, drivers raise whatever came to hand
        print(f"no animation: this machine cannot draw off screen ({type(error).__name__})")
        return False
    save_gif(frames, path, fps=fps)
    print(f"animation: {path}")
    return True


def draw_curves(
    panels: Sequence[tuple[str, Curves]],
    judged: Sequence[str],
    *,
    title: str,
    trained: int | None = None,
) -> Figure:
    """One panel a measure: figures against shots, intervals as bands, one legend for all."""
    figure, axes_list = new_figure(len(panels))
    for axes, (label, curves) in zip(axes_list, panels, strict=True):
        draw_curve_panel(axes, label, curves, judged)
        if trained is not None:
            axes.axvline(trained, color=TEXT_COLOR, linewidth=0.8, linestyle=":")
            axes.annotate(
                "trained up to here",
                (trained, 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, -2),
                textcoords="offset points",
                fontsize=8,
                color=TEXT_COLOR,
                va="top",
            )
    finish_figure(figure, title)
    return figure


def draw_curve_panel(axes: Axes, label: str, curves: Curves, judged: Sequence[str]) -> None:
    """Figures against shots; `judged` stand out. The scale is logarithmic over several decades."""
    looks = _looks(curves, judged)
    for name, (shots, intervals) in curves.items():
        values, low, high = np.array(intervals, float).T
        axes.plot(shots, values, label=name, **looks[name])
        axes.fill_between(shots, low, high, color=looks[name]["color"], alpha=0.15, linewidth=0)
    values = np.array([i.value for _, intervals in curves.values() for i in intervals])
    if _spans_decades(values):
        axes.set_yscale("log")
        judged_values = [i.value for m in curves if m in judged for i in curves[m][1]]
        deepest = min([_DEEPEST * np.nanmax(values), *(v / 3 for v in judged_values)])
        axes.set_ylim(bottom=max(axes.get_ylim()[0], deepest))
    else:
        _keep_in_view(axes, {m: c for m, c in curves.items() if m in judged or m == "oracle"})
    axes.set_xlabel("pairs read of the new task (shots)", color=TEXT_COLOR)
    axes.set_ylabel(label, color=TEXT_COLOR)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_losses(axes: Axes, losses: Mapping[str, Sequence[tuple[int, float]]]) -> None:
    """Loss on held-out tasks against steps, one line a candidate."""
    looks = _looks(losses, list(losses))
    for name, points in losses.items():
        steps, values = np.array(points, float).T
        axes.plot(steps, values, label=name, **{**looks[name], "marker": None, "linewidth": 1.6})
    ends = np.array([value for points in losses.values() for _, value in points])
    ends = ends[np.isfinite(ends)]
    if len(ends) and ends.min() < np.median(ends):
        # The first steps may come from far above; what matters is below.
        top = np.median(ends) + 2 * (np.median(ends) - ends.min())
        axes.set_ylim(top=min(axes.get_ylim()[1], top))
    axes.set_xlabel("steps", color=TEXT_COLOR)
    axes.set_ylabel("loss on held-out tasks", color=TEXT_COLOR)


def finish_figure(figure: Figure, title: str) -> None:
    """A title, and one legend for all panels beneath them."""
    handles = {}
    for axes in figure.axes:
        found, labels = axes.get_legend_handles_labels()
        handles |= {label: handle for handle, label in zip(found, labels, strict=True)}
    figure.suptitle(title, color=TEXT_COLOR, fontsize=11)
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside lower center",
        ncols=min(4 if max(map(len, handles), default=0) > 12 else 8, max(1, len(handles))),
        frameon=False,
        fontsize=9,
    )


def _looks(methods: Iterable[str], judged: Sequence[str]) -> dict[str, dict]:
    """Learners stand out, baselines stay behind, the oracle is the dashed line at the limit."""
    looks, strong, muted = {}, 0, 0
    for method in methods:
        if method in judged:
            looks[method] = {
                "color": ACCENT_COLORS[strong % len(ACCENT_COLORS)],
                "linewidth": 2.2,
                "marker": "o",
                "markersize": 4.5,
                "zorder": 4,
            }
            strong += 1
        elif method == "oracle":
            looks[method] = {
                "color": TEXT_COLOR,
                "linewidth": 1.4,
                "linestyle": (0, (4, 2)),
                "zorder": 5,
            }
        else:
            looks[method] = {
                "color": MUTED_COLORS[muted % len(MUTED_COLORS)],
                "linewidth": 1.3,
                "marker": "s",
                "markersize": 3,
                "zorder": 2,
            }
            muted += 1
    return looks


def _keep_in_view(axes: Axes, curves: Curves) -> None:
    """Let hopeless baselines leave the picture, so that what matters fills it."""
    values = np.array([i.value for _, intervals in curves.values() for i in intervals])
    values = values[np.isfinite(values)]
    if not len(values):
        return
    margin = 0.6 * max(np.ptp(values), 0.1 * np.abs(values).max())
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, values.min() - margin), min(high, values.max() + margin))


def _spans_decades(values: np.ndarray) -> bool:
    """Whether errors differ tenfold. An error of exactly 0 has no place on a logarithmic scale."""
    values = values[np.isfinite(values)]
    positive = values[values > 0]
    return len(positive) > 0 and bool((values >= 0).all() and np.ptp(np.log10(positive)) > 1)


def draw_map(
    positions: np.ndarray, names: Sequence[str], new: np.ndarray | None, *, title: str, caption: str
) -> Figure:
    """Tasks as points in the plane, near where their mappings are alike; names where they fit.

    `positions` is (tasks, 2), `new` is (2,), the place of a new task.
    """
    figure, (axes,) = new_figure(width=6.4, height=5.6)
    points = positions if new is None else np.vstack([positions, new])
    axes.scatter(*positions.T, s=26, color=ACCENT_COLORS[0], alpha=0.8, linewidths=0, zorder=3)
    if len(names) <= _MOST_NAMES:
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
    # Distances are what the map shows: a unit is as long along either axis.
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    half = 0.56 * max(np.ptp(points, axis=0).max(), 1e-9)
    axes.set_xlim(centre[0] - half, centre[0] + half)
    axes.set_ylim(centre[1] - half, centre[1] + half)
    axes.set_aspect("equal")
    axes.set_xlabel(caption, color=TEXT_COLOR, fontsize=9)
    figure.suptitle(title, color=TEXT_COLOR, fontsize=11)
    return figure
