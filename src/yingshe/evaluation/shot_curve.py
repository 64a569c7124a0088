"""Result of `evaluate`: error and log-likelihood of every method at every shot count."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table

from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation._formatting import (
    format_interval,
    interval_from_json,
    render_text,
    to_jsonable,
)
from yingshe.evaluation.baselines import DESCRIPTIONS
from yingshe.evaluation.bootstrap import Curves, Interval

Measure = Literal["error", "log_likelihood"]

_KEYS_0_1 = {
    "error_name": "metric",
    "times_oracle": "ratio_to_oracle",
    "nats_below_oracle": "log_likelihood_gap",
}
"""Keys of the JSON that 0.1 wrote -> present keys."""


@dataclass(frozen=True)
class Row:
    """Scores of one method at one shot count."""

    method: str
    """Name of the method."""
    shots: int
    """Number of support pairs."""
    tasks: int
    """Number of tasks that the scores are means over."""
    error: Interval
    """Mean over tasks of the error of a query pair: ‖y - f(x)‖² in squared units of y, or the rate
    of wrong classes."""
    log_likelihood: Interval | None
    """Log-likelihood in nats per query pair; None where the method predicts points."""
    ratio_to_oracle: Interval | None
    """Error divided by the oracle's on the same tasks; None where there is no oracle."""
    log_likelihood_gap: Interval | None
    """Log-likelihood of the oracle minus that of the method on the same tasks, in nats per pair."""


_OPTIONAL = ("log_likelihood", "ratio_to_oracle", "log_likelihood_gap")


@dataclass(frozen=True)
class ShotCurve:
    """Error and log-likelihood by number of shots, with 95 % intervals over tasks."""

    family: str
    """Name of the tasks."""
    metric: str
    """Name of the error: "squared error", "error rate" or an application's own metric."""
    learners: tuple[str, ...]
    """Methods that are learned; the others are baselines and the oracle."""
    rows: tuple[Row, ...]
    """Scores, one row for each method and shot count."""

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods: learners first, then baselines, then the oracle."""
        return tuple(dict.fromkeys(row.method for row in self.rows))

    @property
    def shots(self) -> tuple[int, ...]:
        """Shot counts, ascending."""
        return tuple(sorted({row.shots for row in self.rows}))

    def select(self, method: str) -> tuple[Row, ...]:
        """Return the rows of one method.

        Args:
            method: Name of the method.

        Returns:
            Its rows, by ascending shot count.

        Raises:
            UserError: There is no such method.
        """
        rows = tuple(row for row in self.rows if row.method == method)
        if not rows:
            raise UserError(f"There is no method '{method}'." + did_you_mean(method, self.methods))
        return rows

    def at(self, method: str, shots: int) -> Row:
        """Return the row of one method at one shot count.

        Args:
            method: Name of the method.
            shots: Shot count.

        Returns:
            The row.

        Raises:
            UserError: There is no such row; some baselines have none at 0 shots.
        """
        rows = self.select(method)
        for row in rows:
            if row.shots == shots:
                return row
        available = ", ".join(str(row.shots) for row in rows)
        raise UserError(f"'{method}' has no figures at {shots} shots, only at {available}.")

    def table(self, measure: Measure = "error") -> Table:
        """Build a rich table with one row per shot count and one column per method.

        Args:
            measure: "error" or "log_likelihood".

        Returns:
            The table.
        """
        title = {"error": self.metric, "log_likelihood": "log-likelihood, nats per pair"}
        methods = [m for m in self.methods if any(_get_metric(r, measure) for r in self.select(m))]
        table = Table(
            title=f"{self.family}: {title[measure]}",
            caption=self._caption(methods),
            box=SIMPLE_HEAD,
            caption_justify="left",
            padding=(0, 0, 0, 1),
        )
        table.add_column("shots", justify="right", no_wrap=True)
        table.add_column("tasks", justify="right", no_wrap=True)
        for method in methods:
            style = "bold" if method in self.learners else ""
            table.add_column(method, justify="right", style=style)
        for shots in self.shots:
            rows = {row.method: row for row in self.rows if row.shots == shots}
            tasks = max(row.tasks for row in rows.values())
            cells = [
                format_interval(_get_metric(rows[m], measure)) if m in rows else "–"
                for m in methods
            ]
            table.add_row(str(shots), str(tasks), *cells)
        return table

    def _caption(self, methods: list[str]) -> str:
        lines = ["±: half of the 95 % interval over tasks"]
        max_tasks = max(row.tasks for row in self.rows)
        for method in methods:
            if method in DESCRIPTIONS:
                tasks = max(row.tasks for row in self.select(method))
                fewer = f", {tasks} tasks" if tasks < max_tasks else ""
                lines.append(f"{method}: {DESCRIPTIONS[method]}{fewer}")
        return "\n".join(lines)

    def __rich__(self) -> Group:
        tables = [self.table()]
        if any(row.log_likelihood for row in self.rows):
            tables.append(self.table("log_likelihood"))
        return Group(*tables)

    def __str__(self) -> str:
        return render_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: an interval is [value, low, high], an unknown value is None."""
        return to_jsonable(asdict(self))

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "ShotCurve":
        """Build a curve from what `to_dict` returned, of this version or of 0.1.

        Args:
            content: Plain values.

        Returns:
            The curve.
        """
        content = _upgrade_keys(content)
        rows = []
        for row in map(_upgrade_keys, content["rows"]):
            optional = {
                k: None if row[k] is None else interval_from_json(row[k]) for k in _OPTIONAL
            }
            error = interval_from_json(row["error"])
            rows.append(Row(row["method"], row["shots"], row["tasks"], error, **optional))
        return cls(content["family"], content["metric"], tuple(content["learners"]), tuple(rows))

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    def plot(self, path: str | os.PathLike, *, trained_shots: int | None = None) -> None:
        """Write a plot of the curves.

        Args:
            path: File to write, .png or .svg.
            trained_shots: Largest shot count of training; a vertical line marks it.

        Raises:
            UserError: The suffix is another one, or the directory does not exist.
        """
        # Here, because matplotlib takes longer to import than this whole package.
        from yingshe.evaluation.plotting import draw_curves, save_figure

        panels = [(self.metric, self.curves("error"))]
        if any(row.log_likelihood for row in self.rows):
            panels.append(("log-likelihood (nats per pair)", self.curves("log_likelihood")))
        figure = draw_curves(panels, self.learners, title=self.family, trained_shots=trained_shots)
        save_figure(figure, path)

    def curves(self, measure: Measure) -> Curves:
        """Collect the points to plot of every method that has any.

        Args:
            measure: "error" or "log_likelihood".

        Returns:
            Method -> (shots, figures).
        """
        curves = {}
        for method in self.methods:
            points = [
                (row.shots, figure)
                for row in self.select(method)
                if (figure := _get_metric(row, measure))
            ]
            if points:
                curves[method] = tuple(zip(*points, strict=True))
        return curves


def _get_metric(row: Row, measure: Measure) -> Interval | None:
    return row.error if measure == "error" else row.log_likelihood


def _upgrade_keys(content: Mapping[str, Any]) -> dict[str, Any]:
    return {_KEYS_0_1.get(key, key): value for key, value in content.items()}
