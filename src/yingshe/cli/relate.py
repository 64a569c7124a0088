"""`yingshe relate`: how tasks relate, by what their mappings answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
import numpy as np
from rich.console import Console

from yingshe._cli_support.loaded_model import load_model, tasks_of
from yingshe._cli_support.output import check_writable
from yingshe._cli_support.task_source import parse_with_task_source
from yingshe.cli.columns import columns_of, read_task
from yingshe.evaluation import relate
from yingshe.pairs import Pairs
from yingshe.serialization import write_atomically
from yingshe.zoo import list_models

_USAGE = """usage: yingshe relate RUN [FAMILY or TABLE [its options]] [--new PAIRS.csv] [options]

Reads every task, and measures how far apart the mappings are that come of it: which tasks are near
to which, a map of all of them, and the past tasks nearest to a new one.

RUN      a run folder of `yingshe train`, a .safetensors file, or a learner of the zoo:
         {zoo}
FAMILY   other tasks than those it was trained on

examples:
  yingshe relate runs/mine --plot map.png
  yingshe relate runs/mine --new new.csv
"""


@dataclass(frozen=True)
class RelateOptions:
    """What is related, and what is written."""

    new: Path | None = None
    """Table of one new task's pairs, to place among the others."""
    by: Literal["mean", "divergence"] = "mean"
    """Distance: of the predicted means, or of the whole predictions."""
    count: int = 200
    """How many tasks at most."""
    pairs: int = 20
    """Pairs to read of each task drawn from a family; recorded ones are read whole."""
    rows: int = 20
    """How many tasks to print."""
    seed: int = 1000
    """Seed of the tasks and of the inputs that the mappings are compared at."""
    json: Path | None = None
    """Write all distances here."""
    plot: Path | None = None
    """Draw the map here, as .png or .svg."""


def run(words: Sequence[str]) -> None:
    """Relate as the words say, and print the nearest tasks."""
    if not words or words[0] in ("-h", "--help"):
        print(_USAGE.format(zoo=", ".join(list_models()) or "(empty)"), end="")
        return
    trained = load_model(words[0])
    prog = f"yingshe relate {words[0]}"
    options, family = parse_with_task_source(RelateOptions, words[1:], prog=prog)
    check_writable(options.json, plot=options.plot)
    new = None
    if options.new is not None:
        new = _as_pairs(*read_task(options.new, columns_of(trained)), trained.learner.y_dim)
    relations = relate(
        trained.learner,
        tasks_of(trained).train if family is None else family,
        key=jax.random.key(options.seed),
        new=new,
        by=options.by,
        count=options.count,
        pairs=options.pairs,
    )
    Console().print(relations.table(options.rows))
    if options.json is not None:
        write_atomically(options.json, relations.to_json().encode())
        print(f"distances: {options.json}")
    if options.plot is not None:
        relations.plot(options.plot)
        print(f"plot: {options.plot}")


def _as_pairs(x: np.ndarray, y: np.ndarray, y_dim: int) -> Pairs:
    """Pairs of one task, numbers of classes as one-hot."""
    if y.ndim == 1:
        y = np.eye(y_dim)[y.astype(int)]
    return Pairs(jax.numpy.asarray(x), jax.numpy.asarray(y))
