"""Learners on disk: your own, by path, and the small trained ones that are shipped, by name."""

import json
import os
from pathlib import Path
from typing import Any

from yingshe.errors import UserError, did_you_mean
from yingshe.learners import Learner
from yingshe.serialization import read_learner, write_learner

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The names of the learners that are shipped."""
    return sorted(path.stem for path in _FOLDER.glob("*.safetensors"))


def card(name: str) -> dict[str, Any]:
    """What a shipped learner is: its family, the command that made it, and its figures."""
    if name not in names():
        raise UserError(f"There is no '{name}' in the zoo." + did_you_mean(name, names()))
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def save(
    path: str | os.PathLike, learner: Learner, *, metadata: dict[str, Any] | None = None
) -> None:
    """Write a learner to one safetensors file; `metadata` is free-form JSON kept beside it.

    Raises UserError where the file cannot be written.
    """
    write_learner(path, learner, metadata=metadata)


def load(path_or_name: str | os.PathLike) -> Learner:
    """Read a learner: a file that `save` wrote, a run folder, or the name of a shipped one.

    Raises UserError where there is none, and where the file is damaged or foreign.
    """
    return read_learner(locate(path_or_name))[0]


def locate(path_or_name: str | os.PathLike) -> Path:
    """The file of a learner. A path that exists goes before a name of the zoo."""
    path = Path(path_or_name)
    if path.is_dir():
        if not (path / "learner.safetensors").is_file():
            raise UserError(
                f"{path} holds no learner.safetensors: it is not a run folder, or its training has "
                "not ended; start the same training again to go on with it."
            )
        return path / "learner.safetensors"
    if path.is_file():
        return path
    name = str(path_or_name)
    if name in names():
        return _FOLDER / f"{name}.safetensors"
    if path.suffix or len(path.parts) > 1:
        raise UserError(f"There is no file or run folder {path}.")
    raise UserError(
        f"'{name}' is neither a file, nor a run folder, nor a learner of the zoo."
        + (did_you_mean(name, names()) if names() else "")
    )
