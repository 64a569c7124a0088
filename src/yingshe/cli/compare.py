"""`yingshe compare`: several learners, optimizers and learning rates, trained alike."""

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

from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe._cli_support.task_source import (
    Subject,
    build_learner,
    cap_examples,
    learner_options,
    names_of,
    prefixed,
    resolve_task_source,
    split_tasks,
)
from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation import Candidate, compare, default_variants
from yingshe.learners import LEARNERS
from yingshe.serialization import write_atomically
from yingshe.tasks import FAMILIES, Family
from yingshe.training import TrainConfig

_USAGE = f"""usage: yingshe compare FAMILY [family options] [--learners LEARNER...] [options]
       yingshe compare TABLE --task COLUMN --inputs COLUMN... --outputs COLUMN... [options]

Trains several candidates on equal budgets, and answers: is the task well posed, is the optimizer
good enough, is the model too small or too large. One learner alone is compared with variants of
itself: other learning rates, another optimizer, half and double its width.

FAMILY   {", ".join(FAMILIES)}
LEARNER  {", ".join(LEARNERS)}

examples:
  yingshe compare sinusoid --steps 500
  yingshe compare linear --x-dim 5 --learners rls gru --learning-rates 0.001 0.01
"""


@dataclass(frozen=True)
class CompareOptions:
    """Who is compared, and on what."""

    learners: Annotated[tuple[str, ...], tyro.conf.arg(metavar="LEARNER...")] = ("rls",)
    """Learners to compare, with their default options."""
    optimizers: tuple[Literal["sgd", "momentum", "adam", "adamw"], ...] = ()
    """Optimisers to try each learner with; by default the one of the training options."""
    learning_rates: tuple[float, ...] = ()
    """Learning rates to try each with; by default the one of the training options."""
    eval_shots: tuple[int, ...] = (0, 1, 2, 5, 10)
    """Pairs to read; candidates are ranked by the error after the most."""
    eval_tasks: int = 500
    """Tasks to judge on."""
    seeds: int = 2
    """How often each candidate is trained."""
    seed: int = 0
    """Seed of everything that is drawn."""
    json: Path | None = None
    """Write the figures here."""
    plot: Path | None = None
    """Draw losses and errors here, as .png or .svg."""


def run(words: Sequence[str]) -> None:
    """Compare as the words say, and print the table and the three answers."""
    if not words or words[0] in ("-h", "--help"):
        print(_USAGE, end="")
        return
    subject = resolve_task_source(words[0])
    options = _parse(subject, words)
    chosen = options.comparison
    check_writable(chosen.json, plot=chosen.plot)
    family = subject.build(options.family)
    tasks = split_tasks(family, seed=chosen.seed)
    config = cap_examples(options.training, family)
    candidates = _candidates(chosen, config, family)
    with Progress(console=Console(stderr=True)) as bar:
        each = config.steps
        task = bar.add_task("", total=each * chosen.seeds * len(candidates))
        done: dict[tuple[str, int], int] = {}

        def show(name: str, seed: int, steps: int) -> None:
            done[name, seed] = steps
            bar.update(task, description=f"{name}, seed {seed}", completed=sum(done.values()))

        comparison = compare(
            candidates,
            tasks.train,
            chosen.eval_shots,
            key=jax.random.key(chosen.seed),
            meta_test=None if tasks.test is tasks.train else tasks.test,
            seeds=chosen.seeds,
            tasks=chosen.eval_tasks,
            on_progress=show,
        )
    Console().print(comparison)
    if chosen.json is not None:
        write_atomically(chosen.json, comparison.to_json().encode())
        print(f"figures: {chosen.json}")
    if chosen.plot is not None:
        comparison.plot(chosen.plot)
        print(f"plot: {chosen.plot}")


def _parse(subject: Subject, words: Sequence[str]) -> Any:
    clashing = names_of(subject.options()) & (names_of(TrainConfig) | names_of(CompareOptions))
    together = make_dataclass(
        "Compare",
        [
            ("family", subject.options(prefixed=clashing)),
            ("comparison", CompareOptions),
            ("training", TrainConfig),
        ],
    )
    return parse(
        together,
        [prefixed(word, clashing) for word in words[1:]],
        prog=f"yingshe compare {words[0]}",
        description=subject.description,
    )


def _candidates(
    chosen: CompareOptions, config: TrainConfig, family: Family
) -> tuple[Candidate, ...]:
    """Every learner with every optimizer and rate; variants default_variants a single one."""
    key = jax.random.key(chosen.seed)
    candidates = []
    optimizers = chosen.optimizers or (config.optimizer,)
    rates = chosen.learning_rates or (config.learning_rate,)
    for name, optimizer, rate in product(chosen.learners, optimizers, rates):
        if name not in LEARNERS:
            raise UserError(f"There is no learner '{name}'." + did_you_mean(name, LEARNERS))
        learner = build_learner(name, learner_options(name)(), family, key=key)
        label = name
        label += f", {optimizer}" if len(optimizers) > 1 else ""
        label += f", rate {rate:g}" if len(rates) > 1 else ""
        trained = dataclasses.replace(config, optimizer=optimizer, learning_rate=rate)
        candidates.append(Candidate(label, learner, trained))
    return default_variants(candidates[0], key=key) if len(candidates) == 1 else tuple(candidates)
