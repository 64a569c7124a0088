"""`yingshe adapt`: read the pairs of a new task and write predictions with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from yingshe._cli_support.loaded_model import load_model
from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe.cli.columns import Columns, columns_of, read_inputs, read_task
from yingshe.errors import UserError
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import PointEstimate
from yingshe.serialization import write_atomically

_USAGE = """usage: yingshe adapt RUN --support PAIRS.csv --query INPUTS.csv --out PREDICTIONS.csv

Reads the pairs of one new task, without training, and writes what it then predicts: for every row
of the query the mean and the two ends of an interval; for classes the probability of each.

RUN      a run folder of `yingshe train`, a .safetensors file, or a learner of the zoo

The tables hold the columns that the learner was trained with. A learner of a family has no names
for them: the inputs are then x, or x0, x1, ... where there are several, and so are the outputs y.

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
    trained = load_model(words[0])
    options = parse(AdaptOptions, words[1:], prog=f"yingshe adapt {words[0]}")
    if not 0 < options.level < 1:
        raise UserError(f"level is {options.level}; it must lie between 0 and 1.")
    check_writable(options.out, options.save)
    columns = columns_of(trained)
    x, y = read_task(options.support, columns)
    query, query_x = read_inputs(options.query, columns)
    mapping = adapt(trained.learner, x, y)
    table = pl.DataFrame(query | _answers(mapping, query_x, columns, options.level))
    write_atomically(options.out, table.write_csv().encode())
    print(f"read {len(x)} pairs; predictions for {len(query_x)} rows: {options.out}")
    if options.save is not None:
        mapping.save(options.save)
        print(f"mapping: {options.save}")


def _answers(mapping: Mapping, x: np.ndarray, columns: Columns, level: float) -> dict[str, Any]:
    """Predictions as columns to write."""
    prediction = mapping(x)
    mean = np.asarray(prediction.mean)
    if columns.classes is not None:
        name = columns.outputs[0]
        best = [columns.classes[i] for i in mean.argmax(axis=1)]
        probabilities = {f"{name}_is_{c}": mean[:, i] for i, c in enumerate(columns.classes)}
        return {f"{name}_predicted": best, **probabilities}
    answers = {}
    ends = ()
    if not isinstance(prediction, PointEstimate):
        tail = (1 - level) / 2
        ends = (("lower", prediction.quantile(tail)), ("upper", prediction.quantile(1 - tail)))
    for i, name in enumerate(columns.outputs):
        answers[f"{name}_mean"] = mean[:, i]
        for end, value in ends:
            answers[f"{name}_{end}"] = np.asarray(value)[:, i]
    return answers
