"""Tables of new pairs: the columns that a learner was trained with, or their like."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import numpy as np

from yingshe._cli_support.loaded_model import LoadedModel
from yingshe.errors import UserError
from yingshe.tasks.new_pairs import check_columns_exist, label_codes, numeric_columns
from yingshe.tasks.table import append_embeddings, read_frame, to_strings
from yingshe.text import TextEncoder, get_encoder


@dataclass(frozen=True)
class Columns:
    """What the columns of a learner's table are called."""

    inputs: Sequence[str]
    outputs: Sequence[str]
    classes: Sequence[str] | None
    task: str | None
    text: str | None = None
    encoder: TextEncoder | None = None

    @property
    def read(self) -> list[str]:
        """All columns that x is read from."""
        return [*self.inputs, *(() if self.text is None else (self.text,))]


def columns_of(trained: LoadedModel) -> Columns:
    """The columns of the learner's table; a learner of a family has x and y, or x0, x1, ..."""
    schema = trained.schema
    if schema is not None:
        named = schema["inputs"], schema["outputs"], schema["classes"], schema["task"]
        if "text" not in schema:
            return Columns(*named)
        return Columns(*named, schema["text"], get_encoder(schema["encoder"]))
    learner = trained.learner
    if learner.likelihood == "categorical":
        classes = [str(i) for i in range(learner.y_dim)]
        return Columns(_numbered("x", learner.x_dim), ["y"], classes, None)
    return Columns(_numbered("x", learner.x_dim), _numbered("y", learner.y_dim), None, None)


def read_task(path: Path, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """The complete pairs of one task: x (n, x_dim) and y (n, y_dim), or (n,) numbers of classes.

    Raises UserError where a column is missing or holds no numbers, where the table holds several
    tasks, or where no row is complete.
    """
    frame = read_frame(path)
    if columns.task in frame.columns:
        tasks = frame[columns.task].unique().to_list()
        if len(tasks) > 1:
            raise UserError(
                f"{path} holds {len(tasks)} tasks (column '{columns.task}'); a mapping is of one: "
                "give one task's rows at a time."
            )
    x = _read_x(frame, columns)
    if columns.classes is None:
        y = numeric_columns(frame, columns.outputs)
    else:
        y = label_codes(frame, columns.outputs[0], columns.classes)
    complete = ~np.isnan(np.column_stack([x, y])).any(axis=1)
    if not complete.any():
        raise UserError(f"{path}: every row misses a value; no pair is left to read.")
    if not complete.all():
        missing = f"{path}: rows with a missing value are left out: {np.sum(~complete)}."
        warnings.warn(missing, stacklevel=2)
    return x[complete], y[complete]


def read_inputs(path: Path, columns: Columns) -> tuple[dict[str, list], np.ndarray]:
    """A table as it is, and its inputs x (n, x_dim). Raises UserError where one is missing."""
    frame = read_frame(path)
    x = _read_x(frame, columns)
    missing = np.argwhere(np.isnan(x))
    if len(missing):
        row, column = missing[0]
        name = columns.read[min(column, len(columns.read) - 1)]
        raise UserError(f"{path} misses '{name}' in row {row + 1}; fill it or leave that row out.")
    return {name: frame[name].to_list() for name in frame.columns}, x


def _read_x(frame: nw.DataFrame, columns: Columns) -> np.ndarray:
    """x (n, x_dim), NaN where a value is missing."""
    x = numeric_columns(frame, columns.inputs)
    if columns.text is None or columns.encoder is None:
        return x
    check_columns_exist(frame, [columns.text])
    return append_embeddings(x, to_strings(frame[columns.text]), columns.encoder)


def _numbered(letter: str, number: int) -> list[str]:
    return [letter] if number == 1 else [f"{letter}{i}" for i in range(number)]
