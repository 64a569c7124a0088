"""Result of `compare`: a table of candidates and three diagnoses."""

import json
import math
import os
from dataclasses import asdict, dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from yingshe.evaluation._formatting import (
    format_interval,
    format_number,
    render_text,
    to_jsonable,
)
from yingshe.evaluation.bootstrap import Interval
from yingshe.evaluation.candidates import CandidateResult
from yingshe.evaluation.diagnostics import Diagnosis, Evidence
from yingshe.evaluation.shot_curve import ShotCurve


@dataclass(frozen=True)
class Comparison:
    """Comparison of several candidates on one family, with equal budgets."""

    steps: int
    """Number of training steps of each candidate."""
    tasks_per_step: int
    """Number of tasks of each step."""
    examples_per_task: int
    """Number of pairs of each task."""
    best: str
    """Name of the candidate with the smallest error at the largest shot count."""
    results: tuple[CandidateResult, ...]
    """Results of the candidates."""
    curve: ShotCurve
    """Means over seeds of every candidate that did not diverge, with baselines and the oracle."""
    diagnoses: tuple[Diagnosis, ...]
    """Diagnoses of the task, the optimizer and the capacity."""

    def table(self) -> Table:
        """Return a table of the candidates, the best in bold, then the baselines and the oracle."""
        shots = self.curve.shots
        table = Table(
            title=f"{self.curve.family}: {self.curve.metric} after "
            f"{', '.join(map(str, shots))} shots",
            caption=f"Each trained for {self.steps} steps of {self.tasks_per_step} tasks with "
            f"{self.examples_per_task} pairs. ±: half of the 95 % interval over tasks.",
            caption_justify="left",
            box=SIMPLE_HEAD,
            padding=(0, 0, 0, 1),
        )
        table.add_column("")
        for column in ("parameters", "seconds", "loss", *(f"k = {k}" for k in shots)):
            table.add_column(column, justify="right")
        for result in self.results:
            diverged = result.error is None
            table.add_row(
                result.name,
                f"{result.parameters:,}",
                f"{result.seconds:.0f}",
                "diverged" if diverged else format_number(result.losses[-1][1]),
                *([] if diverged else self._format_errors(result.name)),
                style="bold" if result.name == self.best else None,
            )
        for method in self.curve.methods:
            if method not in self.curve.learners:
                table.add_row(method, "", "", "", *self._format_errors(method), style="dim")
        return table

    def _format_errors(self, method: str) -> list[str]:
        rows = {row.shots: row for row in self.curve.select(method)}
        return [format_interval(rows[k].error) if k in rows else "–" for k in self.curve.shots]

    def __rich__(self) -> Group:
        return Group(self.table(), *(_render_diagnosis(d) for d in self.diagnoses))

    def __str__(self) -> str:
        return render_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: an interval is [value, low, high], an unknown value is None."""
        return to_jsonable({**asdict(self), "curve": self.curve.to_dict()})

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    def plot(self, path: str | os.PathLike) -> None:
        """Write a plot of the losses by steps and the errors by shots.

        Args:
            path: File to write, .png or .svg.

        Raises:
            UserError: The suffix is another one, or the directory does not exist.
        """
        # Here, because matplotlib takes longer to import than this whole package.
        from yingshe.evaluation import plotting

        figure, (left, right) = plotting.new_figure(2)
        names = tuple(result.name for result in self.results)
        plotting.draw_losses(left, {result.name: result.losses for result in self.results})
        plotting.draw_curve_panel(right, self.curve.metric, self.curve.curves("error"), names)
        plotting.finish_figure(figure, self.curve.family)
        plotting.save_figure(figure, path)


def _render_diagnosis(diagnosis: Diagnosis) -> Text:
    text = Text(f"\n{diagnosis.question} ", style="bold")
    text.append(f"{diagnosis.verdict}\n", style="bold cyan")
    for evidence in diagnosis.evidence:
        text.append(f"  {evidence.name}: {_format_value(evidence)}\n", style="dim")
    return text.append(f"  {diagnosis.advice}")


def _format_value(evidence: Evidence) -> str:
    def format_unit(value: float) -> str:
        if math.isnan(value):
            return "–"
        if evidence.unit == "fraction":
            return f"{100 * value:.1f} %"
        return f"{value:,.0f}" if value >= 1000 else format_number(value)

    if not isinstance(evidence.value, Interval):
        return format_unit(evidence.value)
    value, low, high = map(format_unit, evidence.value)
    return value if math.isnan(evidence.value.low) else f"{value}, 95 % interval {low} to {high}"
