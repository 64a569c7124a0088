"""Trained learners on disk: your own, by path, and the ones shipped with the package, by name."""

import json
import os
import warnings
from pathlib import Path
from typing import Any

from yingshe import _format_0_1
from yingshe.errors import UserError, did_you_mean
from yingshe.learners import Learner
from yingshe.serialization import read_learner, write_learner

_FOLDER = Path(__file__).parent


def list_models() -> list[str]:
    """Return the names of the trained learners shipped with the package.

    Returns:
        Sorted names, each valid for `load` and `model_card`.
    """
    return sorted(path.stem for path in _FOLDER.glob("*.safetensors"))


def model_card(name: str) -> dict[str, Any]:
    """Return the card of a shipped learner: how it was trained, and its figures.

    Args:
        name: Name of the learner, as in `list_models()`.

    Returns:
        Its task family, the command that trained it, and its figures.

    Raises:
        UserError: If there is no such learner.
    """
    name = _present_name(name)
    if name not in list_models():
        raise UserError(f"There is no '{name}' in the zoo." + did_you_mean(name, list_models()))
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def save(
    path: str | os.PathLike, learner: Learner, *, metadata: dict[str, Any] | None = None
) -> None:
    """Write a learner to one safetensors file.

    Args:
        path: File to write; an existing file is replaced.
        learner: Learner to save, of a class in `LEARNERS`.
        metadata: JSON-serializable data stored in the same file.

    Raises:
        UserError: If the file cannot be written.
    """
    write_learner(path, learner, metadata=metadata)


def load(path_or_name: str | os.PathLike) -> Learner:
    """Read a trained learner.

    Args:
        path_or_name: File written by `save`, run directory, or name of a shipped learner.

    Returns:
        The learner.

    Raises:
        UserError: If there is no such learner, or the file is damaged or of another format.
    """
    return read_learner(resolve(path_or_name))[0]


def resolve(path_or_name: str | os.PathLike) -> Path:
    """Return the file of a trained learner.

    Args:
        path_or_name: File, run directory, or name of a shipped learner. An existing path takes
            precedence over a name.

    Returns:
        Path of a .safetensors file.

    Raises:
        UserError: If there is no such learner.
    """
    path = Path(path_or_name)
    if path.is_dir():
        if not (path / "learner.safetensors").is_file():
            raise UserError(
                f"{path} holds no learner.safetensors: it is not a run directory, or its training "
                "is incomplete; start the same training again to resume it."
            )
        return path / "learner.safetensors"
    if path.is_file():
        return path
    name = _present_name(str(path_or_name))
    if name in list_models():
        return _FOLDER / f"{name}.safetensors"
    if path.suffix or len(path.parts) > 1:
        raise UserError(f"There is no file or run directory {path}.")
    raise UserError(
        f"'{name}' is neither a file, nor a run directory, nor a learner of the zoo."
        + (did_you_mean(name, list_models()) if list_models() else "")
    )


def _present_name(name: str) -> str:
    """Return the present name of a shipped learner, and warn if a name of 0.1 was given."""
    new = _format_0_1.ZOO.get(name)
    if new is None or not (_FOLDER / f"{new}.safetensors").is_file():
        return name
    warnings.warn(
        f"The zoo model '{name}' is now called '{new}'.", DeprecationWarning, stacklevel=3
    )
    return new
