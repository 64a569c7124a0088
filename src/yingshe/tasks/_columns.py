"""Columns of tables: conversion to numbers, labels, strings and embeddings."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np

from yingshe.errors import UserError, did_you_mean
from yingshe.text import TextEncoder

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
"""Values that count as missing."""


def append_embeddings(
    numbers: np.ndarray, sentences: Sequence[str | None], encoder: TextEncoder
) -> np.ndarray:
    """Append the embeddings of sentences to columns of numbers.

    Args:
        numbers: Columns of numbers, shape (n, columns).
        sentences: n sentences; None if missing.
        encoder: Text encoder.

    Returns:
        Shape (n, columns + encoder.width); NaN for a missing sentence.
    """
    present = [row for row, sentence in enumerate(sentences) if sentence is not None]
    embeddings = np.full((len(sentences), encoder.width), np.nan)
    embeddings[present] = encoder([str(sentences[row]) for row in present])
    return np.concatenate([numbers, embeddings], axis=1)


def to_strings(column: nw.Series) -> list[str | None]:
    """Convert a column to strings.

    Args:
        column: Any column.

    Returns:
        One string per row; None if the value is missing.
    """
    return [None if _is_missing(value) else str(value) for value in column.to_list()]


def numeric_columns(frame: nw.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Return columns of numbers.

    Args:
        frame: Table.
        names: Names of the columns.

    Returns:
        Shape (rows, columns); NaN if a value is missing.

    Raises:
        UserError: If a column does not exist, or holds anything but finite numbers.
    """
    check_columns_exist(frame, names)
    if not names:
        return np.zeros((len(frame), 0))
    return np.stack([to_floats(frame[name], name) for name in names], axis=1)


def label_codes(frame: nw.DataFrame, name: str, classes: Sequence[str]) -> np.ndarray:
    """Return the class number of each row.

    Args:
        frame: Table.
        name: Column of classes.
        classes: Names of the classes in the order of their numbers.

    Returns:
        Shape (rows,); NaN if the class is missing.

    Raises:
        UserError: If the column does not exist, or holds an unknown class.
    """
    check_columns_exist(frame, [name])
    number = {value: float(i) for i, value in enumerate(classes)}
    labels = [None if label is None else str(label) for label in to_labels(frame[name])]
    for row, label in enumerate(labels, 1):
        if label is not None and label not in number:
            raise UserError(
                f"Column '{name}' holds the class '{label}' in row {row}, which no training task "
                f"had; the classes are {', '.join(classes)}."
            )
    return np.array([np.nan if label is None else number[label] for label in labels])


def check_columns_exist(frame: nw.DataFrame, names: Sequence[str]) -> None:
    """Raise if a column does not exist.

    Args:
        frame: Table.
        names: Names of the columns.

    Raises:
        UserError: If there is no column of one of the names.
    """
    for name in names:
        if name not in frame.columns:
            raise UserError(f"There is no column '{name}'." + did_you_mean(name, frame.columns))


def to_floats(column: nw.Series, name: str) -> np.ndarray:
    """Convert a column to floats.

    Args:
        column: Column of numbers, truth values or numeric text.
        name: Name for error messages.

    Returns:
        float64, shape (rows,); NaN if a value is missing.

    Raises:
        UserError: If a value is not a finite number.
    """
    dtype = column.dtype
    if dtype.is_numeric() or dtype == nw.Boolean:
        values = column.cast(nw.Float64).to_numpy().astype(float)
    elif dtype.is_temporal():
        raise UserError(
            f"Column '{name}' holds {dtype}; turn it into a number first, such as days."
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


def to_labels(column: nw.Series) -> list[Any]:
    """Convert a column to sortable labels: numbers by value, anything else as text.

    Args:
        column: Any column.

    Returns:
        One label per row; None if the value is missing.
    """
    values = [None if _is_missing(value) else value for value in column.to_list()]
    if column.dtype.is_numeric():
        return [v if v is None or v != int(v) else int(v) for v in values]
    return [v if v is None else str(v) for v in values]


def is_categorical(column: nw.Series, name: str) -> bool:
    """Return True for categories, truth values, and text that is not numeric.

    Raises:
        UserError: If most values are numeric text, but not all.
    """
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
            f"Output '{name}' holds {text!r} in row {row} among numbers; correct it, or use "
            "problem_type='classification' if these are class names."
        )
    return True


def encode_classes(column: nw.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return class numbers (n, 1), NaN if missing, and the sorted names of all classes."""
    labels = to_labels(column)
    ordered = sorted({label for label in labels if label is not None})
    number = {label: float(i) for i, label in enumerate(ordered)} | {None: np.nan}
    names = tuple(str(label) for label in ordered)
    return np.array([number[label] for label in labels])[:, None], names


def factorize(names: list[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Return distinct names in the order of their appearance, and the number of each row."""
    number = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return tuple(number), np.array([number[name] for name in names])


def _as_number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip() in MISSING
    return value is None or value != value  # NaN and NaT differ from themselves
