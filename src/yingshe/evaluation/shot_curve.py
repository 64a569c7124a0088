"""What `evaluate` answers with: error and log-likelihood of every method at every shot count."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table

from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation._formatting import as_text, cell, interval, plain
from yingshe.evaluation.baselines import DESCRIPTIONS
from yingshe.evaluation.bootstrap import Curves, Interval

Measure = Literal["error", "log_likelihood"]


@dataclass(frozen=True)
class Row:
    """One method at one shot count."""

    method: str
    shots: int
    """Support pairs read."""
    tasks: int
    """Tasks that the figures are means over."""
    error: Interval
    """Mean over tasks of ‖y - f(x)‖² a query pair, in squared units of y; rate of wrong classes."""
    log_likelihood: Interval | None
    """Nats per query pair; None where the method predicts a point."""
    ratio_to_oracle: Interval | None
    """Error divided by the oracle's on the same tasks; None where there is no oracle."""
    log_likelihood_gap: Interval | None
    """The oracle's log-likelihood less this one's, on the same tasks, per query pair."""


_OPTIONAL = ("log_likelihood", "ratio_to_oracle", "log_likelihood_gap")


@dataclass(frozen=True)
class ShotCurve:
    """Error and log-likelihood against the number of pairs read, with 95 % intervals over tasks."""

    family: str
    metric: str
    """"squared error" or "error rate"."""
    learners: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Learners first, then baselines, then the oracle."""
        return tuple(dict.fromkeys(row.method for row in self.rows))

    @property
    def shots(self) -> tuple[int, ...]:
        return tuple(sorted({row.shots for row in self.rows}))

    def of(self, method: str) -> tuple[Row, ...]:
        """The rows of one method, by ascending shots. Raises UserError where there is none."""
        rows = tuple(row for row in self.rows if row.method == method)
        if not rows:
            raise UserError(f"There is no method '{method}'." + did_you_mean(method, self.methods))
        return rows

    def at(self, method: str, shots: int) -> Row:
        """One row. Raises UserError where there is none: at 0 shots some have no answer."""
        for row in self.of(method):
            if row.shots == shots:
                return row
        answered = ", ".join(str(row.shots) for row in self.of(method))
        raise UserError(f"'{method}' has no figures at {shots} shots, only at {answered}.")

    def table(self, measure: Measure = "error") -> Table:
        """A rich table: one row a shot count, one column a method."""
        title = {"error": self.metric, "log_likelihood": "log-likelihood, nats per pair"}
        methods = [m for m in self.methods if any(_measured(r, measure) for r in self.of(m))]
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
            cells = [cell(_measured(rows[m], measure)) if m in rows else "–" for m in methods]
            table.add_row(str(shots), str(tasks), *cells)
        return table

    def _caption(self, methods: list[str]) -> str:
        lines = ["±: half of the 95 % interval over tasks"]
        most = max(row.tasks for row in self.rows)
        for method in methods:
            if method in DESCRIPTIONS:
                tasks = max(row.tasks for row in self.of(method))
                fewer = f", {tasks} tasks" if tasks < most else ""
                lines.append(f"{method}: {DESCRIPTIONS[method]}{fewer}")
        return "\n".join(lines)

    def __rich__(self) -> Group:
        tables = [self.table()]
        if any(row.log_likelihood for row in self.rows):
            tables.append(self.table("log_likelihood"))
        return Group(*tables)

    def __str__(self) -> str:
        return as_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: an interval is [value, low, high], what is not known is None."""
        return plain(asdict(self))

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "ShotCurve":
        """The inverse of `to_dict`."""
        rows = tuple(
            Row(
                method=row["method"],
                shots=row["shots"],
                tasks=row["tasks"],
                error=interval(row["error"]),
                **{k: None if row[k] is None else interval(row[k]) for k in _OPTIONAL},
            )
            for row in content["rows"]
        )
        learners = tuple(content["learners"])
        return cls(content["family"], content["metric"], learners, rows)

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    def plot(self, path: str | os.PathLike, *, trained_shots: int | None = None) -> None:
        """Write the curves to a .png or .svg; a line marks the shots that training went up to."""
        # Here, because matplotlib takes longer to import than all of this package.
        from yingshe.evaluation.plotting import draw_curves, save_figure

        panels = [(self.metric, self.curves("error"))]
        if any(row.log_likelihood for row in self.rows):
            panels.append(("log-likelihood (nats per pair)", self.curves("log_likelihood")))
        figure = draw_curves(panels, self.learners, title=self.family, trained=trained_shots)
        save_figure(figure, path)

    def curves(self, measure: Measure) -> Curves:
        """Method -> (shots, figures), of the methods that have any."""
        found = {}
        for method in self.methods:
            points = [(r.shots, i) for r in self.of(method) if (i := _measured(r, measure))]
            if points:
                found[method] = tuple(zip(*points, strict=True))
        return found


def _measured(row: Row, measure: Measure) -> Interval | None:
    return row.error if measure == "error" else row.log_likelihood
