"""Options that all training commands have: run directory and seed."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path


@dataclass(frozen=True)
class RunOptions:
    """Run directory and seed."""

    run_dir: Path | None = None
    """Run directory; the same command with the same directory resumes a run that was stopped. By
    default a new directory runs/FAMILY-LEARNER."""
    seed: int = 0
    """Seed of everything that is drawn. The same seed gives the same learner."""


RENAMED = {"--run": "--run-dir"}
"""Options of 0.1 -> present options."""


def next_run_dir(name: str) -> Path:
    """Return the path of a new run directory.

    Args:
        name: Name of the run.

    Returns:
        runs/NAME, or runs/NAME-2 and so on if that exists.
    """
    paths = (Path("runs") / (f"{name}-{number}" if number > 1 else name) for number in count(1))
    return next(path for path in paths if not path.exists())
