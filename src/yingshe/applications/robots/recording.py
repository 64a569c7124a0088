"""Collections on disk: one Parquet table, a part at a time, and beside it how it was made."""

import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from yingshe.errors import UserError
from yingshe.serialization import write_atomically


def begun(path: Path, settings: dict[str, Any]) -> list[pl.DataFrame]:
    """What a collection holds already, one frame a task; nothing where there is no file.

    Raises UserError where it was made with other settings.
    """
    if not path.exists():
        return []
    beside = path.with_suffix(".json")
    before = json.loads(beside.read_text()) if beside.is_file() else None
    if before != settings:
        raise UserError(f"{path} is there, and was made with other settings; give another name.")
    return pl.read_parquet(path).partition_by("task", maintain_order=True)


def write(path: Path, frame: pl.DataFrame, settings: dict[str, Any]) -> None:
    """All that was collected so far, in place of what was there."""
    write_atomically(path.with_suffix(".json"), (json.dumps(settings, indent=1) + "\n").encode())
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    write_atomically(path, buffer.getvalue())


def read_logs(path: str | Path) -> pl.DataFrame:
    """The frame of a Parquet or CSV file that a collection or a robot has written.

    Raises UserError where there is none.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
