"""Progress bar of a training run."""

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
    """Progress bar on the standard error: steps, losses, steps per second and time left.

    Args:
        steps: Number of steps of the run.
        name: Text before the bar.
        initial_step: Number of steps taken before, in an earlier process.
    """

    def __init__(self, steps: int, name: str, *, initial_step: int = 0):
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
        )
        self._validation = ""
        self._task = self._bar.add_task(
            name, total=steps, completed=initial_step, figures="compiling …"
        )

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

    def show(self, log: TrainLog[Any], *, steps_per_second: float) -> None:
        """Update the bar.

        Args:
            log: Progress of the run.
            steps_per_second: Current speed.
        """
        if log.validation_loss is not None:
            self._validation = f" · validation {log.validation_loss:.4f}"
        speed = f"{steps_per_second:.{0 if steps_per_second >= 10 else 1}f} steps/s"
        figures = f"loss {log.loss:.4f}{self._validation} · {speed}"
        self._bar.update(self._task, completed=log.step, figures=figures)
