"""`yingshe train`: meta-train a learner over a family of tasks or over a table."""

import dataclasses
import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax

from yingshe._cli_support.options import parse, values
from yingshe._cli_support.run_options import RunOptions, next_run_dir
from yingshe._cli_support.task_source import (
    Subject,
    build_learner,
    cap_examples,
    learner_options,
    names_of,
    prefixed,
    resolve_task_source,
    split_at_learner,
    split_tasks,
)
from yingshe.applications.agents import cli as train_agent
from yingshe.applications.agents.environments import ENVIRONMENTS
from yingshe.learners import LEARNERS
from yingshe.tasks import FAMILIES, TaskSet
from yingshe.training import TrainConfig, meta_train

_USAGE = f"""usage: yingshe train FAMILY [family options] [LEARNER] [learner and training options]
       yingshe train ENVIRONMENT [its options] [LEARNER] [learner and training options]
       yingshe train TABLE --task COLUMN --inputs COLUMN... --outputs COLUMN... [LEARNER ...]
       yingshe train TABLE --task COLUMN --text COLUMN --outputs COLUMN [LEARNER ...]

FAMILY       {", ".join(FAMILIES)}
ENVIRONMENT  {", ".join(ENVIRONMENTS)}
TABLE        a .csv, .tsv or .parquet file: one row a pair
LEARNER      {", ".join(LEARNERS)};
             if none is named, rls for mappings, matching for sentences, and for agents what suits
             the environment

examples:
  yingshe train sinusoid
  yingshe train linear --x-dim 20 --noise-std 0.5 rls --steps 1000 --run runs/linear
  yingshe train bandit --arms 5 --pulls 10 --run runs/bandit
  yingshe train mydata.csv --task subject --inputs age height --outputs weight
  yingshe train mydata.csv --task client --text sentence --outputs label

`yingshe train FAMILY [LEARNER] --help` lists all their options and the training options.
"""


def run(words: Sequence[str]) -> None:
    """Train as the words say, and print where the learner is."""
    if not words or words[0] in ("-h", "--help"):
        print(_USAGE, end="")
        return
    if words[0] in ENVIRONMENTS:
        train_agent.run(words)
        return
    subject = resolve_task_source(words[0])
    before, learner_name, after = split_at_learner(words[1:])
    learner_name = learner_name or ("matching_network" if _names_text(words) else "rls")
    options = _parse(subject, words[0], learner_name, before, after)
    family = subject.build(options.family)
    tasks = split_tasks(family, seed=options.run.seed)
    learner_key, train_key = jax.random.split(jax.random.key(options.run.seed))
    learner = build_learner(learner_name, options.learner, family, key=learner_key)
    about = {}
    if isinstance(family, TaskSet):
        table = {"path": str(Path(words[0]).resolve()), **values(options.family)}
        if family.encoder is not None:
            table["encoder"] = family.encoder  # not "auto", which may be another one elsewhere
            print(f"text: column '{family.text}', read by the encoder '{family.encoder}'")
        about = {"table": table, "seed": options.run.seed}
    folder = options.run.run or next_run_dir(f"{subject.name}-{learner_name}")
    meta_train(
        learner,
        tasks.train,
        cap_examples(options.training, family),
        key=train_key,
        validation=tasks.validation,
        run_dir=folder,
        progress=True,
        metadata=about,
    )
    _report(folder)


def _parse(subject: Subject, word: str, learner: str, before: list[str], after: list[str]) -> Any:
    """Options of family, learner, training and run, from words that may stand in any order."""
    others = names_of(TrainConfig) | names_of(RunOptions)
    own = learner_options(learner, prefixed=others)
    clashing = names_of(subject.options()) & (others | names_of(own))
    family_options = subject.options(prefixed=clashing)
    # Before the learner's name, an option that both have is the family's.
    before = [prefixed(word, clashing) for word in before]
    together = dataclasses.make_dataclass(
        "Train",
        [
            ("family", family_options),
            ("learner", own),
            ("training", TrainConfig),
            ("run", RunOptions),
        ],
    )
    return parse(
        together,
        before + after,
        prog=f"yingshe train {word} {learner}",
        description=f"{subject.description}\n\n{learner}: {_summary(LEARNERS[learner])}",
    )


def _names_text(words: Sequence[str]) -> bool:
    return any(word == "--text" or word.startswith("--text=") for word in words)


def _summary(cls: type) -> str:
    """The first paragraph of a docstring."""
    return (inspect.getdoc(cls) or "").partition("\n\n")[0]


def _report(folder: Path) -> None:
    last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
    print(
        f"trained for {last['step']} steps in {last['seconds']:.0f} s: "
        f"loss {last['loss']:.4f}, on held-out tasks {last['validation_loss']:.4f}\n"
        f"the run is in {folder}; judge it on new tasks:\n"
        f"  yingshe evaluate {folder}"
    )
