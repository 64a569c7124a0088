"""Files that commands write: refused before the work is done, not after."""

from pathlib import Path

from yingshe.errors import UserError


def check_writable(*paths: Path | None) -> None:
    """Raises UserError where a file could not be written there."""
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise UserError(f"{path} is a folder; give a file to write.")
        if not path.absolute().parent.is_dir():
            raise UserError(f"There is no folder {path.parent} to write {path.name} into.")
