"""Command `yingshe g2p`: pronunciation of words in a new language."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yingshe.command_line.command import Action, Command
from yingshe.command_line.output import check_writable, report_curve
from yingshe.errors import UserError, did_you_mean

_SYNTHETIC_WORDS = 300  # words of each synthetic language that `evaluate` draws


@dataclass(frozen=True)
class TrainOptions:
    """Meta-train a prior over the languages of a folder.

    Query words come from files *_dev.tsv, where they exist. Files *_test.tsv are not read.
    """

    run_dir: Path | None = None
    """Run directory; the same command resumes a run that was stopped. By default a new directory
    runs/g2p."""
    out: Path | None = None
    """File to write the trained prior to, besides the run directory."""
    exclude: tuple[str, ...] = ()
    """Languages to leave out: names of files, without _train.tsv."""
    validate_on: tuple[str, ...] = ()
    """Languages to validate on instead of training on them."""
    steps: int = 200
    """Number of training steps; each draws support and query words of one language."""
    learning_rate: float = 0.1
    """Peak learning rate."""
    support_range: tuple[int, int] = (30, 800)
    """Smallest and largest number of support words of a step."""
    seed: int = 0
    """Seed of everything that is drawn."""


@dataclass(frozen=True)
class AdaptOptions:
    """Adapt to a language, and print the word error rate on the other words of the file."""

    model: str = "g2p"
    """Run directory, .safetensors file, or zoo model of a trained prior."""
    out: Path = Path("language.safetensors")
    """File to write the adapted model to."""
    num_support: int | None = None
    """Number of words to adapt to, from the start of the file; by default all. The rest are query
    words."""


@dataclass(frozen=True)
class PredictOptions:
    """Pronounce words with an adapted model."""

    nbest: int = 3
    """Maximum number of pronunciations of each word."""


@dataclass(frozen=True)
class EvaluateOptions:
    """Evaluate a trained prior on new languages, by the number of support words."""

    model: str = "g2p"
    """Run directory, .safetensors file, or zoo model of a trained prior."""
    data: Path | None = None
    """Folder with one .tsv file for each language; by default synthetic languages are drawn."""
    shots: tuple[int, ...] = (0, 10, 100)
    """Numbers of support words."""
    tasks: int = 4
    """Maximum number of languages."""
    exclude: tuple[str, ...] = ()
    """Languages of the folder to leave out."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot to write, .png or .svg."""
    seed: int = 0
    """Seed of everything that is drawn."""


@dataclass(frozen=True)
class DemoOptions:
    """Adapt to 100 words of a synthetic language and pronounce others."""

    seed: int = 0
    """Seed of the words that are drawn."""


def _train(positionals: Sequence[str], options: TrainOptions) -> None:
    from yingshe.applications.languages.g2p.data import (
        find_lexica,
        read_lexicon,
        read_query_lexica,
    )
    from yingshe.applications.languages.g2p.training import G2PConfig, meta_train_g2p
    from yingshe.command_line.run_options import next_run_dir
    from yingshe.serialization import write_model

    folder = Path(positionals[0])
    check_writable(options.out)
    files = find_lexica(folder)
    _check_names(folder, (*options.exclude, *options.validate_on), files)
    included = [name for name in files if name not in options.exclude]
    validation = {
        name: read_lexicon(files[name]) for name in options.validate_on if name in included
    }
    languages = {name: read_lexicon(files[name]) for name in included if name not in validation}
    config = G2PConfig(
        steps=options.steps,
        learning_rate=options.learning_rate,
        support_range=options.support_range,
    )
    run_dir = options.run_dir or next_run_dir("g2p")
    prior = meta_train_g2p(
        languages,
        config,
        seed=options.seed,
        query=read_query_lexica(folder, [*languages, *validation]),
        validation=validation,
        run_dir=run_dir,
        progress=True,
    )
    print(f"languages: {len(languages)} ({', '.join(languages)})\nrun directory: {run_dir}")
    if options.out is not None:
        write_model(options.out, prior)
        print(f"prior: {options.out}")


