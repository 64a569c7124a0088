"""`yingshe relate`: measure distances between tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
import numpy as np
from rich.console import Console

from yingshe.command_line.command import HELP, replace_renamed
from yingshe.command_line.loaded_model import load_model, load_tasks
from yingshe.command_line.output import check_writable
from yingshe.command_line.task_source import parse_with_task_source
from yingshe.evaluation import relate
from yingshe.pairs import Pairs
from yingshe.serialization import write_atomically

USAGE = """usage: yingshe relate MODEL [TASKS] [--new PAIRS.csv] [options]

Measure distances between tasks: how much the mappings adapted to them differ.

Prints the nearest neighbors of each task or, with --new, the recorded tasks nearest to a new one.
Draws a map of all tasks with --plot.

MODEL    run directory, .safetensors file, or zoo model (list them: yingshe zoo)
TASKS    task family or table with its options; default: the meta-train tasks of the run

examples:
  yingshe relate runs/mine --plot map.png
  yingshe relate runs/mine --new new.csv

`yingshe relate MODEL --help` lists the options.
"""

RENAMED = {"--by": "--metric", "--count": "--tasks"}
"""Options of 0.1 -> present options."""
_RENAMED_VALUES = {"--metric": {"divergence": "symmetric_kl"}}


@dataclass(frozen=True)
class RelateOptions:
    """Distances between the mappings of tasks."""

    new: Path | None = None
    """Table with the pairs of one new task, to place among the others."""
    metric: Literal["mean", "symmetric_kl"] = "mean"
    """Distance of the predicted means, or divergence of the predictions."""
    tasks: int = 200
    """Maximum number of tasks."""
    pairs: int = 20
    """Number of pairs of each task drawn from a family; recorded tasks are used in full."""
    rows: int = 20
    """Number of tasks to print."""
    seed: int = 1000
    """Seed of the tasks and of the inputs at which the mappings are compared."""
    json: Path | None = None
    """File to write all distances to, .json."""
    plot: Path | None = None
    """Map of the tasks to write, .png or .svg."""


def run(args: Sequence[str]) -> None:
    """Measure distances between tasks and print the nearest ones.

    Args:
        args: Command-line arguments after `yingshe relate`.

    Raises:
        UserError: An argument does not fit, or the model does not exist.
    """
    if not args or args[0] in HELP:
        print(USAGE, end="")
        return
    model = load_model(args[0])
    prog = f"yingshe relate {args[0]}"
    rest = replace_renamed(args[1:], RENAMED, _RENAMED_VALUES)
    options, family = parse_with_task_source(RelateOptions, rest, prog=prog)
    check_writable(options.json, plot=options.plot)
    new = None
    if options.new is not None:
        new = _to_pairs(*model.table_schema.read_pairs(options.new), model.learner.y_dim)
    distances = relate(
        model.learner,
        load_tasks(model).train if family is None else family,
        key=jax.random.key(options.seed),
        new=new,
        metric=options.metric,
        max_tasks=options.tasks,
        pairs=options.pairs,
    )
    Console().print(distances.table(options.rows))
    if options.json is not None:
        write_atomically(options.json, distances.to_json().encode())
        print(f"distances: {options.json}")
    if options.plot is not None:
        distances.plot(options.plot)
        print(f"plot: {options.plot}")


def _to_pairs(x: np.ndarray, y: np.ndarray, y_dim: int) -> Pairs:
    """Convert the arrays of one task; class numbers become one-hot."""
    if y.ndim == 1:
        y = np.eye(y_dim)[y.astype(int)]
    return Pairs(jax.numpy.asarray(x), jax.numpy.asarray(y))
