"""`yingshe tasks`: list task families, or describe one, or a table."""

import inspect
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from yingshe.applications.agents.tasks import ENVIRONMENTS
from yingshe.command_line.command import HELP
from yingshe.command_line.options import options_of, parse, values
from yingshe.command_line.task_source import names_of, resolve_task_source, upgrade_options
from yingshe.learners import LEARNERS
from yingshe.tasks import FAMILIES, TaskSet
from yingshe.tasks.table import read_frame

USAGE = """usage: yingshe tasks
       yingshe tasks FAMILY [its options]
       yingshe tasks ENVIRONMENT [its options]
       yingshe tasks TABLE [--task COLUMN --inputs COLUMN... --outputs COLUMN...]

List task families, environments and learners, or describe one of them, or a table.

Prints the distribution of a family, its oracle and its options; of a table, its columns or, once
these are named, the tasks in it.

FAMILY       task family, from the list
ENVIRONMENT  environment of agents, from the list
TABLE        .csv, .tsv or .parquet file with one row per pair

examples:
  yingshe tasks sinusoid
  yingshe tasks mydata.csv
  yingshe tasks mydata.csv --task subject --inputs age --outputs weight
"""


def run(args: Sequence[str]) -> None:
    """List or describe tasks.

    Args:
        args: Command-line arguments after `yingshe tasks`.

    Raises:
        UserError: An argument does not fit.
    """
    if args and args[0] in HELP:
        print(USAGE, end="")
        return
    console = Console()
    if not args:
        console.print(_list("task families", FAMILIES))
        console.print(_list("environments of agents", ENVIRONMENTS))
        console.print(_list("learners", LEARNERS))
        return
    prog = f"yingshe tasks {args[0]}"
    if args[0] in ENVIRONMENTS:
        cls = ENVIRONMENTS[args[0]]
        options = parse(options_of(cls), args[1:], prog=prog)
        console.print(Markdown(inspect.getdoc(cls) or ""))
        console.print(_option_table(values(options)))
        return
    source = resolve_task_source(args[0])
    if isinstance(source.source, Path) and len(args) == 1:
        console.print(_column_table(source.source))
        return
    names = names_of(source.options())
    options = parse(source.options(), upgrade_options(args[1:], names), prog=prog)
    family = source.build(options)
    if isinstance(family, TaskSet):
        console.print(_task_set_table(family, title=args[0]))
        return
    console.print(Markdown(source.description))
    console.print(_option_table(values(options)))


def _list(title: str, registry: dict[str, type]) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", show_header=False)
    for name, cls in registry.items():
        table.add_row(f"[bold]{name}", (inspect.getdoc(cls) or "").partition("\n")[0])
    return table


def _option_table(options: dict) -> Table:
    table = Table(title="options", box=SIMPLE_HEAD, title_justify="left", show_header=False)
    for name, value in options.items():
        table.add_row(f"--{name.replace('_', '-')}", str(value))
    return table


def _column_table(path: Path) -> Table:
    """List the columns of a table."""
    frame = read_frame(path)
    table = Table(title=f"{path}: {len(frame)} rows", box=SIMPLE_HEAD)
    for heading in ("column", "type", "different values", "missing"):
        table.add_column(heading)
    for name in frame.columns:
        column = frame[name]
        table.add_row(name, str(column.dtype), str(column.n_unique()), str(column.null_count()))
    return table


def _task_set_table(family: TaskSet, *, title: str) -> Table:
    counts = np.asarray(family.counts)
    quartiles = np.percentile(counts, [0, 25, 50, 75, 100]).round().astype(int)
    table = Table(title=title, box=SIMPLE_HEAD, show_header=False)
    table.add_row("tasks", f"{len(family)} (column {family.task})")
    table.add_row("pairs", f"{counts.sum()}")
    table.add_row("pairs per task", "min {}, quartiles {}, {}, {}, max {}".format(*quartiles))
    for name, mean, scale in _mean_and_std(family, "x"):
        table.add_row(f"input {name}", f"mean {mean:.4g}, standard deviation {scale:.4g}")
    if family.text is not None:
        table.add_row(f"text {family.text}", f"encoder '{family.encoder}'")
    if family.classes is not None:
        counts = np.bincount(np.asarray(family.y), minlength=len(family.classes))
        for name, fraction in zip(family.classes, counts / len(family.y), strict=True):
            table.add_row(f"class {name} of {family.outputs[0]}", f"{100 * fraction:.1f} %")
    else:
        for name, mean, scale in _mean_and_std(family, "y"):
            table.add_row(f"output {name}", f"mean {mean:.4g}, standard deviation {scale:.4g}")
    return table


def _mean_and_std(family: TaskSet, side: str) -> list[tuple[str, float, float]]:
    names = family.inputs if side == "x" else family.outputs
    values = np.asarray(family.x if side == "x" else family.y, float)[:, : len(names)]
    return list(zip(names, values.mean(axis=0), values.std(axis=0), strict=True))
