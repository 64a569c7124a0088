"""`yingshe lemmas`: teach dictionary forms of a language from a few pairs, and ask for others."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
from rich.console import Console
from rich.progress import Progress

from yingshe._cli_support.command import dispatch, only
from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe.errors import UserError, did_you_mean
from yingshe.tasks.table import read_frame
from yingshe.training import TrainConfig, meta_train
from yingshe.zoo import load

_USAGE = """usage: yingshe lemmas teach PAIRS.csv --save LANGUAGE.safetensors [options]
       yingshe lemmas say LANGUAGE.safetensors WORD ... [options]
       yingshe lemmas train FOLDER [options]

Dictionary forms of a language never met. `teach` reads some words and their lemmas from a table
with the columns word and lemma; ten are enough to begin with, a thousand are better. `say` gives
the lemmas of other words, with their probabilities. `train` meta-trains the learner behind both, on
dictionaries of other languages.

examples:
  yingshe lemmas teach italian.csv --save italian.safetensors
  yingshe lemmas say italian.safetensors mangiavano gatti
  yingshe lemmas say italian.safetensors --words list.txt
  yingshe lemmas train runs/lemmas

`yingshe lemmas teach --help` lists the options.
"""
_ABOUT = {"teach": "PAIRS.csv", "say": "LANGUAGE.safetensors WORD ...", "train": "FOLDER"}


@dataclass(frozen=True)
class TeachOptions:
    """Reads words and their lemmas, and keeps what it has become."""

    save: Path
    """File to write: the language as it is known then."""
    learner: str | None = None
    """A learner of the zoo, a run folder or a file; without it the zoo's `lemmas`."""
    more: Path | None = None
    """A file of the same kind to go on from: its language is taught these pairs beside its own."""
    word: str = "word"
    """Column of the words."""
    lemma: str = "lemma"
    """Column of their lemmas."""


@dataclass(frozen=True)
class SayOptions:
    """Gives the lemmas of words, with their probabilities."""

    words: Path | None = None
    """A text with one word a line."""
    candidates: int = 1
    """How many lemmas to give of each word."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-trains a learner of lemmas on dictionaries of other languages."""

    tasks: int = 2000
    """How many: a language, some of whose words were read."""
    steps: int = 3000
    """Optimiser steps."""
    learning_rate: float = 0.003
    """At its largest."""
    seed: int = 0
    """Seed of all that is drawn."""


def run(words: Sequence[str]) -> None:
    """Teach, say or train, as the words say."""
    actions = {"teach": _teach, "say": _say, "train": _train}
    action = words[0] if words else ""
    about = _ABOUT.get(action, _ABOUT["teach"])
    packages = ["anyascii"] + ["simplemma"] * (action == "train")
    dispatch(
        "lemmas", words, actions, usage=_USAGE, metavar=about, packages=packages, extra="languages"
    )


def _teach(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.languages.lemmatization import LemmaMapping

    path = only(named, _ABOUT["teach"])
    options = parse(TeachOptions, words, prog=f"yingshe lemmas teach {path}")
    check_writable(options.save)
    pairs = _read_pairs(path, options.word, options.lemma)
    if options.more is None:
        mapping = LemmaMapping(load(options.learner or "lemmas"), pairs)
    elif options.learner is not None:
        raise UserError(f"--more goes on with the learner in {options.more}; leave out --learner.")
    else:
        mapping = LemmaMapping.load(options.more).observe_many(pairs)
    mapping.save(options.save)
    print(f"{len(mapping.pairs)} pairs were read; `yingshe lemmas say {options.save} WORD` asks it")


def _say(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.languages.lemmatization import LemmaMapping

    path = Path(named[0] if named else "LANGUAGE.safetensors")
    options = parse(SayOptions, words, prog=f"yingshe lemmas say {path}")
    if options.candidates < 1:
        raise UserError(f"candidates is {options.candidates}; give at least one lemma a word.")
    asked = [*named[1:]]
    if options.words is not None:
        asked += _read_words(options.words)
    if not asked:
        raise UserError(f"Name the words: yingshe lemmas say {path} WORD ..., or --words FILE.")
    answers = LemmaMapping.load(path).probabilities(asked)
    for word, answer in zip(asked, answers, strict=True):
        said = [f"{lemma} {share:.2f}" for lemma, share in answer[: options.candidates]]
        print("\t".join([word, *said]))


def _train(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.languages.lemmatization.dictionaries import TRAIN, VALIDATION
    from yingshe.applications.languages.lemmatization.family import SHOWN, new_learner, tasks

    folder = only(named, _ABOUT["train"])
    options = parse(TrainOptions, words, prog=f"yingshe lemmas train {folder}")
    if options.tasks < 1:
        raise UserError("Train on at least one task.")
    held_out = max(options.tasks // 10, 1)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("tasks", total=options.tasks + held_out)
        family = tasks(
            TRAIN,
            options.tasks,
            seed=options.seed,
            on_progress=lambda done: bar.update(task, completed=done),
        )
        validation = tasks(
            VALIDATION,
            held_out,
            seed=options.seed,
            disguised=0.0,
            varied=0.0,
            on_progress=lambda done: bar.update(task, completed=options.tasks + done),
        )
    config = TrainConfig(
        steps=options.steps,
        tasks_per_step=min(8, options.tasks),
        examples_per_task=SHOWN,
        optimizer="adamw",
        weight_decay=0.3,
        learning_rate=options.learning_rate,
        warmup_steps=50,
        validate_every=200,
        validation_tasks=min(96, held_out),
        patience=options.steps,  # keeps the best on languages of validation
    )
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    meta_train(
        new_learner(key=learner_key),
        family,
        config,
        key=train_key,
        validation=validation,
        run_dir=folder,
        progress=True,
    )
    print(f"the run is in {folder}; ys.load('{folder}') reads its learner")


def _read_words(path: Path) -> list[str]:
    """The words of a text, one a line. Raises UserError where it is missing, or is not text."""
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    return [line.strip() for line in lines if line.strip()]


def _read_pairs(path: Path, word: str, lemma: str) -> list[tuple[str, str]]:
    """The pairs of a table. Raises UserError where a column is missing, or no row is whole."""
    frame = read_frame(path)
    for column in (word, lemma):
        if column not in frame.columns:
            raise UserError(
                f"{path} has no column '{column}'." + did_you_mean(column, frame.columns)
            )
    rows = list(zip(frame[word].to_list(), frame[lemma].to_list(), strict=True))
    pairs = [(str(a).strip(), str(b).strip()) for a, b in rows if a is not None and b is not None]
    if not pairs:
        raise UserError(f"{path} holds no pair of a word and its lemma.")
    if lost := len(rows) - len(pairs):
        warnings.warn(f"{path}: {lost} of {len(rows)} rows lack a word or a lemma.", stacklevel=2)
    return pairs
