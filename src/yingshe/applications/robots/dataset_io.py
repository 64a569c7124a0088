"""Collections on disk: one Parquet table, written in parts, and a JSON file of its settings."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from yingshe.errors import UserError
from yingshe.serialization import write_atomically


def load_partial(
    path: Path, settings: dict[str, Any], *, renamed: Mapping[str, str] | None = None
) -> list[pl.DataFrame]:
    """Return the part of a collection that is on disk already.

    Args:
        path: The .parquet file of the collection.
        settings: Settings of the collection; they are compared with the JSON file of the same name.
        renamed: Keys of settings in files of 0.1 -> present keys.

    Returns:
        One frame per task; nothing where there is no file.

    Raises:
        UserError: The file was written with other settings.
    """
    if not path.exists():
        return []
    settings_path = path.with_suffix(".json")
    saved = json.loads(settings_path.read_text()) if settings_path.is_file() else None
    if saved is not None:
        saved = {(renamed or {}).get(key, key): value for key, value in saved.items()}
    if saved != settings:
        raise UserError(f"{path} exists and was made with other settings; give another name.")
    return pl.read_parquet(path).partition_by("task", maintain_order=True)


def save(path: Path, frame: pl.DataFrame, settings: dict[str, Any]) -> None:
    """Write a collection, and its settings to the JSON file of the same name.

    Each file is replaced atomically, so a collection that is interrupted can be resumed.

    Args:
        path: The .parquet file.
        frame: All rows so far.
        settings: Plain JSON values; the same settings resume the collection.
    """
    write_settings(path.with_suffix(".json"), settings)
    write_table(path, frame)


def check_settings(path: Path, settings: dict[str, Any]) -> None:
    """Check that a folder is empty or was made with the same settings.

    Args:
        path: JSON file of the settings in that folder.
        settings: Settings of the collection.

    Raises:
        UserError: The file holds other settings.
    """
    if path.is_file() and json.loads(path.read_text()) != settings:
        raise UserError(
            f"{path.parent} holds episodes of other settings ({path}); name another folder, or "
            "remove this one."
        )


def write_settings(path: Path, settings: dict[str, Any]) -> None:
    """Write settings as JSON, atomically.

    Args:
        path: The .json file.
        settings: Plain JSON values.
    """
    write_atomically(path, (json.dumps(settings, indent=1) + "\n").encode())


def write_table(path: Path, frame: pl.DataFrame) -> None:
    """Write a Parquet table, atomically.

    Args:
        path: The .parquet file.
        frame: The table.
    """
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    write_atomically(path, buffer.getvalue())


def load_logs(path: str | Path) -> pl.DataFrame:
    """Read a Parquet or CSV file that a collection or a robot has written.

    Args:
        path: A .parquet file; any other suffix is read as CSV.

    Returns:
        The table.

    Raises:
        UserError: There is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
