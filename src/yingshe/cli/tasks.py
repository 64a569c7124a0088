"""`yingshe tasks`: what families there are, and what is in a table."""

import inspect
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from yingshe._cli_support.options import options_of, parse, values
from yingshe._cli_support.task_source import resolve_task_source
from yingshe.applications.agents.environments import ENVIRONMENTS
from yingshe.learners import LEARNERS
from yingshe.tasks import FAMILIES, TaskSet
from yingshe.tasks.table import read_frame

_USAGE = """usage: yingshe tasks                    list families, environments and learners
       yingshe tasks FAMILY             describe one: its distribution, its limit, its options
       yingshe tasks ENVIRONMENT        the same of environments
       yingshe tasks TABLE [--task COLUMN --inputs COLUMN... --outputs COLUMN...]
                                        describe a table: its columns, or the tasks in it

examples:
  yingshe tasks sinusoid
  yingshe tasks mydata.csv
  yingshe tasks mydata.csv --task subject --inputs age --outputs weight
"""


def run(words: Sequence[str]) -> None:
    """List or describe, as the words say."""
    if words and words[0] in ("-h", "--help"):
        print(_USAGE, end="")
        return
    console = Console()
    if not words:
        console.print(_list("families of tasks", FAMILIES))
        console.print(_list("environments that agents act in", ENVIRONMENTS))
        console.print(_list("learners", LEARNERS))
        return
    if words[0] in ENVIRONMENTS:
        cls = ENVIRONMENTS[words[0]]
        options = parse(options_of(cls), words[1:], prog=f"yingshe tasks {words[0]}")
        console.print(Markdown(inspect.getdoc(cls) or ""))
        console.print(_chosen(values(options)))
        return
    subject = resolve_task_source(words[0])
    if isinstance(subject.source, Path) and len(words) == 1:
        console.print(_columns(subject.source))
        return
    options = parse(subject.options(), words[1:], prog=f"yingshe tasks {words[0]}")
    family = subject.build(options)
    if isinstance(family, TaskSet):
        console.print(_recorded(family, title=words[0]))
        return
    console.print(Markdown(subject.description))
    console.print(_chosen(values(options)))


def _list(title: str, registry: dict[str, type]) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", show_header=False)
    for name, cls in registry.items():
        table.add_row(f"[bold]{name}", (inspect.getdoc(cls) or "").partition("\n")[0])
    return table


def _chosen(options: dict) -> Table:
    table = Table(title="options", box=SIMPLE_HEAD, title_justify="left", show_header=False)
    for name, value in options.items():
        table.add_row(f"--{name.replace('_', '-')}", str(value))
    return table


def _columns(path: Path) -> Table:
    """Before the columns' parts are named: what columns there are."""
    frame = read_frame(path)
    table = Table(title=f"{path}: {len(frame)} rows", box=SIMPLE_HEAD)
    for heading in ("column", "type", "different values", "missing"):
        table.add_column(heading)
    for name in frame.columns:
        column = frame[name]
        table.add_row(name, str(column.dtype), str(column.n_unique()), str(column.null_count()))
    return table


def _recorded(family: TaskSet, *, title: str) -> Table:
    counts = np.asarray(family.counts)
    quartiles = np.percentile(counts, [0, 25, 50, 75, 100]).round().astype(int)
    table = Table(title=title, box=SIMPLE_HEAD, show_header=False)
    table.add_row("tasks", f"{len(family)} (column {family.task})")
    table.add_row("pairs", f"{counts.sum()}")
    table.add_row("pairs a task", "least {}, quartiles {}, {}, {}, most {}".format(*quartiles))
    for name, mean, scale in _moments(family, "x"):
        table.add_row(f"input {name}", f"mean {mean:.4g}, standard deviation {scale:.4g}")
    if family.text is not None:
        table.add_row(f"text {family.text}", f"read by the encoder '{family.encoder}'")
    if family.classes is not None:
        shares = np.bincount(np.asarray(family.y), minlength=len(family.classes)) / len(family.y)
        for name, share in zip(family.classes, shares, strict=True):
            table.add_row(f"class {name} of {family.outputs[0]}", f"{100 * share:.1f} %")
    else:
        for name, mean, scale in _moments(family, "y"):
            table.add_row(f"output {name}", f"mean {mean:.4g}, standard deviation {scale:.4g}")
    return table


def _moments(family: TaskSet, side: str) -> list[tuple[str, float, float]]:
    names = family.inputs if side == "x" else family.outputs
    values = np.asarray(family.x if side == "x" else family.y, float)[:, : len(names)]
    return list(zip(names, values.mean(axis=0), values.std(axis=0), strict=True))
