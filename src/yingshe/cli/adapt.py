"""`yingshe adapt`: read the pairs of a new task and write predictions with intervals."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yingshe.cli.options import parse
from yingshe.cli.output import check_writable
from yingshe.cli.trained import Trained, read_trained
from yingshe.errors import UserError
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import Point
from yingshe.saving import write_atomically
from yingshe.tasks.table import read_classes, read_frame, read_numbers

_USAGE = """usage: yingshe adapt RUN --support PAIRS.csv --query INPUTS.csv --out PREDICTIONS.csv

Reads the pairs of one new task, without training, and writes what it then predicts: for every row
of the query the mean and the two ends of an interval; for classes the probability of each.

RUN      a run folder of `yingshe train`, a .safetensors file, or a learner of the zoo

The tables hold the columns that the learner was trained with. A learner of a family has no names
for them: the inputs are then x (x0, x1, ... where there are several) and the outputs y (y0, y1, ...).

example:
  yingshe adapt runs/mine --support new.csv --query q.csv --out predictions.csv
"""


@dataclass(frozen=True)
class AdaptOptions:
    """What is read and what is written."""

    support: Path
    """Table of the new task's pairs: inputs and outputs, one row a pair."""
    query: Path
    """Table of the inputs to predict at, one row each."""
    out: Path
    """Table to write, .csv: the rows of the query with the predictions beside them."""
    level: float = 0.9
    """Probability that y lies in its interval."""
    save: Path | None = None
    """Keep the adapted mapping in this file, for `ys.Mapping.load`."""


def run(words: Sequence[str]) -> None:
    """Adapt as the words say, and print where the predictions are."""
    if not words or words[0] in ("-h", "--help"):
        print(_USAGE, end="")
        return
    trained = read_trained(words[0])
    options = parse(AdaptOptions, words[1:], prog=f"yingshe adapt {words[0]}")
    if not 0 < options.level < 1:
        raise UserError(f"level is {options.level}; it must lie between 0 and 1.")
    check_writable(options.out, options.save)
    columns = _columns(trained)
    mapping, read = _adapted(trained, columns, options.support)
    query = read_frame(options.query)
    x = read_numbers(query, columns.inputs)
    answers = _answers(mapping, x, columns, options.level)
    table = pl.DataFrame({name: query[name].to_list() for name in query.columns} | answers)
    write_atomically(options.out, table.write_csv().encode())
    print(f"read {read} pairs; predictions for {len(x)} rows: {options.out}")
    if options.save is not None:
        mapping.save(options.save)
        print(f"mapping: {options.save}")


@dataclass(frozen=True)
class _Columns:
    inputs: Sequence[str]
    outputs: Sequence[str]
    classes: Sequence[str] | None
    task: str | None


def _columns(trained: Trained) -> _Columns:
    """The columns that the learner's table had, or their like for a learner of a family."""
    schema = trained.schema
    if schema is not None:
        return _Columns(schema["inputs"], schema["outputs"], schema["classes"], schema["task"])
    learner = trained.learner
    if learner.output == "categorical":
        classes = [str(i) for i in range(learner.y_dim)]
        return _Columns(_numbered("x", learner.x_dim), ["y"], classes, None)
    return _Columns(_numbered("x", learner.x_dim), _numbered("y", learner.y_dim), None, None)


def _numbered(letter: str, number: int) -> list[str]:
    return [letter] if number == 1 else [f"{letter}{i}" for i in range(number)]


def _adapted(trained: Trained, columns: _Columns, path: Path) -> tuple[Mapping, int]:
    """The mapping after the complete rows of the support, and how many those were."""
    support = read_frame(path)
    if columns.task in support.columns:
        tasks = support[columns.task].unique().to_list()
        if len(tasks) > 1:
            raise UserError(
                f"{path} holds {len(tasks)} tasks (column '{columns.task}'); a mapping is of one: "
                "give one task's rows at a time."
            )
    x = read_numbers(support, columns.inputs)
    if columns.classes is None:
        y = read_numbers(support, columns.outputs)
        complete = ~np.isnan(np.hstack([x, y])).any(axis=1)
    else:
        y = read_classes(support, columns.outputs[0], columns.classes)
        complete = ~np.isnan(np.column_stack([x, y])).any(axis=1)
    if not complete.all():
        warnings.warn(
            f"{path}: {np.sum(~complete)} rows miss a value and are left out.", stacklevel=2
        )
    if not complete.any():
        raise UserError(f"{path}: every row misses a value; no pair is left to read.")
    return adapt(trained.learner, x[complete], y[complete]), int(complete.sum())


def _answers(
    mapping: Mapping, x: np.ndarray, columns: _Columns, level: float
) -> dict[str, np.ndarray | list[str]]:
    """Predictions as columns to write."""
    missing = np.argwhere(np.isnan(x))
    if len(missing):
        row, column = missing[0]
        raise UserError(
            f"The query misses '{columns.inputs[column]}' in row {row + 1}; fill it or leave that "
            "row out."
        )
    prediction = mapping(x)
    mean = np.asarray(prediction.mean)
    if columns.classes is not None:
        name = columns.outputs[0]
        best = [columns.classes[i] for i in mean.argmax(axis=1)]
        probabilities = {f"{name}_is_{c}": mean[:, i] for i, c in enumerate(columns.classes)}
        return {f"{name}_predicted": best, **probabilities}
    answers = {}
    ends = ()
    if not isinstance(prediction, Point):
        tail = (1 - level) / 2
        ends = (("lower", prediction.quantile(tail)), ("upper", prediction.quantile(1 - tail)))
    for i, name in enumerate(columns.outputs):
        answers[f"{name}_mean"] = mean[:, i]
        for end, value in ends:
            answers[f"{name}_{end}"] = np.asarray(value)[:, i]
    return answers
