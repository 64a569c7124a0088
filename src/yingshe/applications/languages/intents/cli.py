"""`yingshe intents`: teach what sentences ask for, in any language, and ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import jax
import tyro
from rich.console import Console
from rich.table import Table

from yingshe import zoo
from yingshe._cli_support.command import dispatch, only
from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe.errors import UserError
from yingshe.learners import MatchingNetwork
from yingshe.serialization import read_learner, write_learner
from yingshe.text import get_encoder
from yingshe.training import TrainConfig, meta_train

_USAGE = """usage: yingshe intents teach EXAMPLES.csv --save TAUGHT.safetensors [options]
       yingshe intents ask TAUGHT.safetensors --sentences "..." "..."
       yingshe intents train FOLDER [options]

What a sentence asks for, in a language that nobody trained on. `teach` reads a few sentences of
each intent, a table with the columns sentence and label, and takes no gradient step; `ask` says
the intent of new sentences, or that they are of none. `train` meta-trains the learner behind it on
the sentences of many languages, from the package home-assistant-intents.

examples:
  yingshe intents teach commands.csv --save home.safetensors
  yingshe intents ask home.safetensors --sentences "kapcsold fel a lámpát"

`yingshe intents teach --help` lists the options.
"""

_ABOUT = "FILE"


@dataclass(frozen=True)
class TeachOptions:
    """Reads a few sentences of each intent; from then on it knows them."""

    save: Path
    """File of what was taught, .safetensors, for `yingshe intents ask`."""
    learner: str = "intents"
    """A run folder, a file, or the name of a learner of the zoo."""
    text: str = "sentence"
    """Column of the sentences."""
    label: str = "label"
    """Column of what they ask for."""


@dataclass(frozen=True)
class AskOptions:
    """Says what sentences ask for."""

    sentences: Annotated[tuple[str, ...], tyro.conf.arg(metavar="SENTENCE...")]
    """What was said."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-trains a learner on the sentences of many languages; probabilities are calibrated on
    others.
    """

    steps: int = 1600
    """Optimiser steps."""
    tasks: int = 12
    """Episodes of a step, each of ten intents of one language."""
    pairs: int = 84
    """Sentences of an episode."""
    learning_rate: float = 0.003
    """At its largest."""
    encoder: str = "sentences"
    """What reads sentences: "sentences", "letters", or "auto", the best that is installed."""
    without: tuple[str, ...] = ()
    """Intents to leave out of training."""
    cache: Path | None = None
    """Folder to keep what the encoder made of the sentences, for another run."""
    seed: int = 0
    """Seed of all that is drawn."""


def run(words: Sequence[str]) -> None:
    """Teach, ask or train, as the words say."""
    actions = {"teach": _teach, "ask": _ask, "train": _train}
    dispatch(
        "intents", words, actions, usage=_USAGE, metavar=_ABOUT, packages=(), extra="languages"
    )


def _teach(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.languages.intents.mapping import Intents, read_examples

    path = only(named, "EXAMPLES.csv")
    options = parse(TeachOptions, words, prog=f"yingshe intents teach {path}")
    check_writable(options.save)
    sentences, labels = read_examples(path, text=options.text, label=options.label)
    taught = Intents.load_learner(options.learner).teach(sentences, labels)
    taught.save(options.save)
    print(
        f"read {len(sentences)} sentences of {len(taught.labels)} intents by the encoder "
        f"'{taught.encoder.name}': {options.save}"
    )


def _ask(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.languages.intents.mapping import Intents

    path = only(named, "TAUGHT.safetensors")
    options = parse(AskOptions, words, prog=f"yingshe intents ask {path}")
    if not all(sentence.strip() for sentence in options.sentences) or not options.sentences:
        raise UserError(
            "A sentence is empty, or there is none; give one or more after --sentences."
        )
    table = Table("sentence", "intent", "probability", "of none", box=None)
    for sentence, answer in zip(
        options.sentences, Intents.load(path).ask(options.sentences), strict=True
    ):
        shares = f"{answer.probability:.2f}", f"{answer.none:.2f}"
        table.add_row(sentence, answer.intent or "none of these", *shares)
    Console().print(table)


def _train(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe._cli_support.packages import require_packages

    folder = only(named, "FOLDER")
    options = parse(TrainOptions, words, prog=f"yingshe intents train {folder}")
    require_packages("home_assistant_intents", extra="languages")
    from yingshe.applications.languages.intents.calibrate import calibrated
    from yingshe.applications.languages.intents.corpus import languages
    from yingshe.applications.languages.intents.episodes import IntentEpisodes
    from yingshe.applications.languages.intents.examples import examples
    from yingshe.applications.languages.intents.recogniser import (
        crossfitted,
        known_intents,
        recognised,
        recognisers,
    )
    from yingshe.applications.languages.intents.split import VALIDATION, meta_train_languages

    encoder = get_encoder(options.encoder)
    others = meta_train_languages(languages())
    read, judges = (
        [examples(name, encoder.name, cache=options.cache) for name in names]
        for names in (others, VALIDATION)
    )
    known = known_intents(read, options.without)
    networks = recognisers(read, known, encoder.views)
    settings = {"without": options.without, "cache": options.cache}
    family = IntentEpisodes(
        others, encoder.name, also=crossfitted(read, known, encoder.views), **settings
    )
    also = {one.corpus.language: [recognised(networks, one, encoder.views)] for one in judges}
    held_out = IntentEpisodes(VALIDATION, encoder.name, also=also, **settings)
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    learner = MatchingNetwork(
        family.x_dim,
        family.y_dim,
        views=encoder.views,
        num_features=0,  # learned of the languages of training, they mislead in others
        hidden=64,
        out_of_scope=True,
        num_base_classes=len(known),
        precomputed_base_probs=True,
        key=learner_key,
    )
    config = TrainConfig(
        steps=options.steps,
        tasks_per_step=options.tasks,
        examples_per_task=options.pairs,
        learning_rate=options.learning_rate,
        warmup_steps=20,
        validation_tasks=64,
    )
    trained = meta_train(
        learner,
        family,
        config,
        key=train_key,
        validation=held_out,
        run_dir=folder,
        progress=True,
        metadata={"encoder": encoder.name},
    )
    file = zoo.resolve(folder)
    trained = cast(MatchingNetwork, trained).with_base_classifiers(networks)
    judges = [one for one in judges if one.corpus.language in held_out.languages]
    write_learner(file, calibrated(trained, judges), metadata=read_learner(file)[2])
    print(f"the run is in {folder}; ys.load('{folder}') reads its learner")
