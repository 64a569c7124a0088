"""Tables of recorded pairs: reading, validation, and their layout task after task."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import narwhals as nw
import numpy as np
import polars as pl

from yingshe.errors import UserError, did_you_mean
from yingshe.tasks._columns import (
    MISSING,
    append_embeddings,
    check_columns_exist,
    encode_classes,
    factorize,
    is_categorical,
    label_codes,
    numeric_columns,
    to_labels,
    to_strings,
)
from yingshe.text import TextEncoder, get_encoder

ProblemType = Literal["auto", "regression", "classification"]

_DUPLICATED = "_duplicated_"  # suffix that polars gives to the second column of a name


class TablePairs(NamedTuple):
    """Pairs of a table, task after task; within a task in the order of the table."""

    x: np.ndarray  # (pairs, x_dim)
    y: np.ndarray  # (pairs, y_dim), or (pairs,) numbers of classes
    counts: np.ndarray  # (tasks,)
    task_names: tuple[str, ...]  # in the order of their first rows
    classes: tuple[str, ...] | None


class TextColumn(NamedTuple):
    """Column of sentences and its encoder."""

    column: str
    encoder: TextEncoder


@dataclass(frozen=True)
class TableSchema:
    """Columns of the table that a learner was trained on, to read tables of new pairs."""

    inputs: Sequence[str]
    """Columns of numbers to predict from."""
    outputs: Sequence[str]
    """Columns to predict."""
    classes: Sequence[str] | None = None
    """Names of the classes in the order of their numbers; None for regression."""
    task: str | None = None
    """Column with the task of each row."""
    text: str | None = None
    """Column of sentences."""
    encoder: TextEncoder | None = None
    """Encoder of the sentences."""

    @classmethod
    def from_metadata(cls, schema: Mapping[str, Any]) -> "TableSchema":
        """Build a schema from `TaskSet.schema`, as stored with a learner.

        Args:
            schema: Names of columns and classes, as plain JSON.

        Returns:
            Schema with its text encoder.
        """
        encoder = get_encoder(schema["encoder"]) if "text" in schema else None
        return cls(
            schema["inputs"],
            schema["outputs"],
            schema["classes"],
            schema["task"],
            schema.get("text"),
            encoder,
        )

    @classmethod
    def from_dims(cls, x_dim: int, y_dim: int, *, is_categorical: bool) -> "TableSchema":
        """Build the schema of a learner that was trained on a family, without a table.

        Args:
            x_dim: Number of inputs; their columns are x, or x0, x1, … if there are several.
            y_dim: Number of outputs, y or y0, y1, …; or of classes, which are their numbers.
            is_categorical: The output is a class.

        Returns:
            Schema without a task column.
        """
        if is_categorical:
            return cls(_numbered("x", x_dim), ["y"], [str(i) for i in range(y_dim)])
        return cls(_numbered("x", x_dim), _numbered("y", y_dim))

    def read_pairs(self, source: Any) -> tuple[np.ndarray, np.ndarray]:
        """Read the complete pairs of one task; rows with a missing value are left out.

        Args:
            source: Table, as for `read_frame`.

        Returns:
            x (n, x_dim), and y (n, y_dim) or class numbers (n,).

        Raises:
            UserError: If a column is missing or not numeric, the table holds several tasks, or no
                row is complete.
        """
        frame = read_frame(source)
        if self.task in frame.columns:
            tasks = frame[self.task].unique().to_list()
            if len(tasks) > 1:
                raise UserError(
                    f"{_describe(source)} holds {len(tasks)} tasks (column '{self.task}'); give "
                    "the rows of one task at a time."
                )
        x = self._read_x(frame)
        if self.classes is None:
            y = numeric_columns(frame, self.outputs)
        else:
            y = label_codes(frame, self.outputs[0], self.classes)
        complete = ~np.isnan(np.column_stack([x, y])).any(axis=1)
        if not complete.any():
            raise UserError(f"{_describe(source)}: every row misses a value; no pair is left.")
        if not complete.all():
            missing = np.sum(~complete)
            warnings.warn(
                f"{_describe(source)}: rows with a missing value are left out: {missing}.",
                stacklevel=2,
            )
        return x[complete], y[complete]

    def read_inputs(self, source: Any) -> tuple[dict[str, list], np.ndarray]:
        """Read a table of inputs.

        Args:
            source: Table, as for `read_frame`.

        Returns:
            All columns of the table, and x (n, x_dim).

        Raises:
            UserError: If a column or a value of an input is missing.
        """
        frame = read_frame(source)
        x = self._read_x(frame)
        missing = np.argwhere(np.isnan(x))
        if len(missing):
            row, column = missing[0]
            names = [*self.inputs, *(() if self.text is None else (self.text,))]
            name = names[min(column, len(names) - 1)]
            raise UserError(
                f"{_describe(source)} misses '{name}' in row {row + 1}; fill it or leave that row "
                "out."
            )
        return {name: frame[name].to_list() for name in frame.columns}, x

    def _read_x(self, frame: nw.DataFrame) -> np.ndarray:
        """Return x (n, x_dim), NaN if a value is missing."""
        x = numeric_columns(frame, self.inputs)
        if self.text is None or self.encoder is None:
            return x
        check_columns_exist(frame, [self.text])
        return append_embeddings(x, to_strings(frame[self.text]), self.encoder)


def read_frame(source: Any) -> nw.DataFrame:
    """Read a table from a file or a frame.

    Args:
        source: Path (.csv, .tsv, .parquet, and .gz of the first two), or a frame of pandas, polars
            or PyArrow.

    Returns:
        Frame with at least one row.

    Raises:
        UserError: If the file is missing, unreadable or empty, or the source is no frame.
    """
    if isinstance(source, str | os.PathLike):
        frame = nw.from_native(_read_file(Path(source)), eager_only=True)
    else:
        try:
            frame = nw.from_native(source)
        except TypeError as error:
            raise UserError(
                f"A table of type {type(source).__name__} cannot be read; give a path, or a frame "
                "of pandas, polars or PyArrow."
            ) from error
        except (nw.exceptions.NarwhalsError, ValueError) as error:
            raise UserError(f"The table cannot be read: {_one_line(error)}") from error
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect()
    if len(frame) == 0:
        raise UserError("The table has no rows; it must have one row per pair.")
    return frame


def read_columns(
    frame: nw.DataFrame,
    task: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    problem_type: ProblemType,
    text: TextColumn | None = None,
) -> TablePairs:
    """Read inputs, outputs and tasks of a table, by the rules of `TaskSet.from_table`.

    Args:
        frame: Table with one row per pair.
        task: Column with the task of each row.
        inputs: Columns of numbers to predict from.
        outputs: Columns to predict.
        problem_type: "auto", "regression" or "classification".
        text: Column of sentences to predict from.

    Returns:
        Pairs of all tasks.

    Raises:
        UserError: If the table breaks a rule.
    """
    sentence_columns = () if text is None else (text.column,)
    _check_roles(frame.columns, task, inputs, outputs, sentence_columns)
    if text is not None:
        _check_text(frame[text.column])
    if problem_type not in get_args(ProblemType):
        raise UserError(
            f"Unknown problem_type '{problem_type}'."
            + did_you_mean(problem_type, get_args(ProblemType))
        )
    classify = problem_type == "classification" or (
        problem_type == "auto" and any(is_categorical(frame[name], name) for name in outputs)
    )
    if classify and len(outputs) != 1:
        raise UserError(
            f"outputs are {', '.join(outputs)}, of which some are classes; classification takes "
            "one output, regression any number of numeric ones."
        )
    x = numeric_columns(frame, inputs)
    y, classes = (
        encode_classes(frame[outputs[0]]) if classify else (numeric_columns(frame, outputs), None)
    )
    tasks = to_labels(frame[task])
    present = np.array([name is not None for name in tasks])
    present &= ~np.isnan(x).any(axis=1) & ~np.isnan(y).any(axis=1)
    sentences = [""] * len(frame) if text is None else to_strings(frame[text.column])
    present &= np.array([sentence is not None for sentence in sentences])
    _report_missing(present, (task, *inputs, *sentence_columns, *outputs))

    names, codes = factorize([str(tasks[row]) for row in np.flatnonzero(present)])
    rows = np.flatnonzero(present)[np.argsort(codes, kind="stable")]
    _warn_about_columns(x[rows], inputs)
    if text is not None:
        x = append_embeddings(x, sentences, text.encoder)
    if classes is None:
        _warn_about_columns(y[rows], outputs)
        return TablePairs(x[rows], y[rows], np.bincount(codes), names, None)
    if len(classes) == 1:
        raise UserError(
            f"Output '{outputs[0]}' holds one class only, {classes[0]}; there must be more."
        )
    return TablePairs(x[rows], y[rows, 0].astype(int), np.bincount(codes), names, classes)


def _read_file(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    file_type = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if file_type not in ("csv", "tsv", "parquet"):
        raise UserError(f"{path.name} is not a .csv, .tsv or .parquet file.")
    try:
        if file_type == "parquet":
            return pl.read_parquet(path)
        # Column types are inferred from all rows: text may come late among numbers.
        return pl.read_csv(
            path,
            separator="\t" if file_type == "tsv" else ",",
            null_values=list(MISSING),
            infer_schema_length=None,
        )
    except pl.exceptions.NoDataError as error:
        raise UserError(f"{path} is empty; it must have a header and one row per pair.") from error
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {_one_line(error)}") from error


def _check_roles(
    columns: Sequence[str],
    task: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    text: Sequence[str],
) -> None:
    if not (inputs or text) or not outputs:
        raise UserError(
            f"inputs are {inputs} and outputs are {outputs}; name at least one of each, or for "
            "sentences a column of `text`."
        )
    names = (task, *inputs, *text, *outputs)
    for name in names:
        if name not in columns:
            raise UserError(f"There is no column '{name}'." + did_you_mean(name, columns))
        if f"{name}{_DUPLICATED}0" in columns:
            raise UserError(f"The table has two columns '{name}'; rename one of them.")
        if names.count(name) > 1:
            roles = ["task"] * (name == task) + ["input"] * inputs.count(name)
            roles += ["text"] * text.count(name) + ["output"] * outputs.count(name)
            raise UserError(
                f"Column '{name}' is given as {' and '.join(roles)}; a column has one role."
            )


def _check_text(column: nw.Series) -> None:
    dtype = column.dtype
    if dtype.is_numeric() or dtype.is_temporal() or dtype == nw.Boolean:
        raise UserError(
            f"Column '{column.name}' must hold sentences but holds {dtype}; give it as an input, "
            "or name the column of text."
        )


def _report_missing(present: np.ndarray, columns: Sequence[str]) -> None:
    used = ", ".join(columns)
    if not present.any():
        raise UserError(f"Every row misses a value in one of {used}; no pair is left.")
    if not present.all():
        missing = int((~present).sum())
        warnings.warn(
            f"{missing} of {len(present)} rows miss a value in one of {used} and are left out.",
            stacklevel=4,
        )


def _warn_about_columns(values: np.ndarray, names: Sequence[str]) -> None:
    for name, column in zip(names, values.T, strict=True):
        spread = column.std()
        if spread == 0:
            warnings.warn(f"Column '{name}' is {column[0]:g} in every row.", stacklevel=4)
        elif np.abs(column - column.astype(np.float32)).max() > 1e-3 * spread:
            warnings.warn(
                f"Column '{name}' varies by less than single precision resolves at "
                f"{column[0]:g}; subtract a constant from it.",
                stacklevel=4,
            )


def _describe(source: Any) -> str:
    return str(source) if isinstance(source, str | os.PathLike) else "The table"


def _numbered(letter: str, number: int) -> list[str]:
    return [letter] if number == 1 else [f"{letter}{i}" for i in range(number)]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
