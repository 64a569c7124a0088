"""`yingshe pronounce`: learn what languages share, read a new one, and say its words."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yingshe.cli.actions import only, run_action
from yingshe.cli.options import parse
from yingshe.cli.output import check_writable
from yingshe.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from yingshe.applications.languages.pronounce import Entry

_USAGE = """usage: yingshe pronounce train FOLDER [options]
       yingshe pronounce adapt WORDS.tsv [options]
       yingshe pronounce say LANGUAGE WORD [WORD ...]

How is it pronounced? `train` learns what languages share from a folder of them, one .tsv file each;
`adapt` reads words of a new one, ten or a thousand; `say` pronounces others. A file has a word and
its phonemes on each line, as WikiPron and SIGMORPHON write them: chat<tab>ʃ a.

examples:
  yingshe pronounce adapt ladin.tsv --out ladin.safetensors
  yingshe pronounce say ladin.safetensors tgesa muntogna
  yingshe pronounce train wikipron/ --out mine.safetensors

`yingshe pronounce train --help` lists the options.
"""
_JUDGED = ("_dev", "_test")


@dataclass(frozen=True)
class TrainOptions:
    """Meta-trains over the languages of a folder; files *_dev.tsv and *_test.tsv are left out."""

    out: Path = Path("pronounce.safetensors")
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
    out: Path = Path("language.safetensors")
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
    run_action("pronounce", words, actions, usage=_USAGE, about="FILE", packages=())


def _train(paths: Sequence[Path], words: Sequence[str]) -> None:
    from yingshe.applications.languages.pronounce import (
        PronounceConfig,
        meta_train_pronunciation,
    )
    from yingshe.applications.languages.pronounce.saving import write_file

    folder = only(paths, "FOLDER")
    options = parse(TrainOptions, words, prog=f"yingshe pronounce train {folder}")
    check_writable(options.out)
    languages = _languages(folder)
    for name in (*options.leave_out, *options.validate_on):
        if name not in languages:
            raise UserError(f"{folder} has no language '{name}'." + did_you_mean(name, languages))
    validation = {name: languages.pop(name) for name in options.validate_on}
    for name in options.leave_out:
        languages.pop(name, None)
    config = PronounceConfig(
        steps=options.steps, learning_rate=options.learning_rate, words=options.words
    )
    learner = meta_train_pronunciation(
        languages, config, seed=options.seed, validation=validation, progress=True
    )
    write_file(options.out, learner)
    print(f"{len(languages)} languages ({', '.join(languages)}): {options.out}")


def _adapt(paths: Sequence[Path], words: Sequence[str]) -> None:
    from yingshe.applications.languages.pronounce import (
        PronounceMapping,
        load_learner,
        read_lexicon,
        wrong_words,
    )

    path = only(paths, "WORDS.tsv")
    options = parse(AdaptOptions, words, prog=f"yingshe pronounce adapt {path}")
    check_writable(options.out)
    entries = read_lexicon(path)
    number = len(entries) if options.words is None else options.words
    if not 0 <= number <= len(entries):
        raise UserError(f"{path} has {len(entries)} words; {number} of them cannot be read.")
    learner = load_learner(options.learner)
    began = time.perf_counter()
    mapping = PronounceMapping(learner, entries[:number])
    seconds = time.perf_counter() - began
    mapping.save(options.out)
    print(f"{number} words read in {seconds:.1f} s: {options.out}")
    if rest := entries[number:]:
        wrong = 100 * wrong_words(mapping, rest).mean()
        print(f"judged on {len(rest)} others: {wrong:.1f} % wrong")


def _say(paths: Sequence[Path], words: Sequence[str]) -> None:
    from yingshe.applications.languages.pronounce import PronounceMapping

    options = parse(SayOptions, words, prog="yingshe pronounce say LANGUAGE WORD")
    if options.best < 1:
        raise UserError(f"best is {options.best}; give at least one pronunciation a word.")
    if len(paths) < 2:
        raise UserError("Name a language and at least one word: yingshe pronounce say FILE WORD.")
    said = [str(path) for path in paths[1:]]
    mapping = PronounceMapping.load(paths[0])
    for word, ways in zip(said, mapping.each(said, best=options.best), strict=True):
        shown = ", ".join(f"{' '.join(way.phonemes)} ({way.probability:.2f})" for way in ways)
        print(f"{word}: {shown}")


def _languages(folder: Path) -> "dict[str, list[Entry]]":
    """The languages of a folder, by the names of their files. Raises UserError on none."""
    from yingshe.applications.languages.pronounce import read_lexicon

    if not folder.is_dir():
        raise UserError(
            f"{folder} is no folder; give one that holds a .tsv file for each language."
        )
    paths = sorted(p for p in folder.glob("*.tsv") if not p.stem.endswith(_JUDGED))
    if not paths:
        raise UserError(f"{folder} holds no .tsv file of words and their phonemes.")
    return {path.stem.removesuffix("_train"): read_lexicon(path) for path in paths}
