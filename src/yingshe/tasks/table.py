"""Tables of recorded pairs: read, checked, and laid out task after task."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import narwhals as nw
import numpy as np
import polars as pl

from yingshe.errors import UserError, did_you_mean
from yingshe.text import TextEncoder

Kind = Literal["auto", "regression", "classification"]

_MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
_DUPLICATED = "_duplicated_"  # how polars renames the second column of a name


class Columns(NamedTuple):
    """The pairs of a table, task after task; within a task in the order of the table."""

    x: np.ndarray  # (pairs, x_dim)
    y: np.ndarray  # (pairs, y_dim), or (pairs,) numbers of classes
    counts: np.ndarray  # (tasks,)
    task_names: tuple[str, ...]  # in the order of their first rows
    classes: tuple[str, ...] | None


def read_frame(source: Any) -> nw.DataFrame:
    """The table at a path (.csv, .tsv, .parquet, and .gz of the first two), or a frame as it is.

    Raises UserError where the file is missing, unreadable or empty, or it is no frame.
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
        raise UserError("The table has no rows; it must have one row a pair.")
    return frame


class Text(NamedTuple):
    """A column of sentences, and what reads them."""

    column: str
    encoder: TextEncoder


def read_columns(
    frame: nw.DataFrame,
    task: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    kind: Kind,
    text: Text | None = None,
) -> Columns:
    """Inputs, outputs and tasks of a table, by the rules of `TaskSet.from_table`."""
    sentences_in = () if text is None else (text.column,)
    _check_roles(frame.columns, task, inputs, outputs, sentences_in)
    if text is not None:
        _check_text(frame[text.column])
    if kind not in get_args(Kind):
        raise UserError(f"Unknown kind '{kind}'." + did_you_mean(kind, get_args(Kind)))
    classify = kind == "classification" or (
        kind == "auto" and any(_holds_classes(frame[name], name) for name in outputs)
    )
    if classify and len(outputs) != 1:
        raise UserError(
            f"outputs are {', '.join(outputs)}, of which some are classes; classification takes "
            "one output, regression any number of numeric ones."
        )
    x = _matrix(frame, inputs)
    y, classes = _classes(frame[outputs[0]]) if classify else (_matrix(frame, outputs), None)
    tasks = to_labels(frame[task])
    present = np.array([name is not None for name in tasks])
    present &= ~np.isnan(x).any(axis=1) & ~np.isnan(y).any(axis=1)
    sentences = [""] * len(frame) if text is None else to_strings(frame[text.column])
    present &= np.array([sentence is not None for sentence in sentences])
    _report_missing(present, (task, *inputs, *sentences_in, *outputs))

    names, codes = _codes([str(tasks[row]) for row in np.flatnonzero(present)])
    rows = np.flatnonzero(present)[np.argsort(codes, kind="stable")]
    _warn_of_columns(x[rows], inputs)
    if text is not None:
        x = append_embeddings(x, sentences, text.encoder)
    if classes is None:
        _warn_of_columns(y[rows], outputs)
        return Columns(x[rows], y[rows], np.bincount(codes), names, None)
    if len(classes) == 1:
        raise UserError(
            f"Output '{outputs[0]}' holds one class only, {classes[0]}; there must be more."
        )
    return Columns(x[rows], y[rows, 0].astype(int), np.bincount(codes), names, classes)


