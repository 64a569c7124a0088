"""Columns of new pairs, read by the rules of `TaskSet.from_table`: for learners trained on them."""

from collections.abc import Sequence

import narwhals as nw
import numpy as np
from jaxtyping import Float

from yingshe.errors import UserError, did_you_mean
from yingshe.tasks.table import to_floats, to_labels


def numeric_columns(frame: nw.DataFrame, names: Sequence[str]) -> Float[np.ndarray, "rows columns"]:
    """Numeric columns; NaN where a value is missing.

    Raises UserError for a column that is unknown or holds something else than finite numbers.
    """
    check_columns_exist(frame, names)
    if not names:
        return np.zeros((len(frame), 0))
    return np.stack([to_floats(frame[name], name) for name in names], axis=1)


def label_codes(
    frame: nw.DataFrame, name: str, classes: Sequence[str]
) -> Float[np.ndarray, " rows"]:
    """The number of each row's class; NaN where it is missing.

    Raises UserError for an unknown column, or a class that is none of `classes`.
    """
    check_columns_exist(frame, [name])
    number = {value: float(i) for i, value in enumerate(classes)}
    labels = [None if label is None else str(label) for label in to_labels(frame[name])]
    for row, label in enumerate(labels, 1):
        if label is not None and label not in number:
            raise UserError(
                f"Column '{name}' holds the class '{label}' in row {row}, which no training task "
                f"had; known are {', '.join(classes)}."
            )
    return np.array([np.nan if label is None else number[label] for label in labels])


def check_columns_exist(frame: nw.DataFrame, names: Sequence[str]) -> None:
    """Raises UserError where there is no column of one of the names."""
    for name in names:
        if name not in frame.columns:
            raise UserError(f"There is no column '{name}'." + did_you_mean(name, frame.columns))