def _adapt(positionals: Sequence[str], options: AdaptOptions) -> None:
    from yingshe.applications.languages.g2p.data import read_lexicon
    from yingshe.applications.languages.g2p.evaluation import word_errors
    from yingshe.applications.languages.g2p.model import adapt, load_prior

    path = Path(positionals[0])
    check_writable(options.out)
    entries = read_lexicon(path)
    number = len(entries) if options.num_support is None else options.num_support
    if not 0 <= number <= len(entries):
        raise UserError(
            f"num_support must be between 0 and {len(entries)}, the words of {path}, got {number}."
        )
    prior = load_prior(options.model)
    start = time.perf_counter()
    model = adapt(prior, entries[:number])
    skipped = model.num_skipped
    seconds = time.perf_counter() - start
    model.save(options.out)
    if skipped:
        reason = "have more phonemes than their letters can stand for"
        warnings.warn(f"{path}: {skipped} of {number} words {reason}.", stacklevel=2)
    print(f"adapted to {number - skipped} words in {seconds:.1f} s: {options.out}")
    if query := entries[number:]:
        rate = 100 * word_errors(model, query).mean()
        print(f"word error rate on the {len(query)} other words: {rate:.1f} %")


def _predict(positionals: Sequence[str], options: PredictOptions) -> None:
    from yingshe.applications.languages.g2p.model import G2PModel

    if len(positionals) < 2:
        raise UserError("WORD is missing: yingshe g2p predict MODEL.safetensors WORD [WORD ...].")
    path, *words = positionals
    model = G2PModel.load(path).with_nbest(options.nbest)
    for word, pronunciations in zip(words, model.predict(words), strict=True):
        text = ", ".join(f"{' '.join(p.phonemes)} ({p.probability:.2f})" for p in pronunciations)
        print(f"{word}: {text}")


def _evaluate(positionals: Sequence[str], options: EvaluateOptions) -> None:
    from yingshe.applications.languages.g2p.data import (
        find_lexica,
        read_lexicon,
        read_query_lexica,
    )
    from yingshe.applications.languages.g2p.evaluation import evaluate
    from yingshe.applications.languages.g2p.model import load_prior
    from yingshe.applications.languages.g2p.synthetic_languages import generate_lexicon

    check_writable(options.json, plot=options.plot)
    prior = load_prior(options.model)
    if options.data is None:
        languages = {
            f"Selvan {i}": generate_lexicon(_SYNTHETIC_WORDS, seed=options.seed + i)
            for i in range(options.tasks)
        }
        query = {}
    else:
        files = find_lexica(options.data)
        _check_names(options.data, options.exclude, files)
        names = [name for name in files if name not in options.exclude][: options.tasks]
        languages = {name: read_lexicon(files[name]) for name in names}
        query = read_query_lexica(options.data, names)
    curve = evaluate(prior, languages, options.shots, query=query, seed=options.seed)
    report_curve(curve, json=options.json, plot=options.plot)


def _demo(positionals: Sequence[str], options: DemoOptions) -> None:
    from yingshe.applications.languages.g2p.demo import run_demo

    run_demo(options)


def _check_names(folder: Path, names: Sequence[str], files: dict[str, Path]) -> None:
    for name in names:
        if name not in files:
            raise UserError(f"{folder} has no language '{name}'." + did_you_mean(name, files))


COMMAND = Command(
    name="g2p",
    description="""Pronounce the words of a new language (grapheme-to-phoneme conversion, G2P).

A .tsv file has a word, a tab, and phonemes separated by spaces on each line, as in WikiPron and
SIGMORPHON: chat<tab>ʃ a.""",
    actions={
        "train": Action(
            _train,
            TrainOptions,
            "meta-train a prior on a folder of languages",
            metavar="FOLDER",
            renamed={
                "--leave-out": "--exclude",
                "--save": "--out",
                "--words": "--support-range",
            },
        ),
        "adapt": Action(
            _adapt,
            AdaptOptions,
            "adapt to words of a new language",
            metavar="WORDS.tsv",
            renamed={
                "--learner": "--model",
                "--prior": "--model",
                "--save": "--out",
                "--words": "--num-support",
            },
        ),
        "predict": Action(
            _predict,
            PredictOptions,
            "pronounce other words of that language",
            metavar="MODEL.safetensors WORD [WORD ...]",
            many=True,
            renamed={"--best": "--nbest"},
        ),
        "evaluate": Action(
            _evaluate,
            EvaluateOptions,
            "print error rates on new languages by number of shots",
            renamed_positional="--model",
        ),
        "demo": Action(_demo, DemoOptions, "pronounce a synthetic language after 100 words"),
    },
    examples=(
        "adapt ladin.tsv --out ladin.safetensors",
        "predict ladin.safetensors tgesa muntogna",
        "train wikipron/ --run-dir runs/g2p",
        "evaluate --model runs/g2p --data wikipron/ --shots 10 100",
    ),
    extra="languages",
    renamed={"say": "predict"},
)