def _read_file(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    kind = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if kind not in ("csv", "tsv", "parquet"):
        raise UserError(f"{path.name} is not a .csv, .tsv or .parquet file.")
    try:
        if kind == "parquet":
            return pl.read_parquet(path)
        # The types of columns are told from all rows: text may come late among numbers.
        return pl.read_csv(
            path,
            separator="\t" if kind == "tsv" else ",",
            null_values=list(_MISSING),
            infer_schema_length=None,
        )
    except pl.exceptions.NoDataError as error:
        raise UserError(f"{path} is empty; it must have a header and one row a pair.") from error
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
    chosen = (task, *inputs, *text, *outputs)
    for name in chosen:
        if name not in columns:
            raise UserError(f"There is no column '{name}'." + did_you_mean(name, columns))
        if f"{name}{_DUPLICATED}0" in columns:
            raise UserError(f"The table has two columns '{name}'; rename one of them.")
        if chosen.count(name) > 1:
            roles = ["task"] * (name == task) + ["input"] * inputs.count(name)
            roles += ["text"] * text.count(name) + ["output"] * outputs.count(name)
            raise UserError(
                f"Column '{name}' is given as {' and '.join(roles)}; a column has one part to play."
            )


def _check_text(column: nw.Series) -> None:
    dtype = column.dtype
    if dtype.is_numeric() or dtype.is_temporal() or dtype == nw.Boolean:
        raise UserError(
            f"Column '{column.name}' must hold sentences but holds {dtype}; give it as an input, "
            "or name the column of text."
        )


def _holds_classes(column: nw.Series, name: str) -> bool:
    """Whether an output is of classes: categories, truth values, or text that is not of numbers."""
    if column.dtype in (nw.Boolean, nw.Categorical, nw.Enum):
        return True
    if column.dtype not in (nw.String, nw.Object):
        return False
    values = {value for value in column.to_list() if not _is_missing(value)}
    numeric = sum(_as_number(value) is not None for value in values)
    if numeric == len(values):
        return False
    if numeric > len(values) / 2:
        row, text = next(
            (row, value)
            for row, value in enumerate(column.to_list(), 1)
            if not _is_missing(value) and _as_number(value) is None
        )
        raise UserError(
            f"Output '{name}' holds {text!r} in row {row} among numbers; correct it, or say "
            "kind='classification' if these are the names of classes."
        )
    return True


def append_embeddings(
    numbers: np.ndarray, sentences: Sequence[str | None], encoder: TextEncoder
) -> np.ndarray:
    """Numbers (n, columns), and what the encoder makes of n sentences beside them; NaN for None."""
    known = [row for row, sentence in enumerate(sentences) if sentence is not None]
    read = np.full((len(sentences), encoder.width), np.nan)
    read[known] = encoder([str(sentences[row]) for row in known])
    return np.concatenate([numbers, read], axis=1)


def to_strings(column: nw.Series) -> list[str | None]:
    """The column as text, None where a value is missing."""
    return [None if _is_missing(value) else str(value) for value in column.to_list()]


def _matrix(frame: nw.DataFrame, names: Sequence[str]) -> np.ndarray:
    if not names:
        return np.zeros((len(frame), 0))
    return np.stack([to_floats(frame[name], name) for name in names], axis=1)


def to_floats(column: nw.Series, name: str) -> np.ndarray:
    """The column as float64, NaN where a value is missing."""
    dtype = column.dtype
    if dtype.is_numeric() or dtype == nw.Boolean:
        values = column.cast(nw.Float64).to_numpy().astype(float)
    elif dtype.is_temporal():
        raise UserError(
            f"Column '{name}' holds {dtype}; turn it into a number first, days since a start, say."
        )
    else:
        listed = column.to_list()
        parsed = [np.nan if _is_missing(value) else _as_number(value) for value in listed]
        if None in parsed:
            row = parsed.index(None)
            raise UserError(
                f"Column '{name}' must hold numbers but has {str(listed[row])!r} in row {row + 1}; "
                "correct it, or leave the column out."
            )
        values = np.array(parsed, float)
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        raise UserError(
            f"Column '{name}' holds an infinite value in row {infinite[0] + 1}; correct that row "
            "or leave it out."
        )
    return values


def _as_number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip() in _MISSING
    return value is None or value != value  # NaN and NaT differ from themselves


def to_labels(column: nw.Series) -> list[Any]:
    """Classes as they sort: numbers by value, all else as text. None where missing."""
    values = [None if _is_missing(value) else value for value in column.to_list()]
    if column.dtype.is_numeric():
        return [v if v is None or v != int(v) else int(v) for v in values]
    return [v if v is None else str(v) for v in values]


def _classes(column: nw.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Numbers of the classes (n, 1), NaN where missing, and the names of all classes, sorted."""
    labels = to_labels(column)
    ordered = sorted({label for label in labels if label is not None})
    number = {label: float(i) for i, label in enumerate(ordered)} | {None: np.nan}
    names = tuple(str(label) for label in ordered)
    return np.array([number[label] for label in labels])[:, None], names


def _codes(names: list[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Distinct names in the order of their appearance, and the number of each."""
    number = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return tuple(number), np.array([number[name] for name in names])


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


def _warn_of_columns(values: np.ndarray, names: Sequence[str]) -> None:
    for name, column in zip(names, values.T, strict=True):
        spread = column.std()
        if spread == 0:
            warnings.warn(f"Column '{name}' is {column[0]:g} in every row.", stacklevel=4)
        elif np.abs(column - column.astype(np.float32)).max() > 1e-3 * spread:
            warnings.warn(
                f"Column '{name}' varies by less than single precision can tell apart at "
                f"{column[0]:g}; subtract a constant from it.",
                stacklevel=4,
            )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
