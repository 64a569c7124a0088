"""The progress bar of a training run."""

from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from yingshe.training.loop import TrainLog


class ProgressBar:
    """Steps, loss, validation loss, steps a second and the time left, on the standard error."""

    def __init__(self, steps: int, name: str, *, done: int = 0):
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
        )
        self._done, self._validation = done, ""
        self._task = self._bar.add_task(name, total=steps, completed=done, figures="compiling …")

    def __enter__(self) -> "ProgressBar":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, report: TrainLog[Any], *, steps_per_second: float) -> None:
        """Move the bar to a report."""
        if report.validation_loss is not None:
            self._validation = f" · validation {report.validation_loss:.4f}"
        figures = f"loss {report.loss:.4f}{self._validation} · {steps_per_second:.0f} steps/s"
        self._bar.update(self._task, completed=report.step, figures=figures)
