"""What `compare` answers with: a table of candidates, and three questions answered."""

import json
import math
import os
from dataclasses import asdict, dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from yingshe.evaluation._formatting import as_text, cell, number, plain
from yingshe.evaluation.advice import Answer, Finding
from yingshe.evaluation.bootstrap import Interval
from yingshe.evaluation.shot_curve import ShotCurve


@dataclass(frozen=True)
class Entry:
    """One candidate after its budget."""

    name: str
    learner: str
    options: dict[str, Any]
    optimizer: str
    learning_rate: float
    parameters: int
    seconds: float
    """Of training with one seed, compilation included."""
    losses: tuple[tuple[int, float], ...]
    """(steps, loss on held-out tasks), of the first seed."""
    error: Interval | None
    """At the largest shot count, mean over seeds; None where training diverged."""
    errors_by_seed: tuple[float, ...]
    test_over_train: Interval | None
    """Error on meta-test tasks divided by that on meta-train tasks, where these differ."""


@dataclass(frozen=True)
class Comparison:
    """Several candidates on one family, with equal budgets."""

    steps: int
    tasks: int
    pairs: int
    best: str
    """The candidate with the smallest error at the largest shot count."""
    entries: tuple[Entry, ...]
    curve: ShotCurve
    """Every candidate that did not diverge, means over seeds, beside baselines and the oracle."""
    answers: tuple[Answer, ...]

    def table(self) -> Table:
        """One row a candidate, the best in bold, then the baselines and the oracle."""
        shots = self.curve.shots
        table = Table(
            title=f"{self.curve.family}: {self.curve.metric} after "
            f"{', '.join(map(str, shots))} shots",
            caption=f"Each trained for {self.steps} steps of {self.tasks} tasks with {self.pairs} "
            "pairs. ±: half of the 95 % interval over tasks.",
            caption_justify="left",
            box=SIMPLE_HEAD,
            padding=(0, 0, 0, 1),
        )
        table.add_column("")
        for column in ("parameters", "seconds", "loss", *(f"k = {k}" for k in shots)):
            table.add_column(column, justify="right")
        for entry in self.entries:
            diverged = entry.error is None
            table.add_row(
                entry.name,
                f"{entry.parameters:,}",
                f"{entry.seconds:.0f}",
                "diverged" if diverged else number(entry.losses[-1][1]),
                *([] if diverged else self._errors(entry.name)),
                style="bold" if entry.name == self.best else None,
            )
        for method in self.curve.methods:
            if method not in self.curve.learners:
                table.add_row(method, "", "", "", *self._errors(method), style="dim")
        return table

    def _errors(self, method: str) -> list[str]:
        rows = {row.shots: row for row in self.curve.of(method)}
        return [cell(rows[k].error) if k in rows else "–" for k in self.curve.shots]

    def __rich__(self) -> Group:
        return Group(self.table(), *(_told(answer) for answer in self.answers))

    def __str__(self) -> str:
        return as_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: an interval is [value, low, high], what is not known is None."""
        return plain({**asdict(self), "curve": self.curve.to_dict()})

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    def plot(self, path: str | os.PathLike) -> None:
        """Write a .png or .svg: loss against steps, and error against shots."""
        # Here, because matplotlib takes longer to import than all of this package.
        from yingshe.evaluation import plotting

        figure, (left, right) = plotting.new_figure(2)
        names = tuple(entry.name for entry in self.entries)
        plotting.draw_losses(left, {entry.name: entry.losses for entry in self.entries})
        plotting.draw_curve_panel(right, self.curve.metric, self.curve.curves("error"), names)
        plotting.finish_figure(figure, self.curve.family)
        plotting.save_figure(figure, path)


def _told(answer: Answer) -> Text:
    text = Text(f"\n{answer.question} ", style="bold")
    text.append(f"{answer.verdict}\n", style="bold cyan")
    for finding in answer.findings:
        text.append(f"  {finding.name}: {_value(finding)}\n", style="dim")
    return text.append(f"  {answer.advice}")


def _value(finding: Finding) -> str:
    def shown(value: float) -> str:
        if math.isnan(value):
            return "–"
        if finding.unit == "share":
            return f"{100 * value:.1f} %"
        return f"{value:,.0f}" if value >= 1000 else number(value)

    if not isinstance(finding.value, Interval):
        return shown(finding.value)
    value, low, high = map(shown, finding.value)
    return value if math.isnan(finding.value.low) else f"{value}, 95 % interval {low} to {high}"
