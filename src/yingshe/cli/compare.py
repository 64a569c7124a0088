"""`yingshe compare`: train several learners on equal budgets and recommend one."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

import jax
import tyro
from rich.console import Console
from rich.progress import Progress

from yingshe.command_line.command import HELP, replace_renamed
from yingshe.command_line.options import parse
from yingshe.command_line.output import check_writable
from yingshe.command_line.task_source import (
    TaskSource,
    build_learner,
    cap_examples,
    check_learner_name,
    join_names,
    learner_options,
    names_of,
    prefixed,
    resolve_task_source,
    split_tasks,
    upgrade_options,
)
from yingshe.evaluation import Candidate, compare, default_variants
from yingshe.learners import LEARNERS
from yingshe.serialization import write_atomically
from yingshe.tasks import FAMILIES, Family
from yingshe.training import TrainConfig

USAGE = f"""usage: yingshe compare TASKS [task options] [--learners LEARNER...] [options]
       yingshe compare TABLE --task COLUMN --inputs COLUMN... --outputs COLUMN... [options]

Train several learners on equal budgets and recommend one.

Prints their errors by number of shots, and answers three questions with the evidence: is the task
well posed, is the optimizer good enough, is the model too small or too large? A single learner is
compared with variants of itself: other learning rates, another optimizer, other widths.

TASKS    task family: {", ".join(FAMILIES)}
TABLE    .csv, .tsv or .parquet file with one row per pair
LEARNER  {join_names(LEARNERS, indent=9)}

examples:
  yingshe compare sinusoid --steps 500
  yingshe compare linear --x-dim 5 --learners rls gru --learning-rates 0.001 0.01

`yingshe compare TASKS --help` lists all options.
"""

RENAMED = {"--eval-shots": "--shots", "--eval-tasks": "--tasks"}
"""Options of 0.1 -> present options."""


@dataclass(frozen=True)
class CompareOptions:
    """Candidates, and their evaluation."""

    learners: Annotated[tuple[str, ...], tyro.conf.arg(metavar="LEARNER...")] = ("rls",)
    """Learners to compare, with their default options."""
    optimizers: tuple[Literal["sgd", "momentum", "adam", "adamw"], ...] = ()
    """Optimizers to train each learner with; by default that of the training options."""
    learning_rates: tuple[float, ...] = ()
    """Learning rates to train each learner with; by default that of the training options."""
    shots: tuple[int, ...] = (0, 1, 2, 5, 10)
    """Numbers of support pairs; candidates are ranked by the error at the largest."""
    tasks: int = 500
    """Number of tasks to evaluate on."""
    seeds: int = 2
    """Number of times that each candidate is trained."""
    seed: int = 0
    """Seed of everything that is drawn."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot of losses and errors to write, .png or .svg."""


def run(args: Sequence[str]) -> None:
    """Compare learners and print the table and the three diagnoses.

    Args:
        args: Command-line arguments after `yingshe compare`.

    Raises:
        UserError: An argument does not fit, or every candidate diverged.
    """
    if not args or args[0] in HELP:
        print(USAGE, end="")
        return
    source = resolve_task_source(args[0])
    options = _parse(source, args)
    chosen = options.comparison
    check_writable(chosen.json, plot=chosen.plot)
    family = source.build(options.family)
    tasks = split_tasks(family, seed=chosen.seed)
    config = cap_examples(options.training, family)
    candidates = _make_candidates(chosen, config, family)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=config.steps * chosen.seeds * len(candidates))
        done: dict[tuple[str, int], int] = {}

        def show(name: str, seed: int, steps: int) -> None:
            done[name, seed] = steps
            bar.update(task, description=f"{name}, seed {seed}", completed=sum(done.values()))

        comparison = compare(
            candidates,
            tasks.train,
            chosen.shots,
            key=jax.random.key(chosen.seed),
            meta_test=None if tasks.test is tasks.train else tasks.test,
            seeds=chosen.seeds,
            tasks=chosen.tasks,
            on_progress=show,
        )
    Console().print(comparison)
    if chosen.json is not None:
        write_atomically(chosen.json, comparison.to_json().encode())
        print(f"figures: {chosen.json}")
    if chosen.plot is not None:
        comparison.plot(chosen.plot)
        print(f"plot: {chosen.plot}")


def _parse(source: TaskSource, args: Sequence[str]) -> Any:
    others = names_of(TrainConfig) | names_of(CompareOptions)
    clashing = names_of(source.options()) & others
    combined = make_dataclass(
        "Compare",
        [
            ("family", source.options(prefixed=clashing)),
            ("comparison", CompareOptions),
            ("training", TrainConfig),
        ],
    )
    rest = replace_renamed(args[1:], RENAMED)
    return parse(
        combined,
        [
            prefixed(arg, clashing)
            for arg in upgrade_options(rest, names_of(source.options()) | others)
        ],
        prog=f"yingshe compare {args[0]}",
        description=source.description,
    )


def _make_candidates(
    chosen: CompareOptions, config: TrainConfig, family: Family
) -> tuple[Candidate, ...]:
    """Make all combinations of learner, optimizer and rate; of a single one, its variants."""
    key = jax.random.key(chosen.seed)
    candidates = []
    optimizers = chosen.optimizers or (config.optimizer,)
    rates = chosen.learning_rates or (config.learning_rate,)
    for name, optimizer, rate in product(chosen.learners, optimizers, rates):
        name = check_learner_name(name)
        learner = build_learner(name, learner_options(name)(), family, key=key)
        label = name
        label += f", {optimizer}" if len(optimizers) > 1 else ""
        label += f", rate {rate:g}" if len(rates) > 1 else ""
        candidate_config = dataclasses.replace(config, optimizer=optimizer, learning_rate=rate)
        candidates.append(Candidate(label, learner, candidate_config))
    return default_variants(candidates[0], key=key) if len(candidates) == 1 else tuple(candidates)
