"""`yingshe adapt`: adapt to a new task from a few pairs and write predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from yingshe.command_line.command import HELP, replace_renamed
from yingshe.command_line.loaded_model import load_model
from yingshe.command_line.options import parse
from yingshe.command_line.output import check_writable
from yingshe.errors import UserError
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import PointEstimate
from yingshe.serialization import write_atomically
from yingshe.tasks.table import TableSchema

USAGE = """usage: yingshe adapt MODEL --support PAIRS.csv --query INPUTS.csv --out PREDICTIONS.csv

Adapt to a new task from a few pairs and write predictions.

Writes the rows of the query with, for each output, the mean and the two ends of an interval; for
classes, the probability of each. Nothing is trained.

MODEL    run directory, .safetensors file, or zoo model (list them: yingshe zoo)

The tables have the columns of the training table. For a model of a task family, the inputs are
called x, or x0, x1, ... where there are several, and the outputs y or y0, y1, ...

example:
  yingshe adapt runs/mine --support new.csv --query q.csv --out predictions.csv

`yingshe adapt MODEL --help` lists the options.
"""

RENAMED = {"--level": "--confidence"}
"""Options of 0.1 -> present options."""


@dataclass(frozen=True)
class AdaptOptions:
    """Tables to read and to write."""

    support: Path
    """Table of the new task's pairs: inputs and outputs, one row per pair."""
    query: Path
    """Table of the inputs to predict at, one row each."""
    out: Path
    """Table to write, .csv: the rows of the query with columns of predictions."""
    confidence: float = 0.9
    """Probability of y to lie in its interval."""
    save: Path | None = None
    """File to save the adapted mapping to, for `ys.Mapping.load`."""


def run(args: Sequence[str]) -> None:
    """Adapt to a task and write predictions.

    Args:
        args: Command-line arguments after `yingshe adapt`.

    Raises:
        UserError: An argument does not fit, the model does not exist, or a table lacks a column.
    """
    if not args or args[0] in HELP:
        print(USAGE, end="")
        return
    model = load_model(args[0])
    rest = replace_renamed(args[1:], RENAMED)
    options = parse(AdaptOptions, rest, prog=f"yingshe adapt {args[0]}")
    if not 0 < options.confidence < 1:
        raise UserError(f"confidence must be between 0 and 1, got {options.confidence}.")
    check_writable(options.out, options.save)
    schema = model.table_schema
    x, y = schema.read_pairs(options.support)
    query, query_x = schema.read_inputs(options.query)
    mapping = adapt(model.learner, x, y)
    table = pl.DataFrame(query | _predict_columns(mapping, query_x, schema, options.confidence))
    write_atomically(options.out, table.write_csv().encode())
    print(f"adapted to {len(x)} pairs; predictions for {len(query_x)} rows: {options.out}")
    if options.save is not None:
        mapping.save(options.save)
        print(f"mapping: {options.save}")


def _predict_columns(
    mapping: Mapping, x: np.ndarray, schema: TableSchema, confidence: float
) -> dict[str, Any]:
    """Return predictions as columns to write."""
    prediction = mapping(x)
    mean = np.asarray(prediction.mean)
    if schema.classes is not None:
        name = schema.outputs[0]
        best = [schema.classes[i] for i in mean.argmax(axis=1)]
        probabilities = {f"{name}_is_{c}": mean[:, i] for i, c in enumerate(schema.classes)}
        return {f"{name}_predicted": best, **probabilities}
    predictions = {}
    ends = ()
    if not isinstance(prediction, PointEstimate):
        tail = (1 - confidence) / 2
        ends = (("lower", prediction.quantile(tail)), ("upper", prediction.quantile(1 - tail)))
    for i, name in enumerate(schema.outputs):
        predictions[f"{name}_mean"] = mean[:, i]
        for end, value in ends:
            predictions[f"{name}_{end}"] = np.asarray(value)[:, i]
    return predictions
