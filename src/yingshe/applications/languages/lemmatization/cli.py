"""Command `yingshe lemmatize`: lemmas of words in a new language."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yingshe._validation import check_min
from yingshe.command_line.command import Action, Command
from yingshe.errors import UserError


@dataclass(frozen=True)
class AdaptOptions:
    """Adapt a lemmatizer to pairs of word and lemma; no gradient step is taken."""

    out: Path = Path("lemmatizer.safetensors")
    """File to write the adapted lemmatizer to, .safetensors."""
    model: str | None = None
    """Run directory, .safetensors file, or zoo model of a learner; by default the zoo model
    lemmatization."""
    continue_from: Path | None = None
    """Adapted lemmatizer to which the pairs are added, instead of a learner."""
    word: str = "word"
    """Column of the words."""
    lemma: str = "lemma"
    """Column of their lemmas."""


@dataclass(frozen=True)
class PredictOptions:
    """Predict the lemmas of words, with their probabilities."""

    words: Path | None = None
    """Text file of more words, one word per line."""
    nbest: int = 1
    """Number of lemmas per word."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-train a learner on dictionaries of other languages."""

    run_dir: Path = Path("runs/lemmatization")
    """Run directory; the same command resumes a run that was stopped."""
    num_tasks: int = 2000
    """Number of training tasks, each a sample of pairs of one language."""
    steps: int = 3000
    """Number of optimizer steps."""
    learning_rate: float = 0.003
    """Peak learning rate."""
    seed: int = 0
    """Seed of tasks, initialization and training."""


@dataclass(frozen=True)
class EvaluateOptions:
    """Evaluate a learner on held-out languages, next to a baseline without meta-training."""

    model: str = "lemmatization"
    """Run directory, .safetensors file, or zoo model."""
    languages: tuple[str, ...] = ()
    """Codes of the languages; by default those of meta-test."""
    shots: tuple[int, ...] = (10, 100)
    """Numbers of support pairs."""
    tasks: int = 1
    """Number of tasks per language, each with its own support and query words."""
    queries: int = 60
    """Number of query words per task."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot to write, .png or .svg."""
    seed: int = 0
    """Seed of the words."""


@dataclass(frozen=True)
class DemoOptions:
    """Lemmatize Italian, which training left out, after 10 and 100 pairs."""

    seed: int = 0
    """Seed of the words."""


def _adapt(paths: Sequence[str], options: AdaptOptions) -> None:
    from yingshe.applications.languages.lemmatization.data import read_pairs
    from yingshe.applications.languages.lemmatization.model import ZOO_MODEL, Lemmatizer
    from yingshe.command_line.output import check_writable

    check_writable(options.out)
    if options.continue_from is not None and options.model is not None:
        raise UserError("--continue-from has its own learner; leave out --model.")
    pairs = read_pairs(paths[0], word=options.word, lemma=options.lemma)
    if options.continue_from is None:
        before = Lemmatizer.from_pretrained(options.model or ZOO_MODEL)
    else:
        before = Lemmatizer.load(options.continue_from)
    words, lemmas = zip(*pairs, strict=True)
    lemmatizer = before.observe_many(words, lemmas)
    lemmatizer.save(options.out)
    print(
        f"{len(lemmatizer.pairs)} pairs are observed; "
        f"`yingshe lemmatize predict {options.out} WORD` predicts lemmas"
    )


def _predict(args: Sequence[str], options: PredictOptions) -> None:
    from yingshe.applications.languages.lemmatization.data import read_words
    from yingshe.applications.languages.lemmatization.model import Lemmatizer
    from yingshe.applications.languages.lemmatization.render import format_prediction

    path, *words = args
    check_min("nbest", options.nbest, 1)
    if options.words is not None:
        words += read_words(options.words)
    if not words:
        raise UserError(
            f"WORD is missing: yingshe lemmatize predict {path} WORD [WORD ...], or --words FILE."
        )
    predictions = Lemmatizer.load(path).predict(words)
    for word, prediction in zip(words, predictions, strict=True):
        print(format_prediction(word, prediction, options.nbest))


def _train(paths: Sequence[str], options: TrainOptions) -> None:
    from yingshe.applications.languages.lemmatization._training import train_lemmatization_learner

    check_min("num_tasks", options.num_tasks, 1)
    train_lemmatization_learner(
        options.run_dir,
        num_tasks=options.num_tasks,
        steps=options.steps,
        learning_rate=options.learning_rate,
        seed=options.seed,
    )
    print(f"run directory: {options.run_dir}; ys.load('{options.run_dir}') loads the learner")


def _evaluate(_: Sequence[str], options: EvaluateOptions) -> None:
    from yingshe.applications.languages.lemmatization.data import TEST
    from yingshe.applications.languages.lemmatization.evaluation import evaluate_lemmatization
    from yingshe.applications.languages.lemmatization.model import Lemmatizer
    from yingshe.command_line.output import check_writable, report_curve

    check_writable(options.json, plot=options.plot)
    shots = tuple(sorted(set(options.shots)))
    if not shots or shots[0] < 0:
        raise UserError(f"shots must be at least 0, got {options.shots}.")
    check_min("tasks", options.tasks, 1)
    check_min("queries", options.queries, 1)
    learner = Lemmatizer.from_pretrained(options.model).learner
    curve = evaluate_lemmatization(
        learner,
        options.languages or TEST,
        shots,
        draws=options.tasks,
        num_query=options.queries,
        seed=options.seed,
    )
    report_curve(curve, json=options.json, plot=options.plot)


def _demo(_: Sequence[str], options: DemoOptions) -> None:
    from yingshe.applications.languages.lemmatization.demo import run_demo

    run_demo(options)


COMMAND = Command(
    name="lemmatize",
    description=(
        "Find the dictionary forms of words, in languages unseen in training.\n\n"
        "`adapt` reads a table with the columns word and lemma; ten rows are enough to begin with,"
        "\na thousand are better. `predict` gives the lemmas of other words, with probabilities.\n"
        "`train` needs the dictionaries of the package simplemma."
    ),
    actions={
        "train": Action(
            _train,
            TrainOptions,
            "meta-train a learner on dictionaries of other languages",
            renamed={"--tasks": "--num-tasks"},
            renamed_positional="--run-dir",
            packages=("simplemma",),
        ),
        "adapt": Action(
            _adapt,
            AdaptOptions,
            "adapt to pairs of word and lemma",
            metavar="PAIRS.csv",
            renamed={"--save": "--out", "--more": "--continue-from", "--learner": "--model"},
        ),
        "predict": Action(
            _predict,
            PredictOptions,
            "predict the lemmas of other words",
            metavar="MODEL.safetensors WORD [WORD ...]",
            many=True,
            renamed={"--candidates": "--nbest"},
        ),
        "evaluate": Action(
            _evaluate,
            EvaluateOptions,
            "print error rates on held-out languages by number of shots",
            renamed={"--learner": "--model"},
            packages=("simplemma",),
        ),
        "demo": Action(
            _demo,
            DemoOptions,
            "lemmatize Italian after 10 and 100 pairs",
            packages=("simplemma",),
        ),
    },
    examples=(
        "adapt italian.csv --out italian.safetensors",
        "predict italian.safetensors mangiavano gatti",
        "predict italian.safetensors --words list.txt --nbest 3",
        "train --run-dir runs/lemmatization",
        "evaluate --model runs/lemmatization --shots 10 100",
    ),
    extra="languages",
    packages=("anyascii",),
    renamed={"teach": "adapt", "say": "predict"},
)
