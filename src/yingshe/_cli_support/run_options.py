"""Where a run is kept, whatever it trains."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path


@dataclass(frozen=True)
class RunOptions:
    """Where the run is kept, and its seed."""

    run: Path | None = None
    """Folder of the run; the same command with the same folder goes on with a run that was stopped.
    By default a new folder runs/FAMILY-LEARNER."""
    seed: int = 0
    """Seed of everything that is drawn. The same seed gives the same learner."""


def next_run_dir(name: str) -> Path:
    """runs/NAME, or with the first number behind it that is not taken."""
    folders = (Path("runs") / (f"{name}-{number}" if number > 1 else name) for number in count(1))
    return next(folder for folder in folders if not folder.exists())
