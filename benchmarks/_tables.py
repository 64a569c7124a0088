"""Tables of recorded ShotCurves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks._benchmark import Check, Figures, Table
from benchmarks._figures import curve_value

METHODS = {
    "oracle": "oracle",
    "pooled": "pooled",
    "support mean": "mean",
    "ridge": "ridge",
    "3 nearest neighbors": "knn",
    "Gaussian process": "gp",
}
"""Labels of the standard baselines -> their keys."""


def select(figures: Figures, path: Sequence[str]) -> Any:
    """Return a nested entry of figures.

    Args:
        figures: Figures of a results file.
        path: Keys from the outermost to the innermost.
    """
    for key in path:
        figures = figures[key]
    return figures


def curve_table(
    title: str,
    path: Sequence[str],
    shots: Sequence[int],
    ours: Mapping[str, str],
    *,
    measure: str = "error",
    baselines: Sequence[str] = tuple(METHODS),
    published: Mapping[str, tuple[str, ...]] | None = None,
) -> Table:
    """Return a table of methods by shots from a recorded ShotCurve.

    Args:
        title: Metric and unit.
        path: Keys of the curve in the figures.
        shots: Columns.
        ours: Labels of our learners -> their keys in the curve.
        measure: Entry of the rows of the curve.
        baselines: Labels out of `METHODS`.
        published: Rows of published figures.
    """
    return Table(
        title=title,
        columns={f"{k} shots" if k != 1 else "1 shot": k for k in shots},
        methods={**ours, **{label: METHODS[label] for label in baselines}},
        cell=lambda f, method, k: curve_value(select(f, path), method, k, measure),
        ours=tuple(ours),
        published=published or {},
    )


def curve_check(
    what: str,
    measure: Callable[[], Any],
    path: Sequence[str],
    points: Sequence[tuple[str, int]],
) -> Check:
    """Return a check that evaluates learners on the same tasks again, without baselines.

    Args:
        what: Description of the measurement.
        measure: Function that returns a ShotCurve of the recorded tasks.
        path: Keys of the recorded curve in the figures.
        points: Learners and shots to compare.
    """

    def measured() -> dict[str, float]:
        curve = measure()
        return {f"{m} at {k} shots": float(curve.at(m, k).error.value) for m, k in points}

    def recorded(figures: Figures) -> dict[str, Any]:
        curve = select(figures, path)
        return {f"{m} at {k} shots": curve_value(curve, m, k) for m, k in points}

    return Check(what, measured, recorded)
