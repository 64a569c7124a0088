"""`yingshe pronounce`: learn what languages share, read a new one, and say its words."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yingshe._cli_support.command import dispatch, only
from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe.errors import UserError, did_you_mean

_USAGE = """usage: yingshe pronounce train FOLDER [options]
       yingshe pronounce adapt WORDS.tsv [options]
       yingshe pronounce say LANGUAGE WORD [WORD ...]

How is it pronounced? `train` learns what languages share from a folder of them, one .tsv file each;
`adapt` reads words of a new one, ten or a thousand; `say` pronounces others. A file has a word and
its phonemes on each line, as WikiPron and SIGMORPHON write them: chat<tab>ʃ a.

examples:
  yingshe pronounce adapt ladin.tsv --save ladin.safetensors
  yingshe pronounce say ladin.safetensors tgesa muntogna
  yingshe pronounce train wikipron/ --save mine.safetensors

`yingshe pronounce train --help` lists the options.
"""
_JUDGED = ("_dev", "_test")


@dataclass(frozen=True)
class TrainOptions:
    """Meta-trains over the languages of a folder, judged on words of files *_dev.tsv, where there
    are such; files *_test.tsv are left out.
    """

    save: Path = Path("pronounce.safetensors")
    """File to write the learner to."""
    leave_out: tuple[str, ...] = ()
    """Languages that are not to be seen: names of files, without _train.tsv."""
    validate_on: tuple[str, ...] = ()
    """Languages to validate on instead of training on them."""
    steps: int = 200
    """Steps; each reads words of one language and is judged on others of it."""
    learning_rate: float = 0.1
    """At its largest."""
    words: tuple[int, int] = (30, 800)
    """Fewest and most words read in a step."""
    seed: int = 0
    """Seed of all that is drawn."""


@dataclass(frozen=True)
class AdaptOptions:
    """Reads words of a language, and tells how well it says others of the file."""

    learner: str = "pronounce"
    """What was trained: a file, or the name of a shipped learner."""
    save: Path = Path("language.safetensors")
    """File to write the language to."""
    words: int | None = None
    """How many to read, from the start of the file; by default all. The rest are judged on."""


@dataclass(frozen=True)
class SayOptions:
    """Says words of a language that was read."""

    best: int = 3
    """Pronunciations of each word."""


def run(words: Sequence[str]) -> None:
    """Train, adapt or say, as the words say."""
    actions = {"train": _train, "adapt": _adapt, "say": _say}
    dispatch("pronounce", words, actions, usage=_USAGE, metavar="FILE", packages=())


def _train(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.languages.g2p import (
        PronounceConfig,
        meta_train_pronunciation,
        read_lexicon,
    )
    from yingshe.applications.languages.g2p.saving import write_file

    folder = only(named, "FOLDER")
    options = parse(TrainOptions, words, prog=f"yingshe pronounce train {folder}")
    check_writable(options.save)
    files = _languages(folder)
    for name in (*options.leave_out, *options.validate_on):
        if name not in files:
            raise UserError(f"{folder} has no language '{name}'." + did_you_mean(name, files))
    kept = [name for name in files if name not in options.leave_out]
    validation = {name: read_lexicon(files[name]) for name in options.validate_on if name in kept}
    languages = {name: read_lexicon(files[name]) for name in kept if name not in validation}
    judged = {
        name: read_lexicon(path)
        for name in (*languages, *validation)
        if (path := folder / f"{name}_dev.tsv").is_file()
    }
    config = PronounceConfig(
        steps=options.steps, learning_rate=options.learning_rate, words=options.words
    )
    learner = meta_train_pronunciation(
        languages,
        config,
        seed=options.seed,
        judged=judged,
        validation=validation,
        progress=True,
    )
    write_file(options.save, learner)
    print(f"{len(languages)} languages ({', '.join(languages)}): {options.save}")


def _adapt(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.languages.g2p import (
        PronounceMapping,
        load_learner,
        read_lexicon,
        wrong_words,
    )

    path = only(named, "WORDS.tsv")
    options = parse(AdaptOptions, words, prog=f"yingshe pronounce adapt {path}")
    check_writable(options.save)
    entries = read_lexicon(path)
    number = len(entries) if options.words is None else options.words
    if not 0 <= number <= len(entries):
        raise UserError(f"{path} has {len(entries)} words; {number} of them cannot be read.")
    learner = load_learner(options.learner)
    began = time.perf_counter()
    mapping = PronounceMapping(learner, entries[:number])
    seconds = time.perf_counter() - began
    mapping.save(options.save)
    if lost := mapping.left_out:
        why = "have more phonemes than their letters can stand for"
        warnings.warn(f"{path}: {lost} of {number} words {why}.", stacklevel=2)
    print(f"{number - lost} words read in {seconds:.1f} s: {options.save}")
    if rest := entries[number:]:
        wrong = 100 * wrong_words(mapping, rest).mean()
        print(f"judged on {len(rest)} others: {wrong:.1f} % wrong")


def _say(named: Sequence[str], words: Sequence[str]) -> None:
    from yingshe.applications.languages.g2p import PronounceMapping

    options = parse(SayOptions, words, prog="yingshe pronounce say LANGUAGE WORD")
    if options.best < 1:
        raise UserError(f"best is {options.best}; give at least one pronunciation a word.")
    if len(named) < 2:
        raise UserError("Name a language and at least one word: yingshe pronounce say FILE WORD.")
    path, *said = named
    mapping = PronounceMapping.load(path)
    for word, ways in zip(said, mapping.each(said, best=options.best), strict=True):
        shown = ", ".join(f"{' '.join(way.phonemes)} ({way.probability:.2f})" for way in ways)
        print(f"{word}: {shown}")


def _languages(folder: Path) -> dict[str, Path]:
    """The files of a folder, by their languages. Raises UserError on none."""
    if not folder.is_dir():
        raise UserError(
            f"{folder} is no folder; give one that holds a .tsv file for each language."
        )
    paths = sorted(p for p in folder.glob("*.tsv") if not p.stem.endswith(_JUDGED))
    if not paths:
        raise UserError(f"{folder} holds no .tsv file of words and their phonemes.")
    return {path.stem.removesuffix("_train"): path for path in paths}
