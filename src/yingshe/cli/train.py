"""`yingshe train`: meta-train a learner on a task family, on a table, or in environments."""

import dataclasses
import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax

from yingshe.applications.agents.cli import train_environment
from yingshe.applications.agents.tasks import ENVIRONMENTS, RENAMED
from yingshe.command_line.command import HELP
from yingshe.command_line.options import parse, values
from yingshe.command_line.run_options import RunOptions, next_run_dir
from yingshe.command_line.task_source import (
    TaskSource,
    build_learner,
    cap_examples,
    join_names,
    learner_options,
    names_of,
    prefixed,
    resolve_task_source,
    split_at_learner,
    split_tasks,
    upgrade_options,
)
from yingshe.learners import LEARNERS
from yingshe.tasks import FAMILIES, TaskSet
from yingshe.training import TrainConfig, meta_train

USAGE = f"""usage: yingshe train TASKS [task options] [LEARNER] [learner and training options]
       yingshe train TABLE --task COLUMN --inputs COLUMN... --outputs COLUMN... [LEARNER ...]
       yingshe train TABLE --task COLUMN --text COLUMN --outputs COLUMN [LEARNER ...]

Meta-train a learner on a task family, on your own table, or in environments.

Prints losses while it trains, and the run directory in which the trained learner is.

TASKS    task family: {", ".join(FAMILIES)};
         or environment: {", ".join(ENVIRONMENTS)}
TABLE    .csv, .tsv or .parquet file with one row per pair
LEARNER  {join_names(LEARNERS, indent=9)};
         default: rls for numbers, matching_network for sentences, and for environments the one
         that suits them

examples:
  yingshe train sinusoid
  yingshe train linear --x-dim 20 --noise-std 0.5 rls --steps 1000 --run-dir runs/linear
  yingshe train bandit --run-dir runs/bandit
  yingshe train mydata.csv --task subject --inputs age height --outputs weight
  yingshe train mydata.csv --task client --text sentence --outputs label

`yingshe train TASKS [LEARNER] --help` lists all options.
"""


def run(args: Sequence[str]) -> None:
    """Train a learner and print its run directory.

    Args:
        args: Command-line arguments after `yingshe train`.

    Raises:
        UserError: An argument does not fit, or the run directory belongs to another run.
        DivergenceError: The loss is no longer finite.
    """
    if not args or args[0] in HELP:
        print(USAGE, end="")
        return
    if args[0] in ENVIRONMENTS or args[0] in RENAMED:
        train_environment(args)
        return
    source = resolve_task_source(args[0])
    before, learner_name, after = split_at_learner(args[1:])
    learner_name = learner_name or ("matching_network" if _has_text(args) else "rls")
    options = _parse(source, args[0], learner_name, before, after)
    family = source.build(options.family)
    tasks = split_tasks(family, seed=options.run.seed)
    learner_key, train_key = jax.random.split(jax.random.key(options.run.seed))
    learner = build_learner(learner_name, options.learner, family, key=learner_key)
    metadata = {}
    if isinstance(family, TaskSet):
        table = {"path": str(Path(args[0]).resolve()), **values(options.family)}
        if family.encoder is not None:
            table["encoder"] = family.encoder  # not "auto", which another machine may resolve anew
            print(f"text: column '{family.text}', encoder '{family.encoder}'")
        metadata = {"table": table, "seed": options.run.seed}
    run_dir = options.run.run_dir or next_run_dir(f"{source.name}-{learner_name}")
    meta_train(
        learner,
        tasks.train,
        cap_examples(options.training, family),
        key=train_key,
        validation=tasks.validation,
        run_dir=run_dir,
        progress=True,
        metadata=metadata,
    )
    _print_report(run_dir)


def _parse(source: TaskSource, name: str, learner: str, before: list[str], after: list[str]) -> Any:
    """Parse options of family, learner, training and run, which may stand in any order."""
    others = names_of(TrainConfig) | names_of(RunOptions)
    learner_fields = learner_options(learner, prefixed=others)
    names = names_of(source.options()) | others | names_of(learner_fields)
    before, after = (upgrade_options(args, names, learner=learner) for args in (before, after))
    clashing = names_of(source.options()) & (others | names_of(learner_fields))
    # Before the learner's name, an option that both have is the family's.
    before = [prefixed(arg, clashing) for arg in before]
    combined = dataclasses.make_dataclass(
        "Train",
        [
            ("family", source.options(prefixed=clashing)),
            ("learner", learner_fields),
            ("training", TrainConfig),
            ("run", RunOptions),
        ],
    )
    return parse(
        combined,
        before + after,
        prog=f"yingshe train {name} {learner}",
        description=f"{source.description}\n\n{learner}: {_summary(LEARNERS[learner])}",
    )


def _has_text(args: Sequence[str]) -> bool:
    return any(arg == "--text" or arg.startswith("--text=") for arg in args)


def _summary(cls: type) -> str:
    """Return the first paragraph of a docstring."""
    return (inspect.getdoc(cls) or "").partition("\n\n")[0]


def _print_report(run_dir: Path) -> None:
    last = json.loads((run_dir / "metrics.jsonl").read_text().splitlines()[-1])
    print(
        f"trained for {last['step']} steps in {last['seconds']:.0f} s: "
        f"loss {last['loss']:.4f}, on held-out tasks {last['validation_loss']:.4f}\n"
        f"run directory: {run_dir}\nevaluate it on new tasks:\n"
        f"  yingshe evaluate {run_dir}"
    )
