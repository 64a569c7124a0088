"""Words and their phonemes: read from the files of SIGMORPHON and WikiPron, and as numbers."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from yingshe.errors import UserError


@dataclass(frozen=True)
class Entry:
    """A word and how it is pronounced."""

    word: str
    phonemes: tuple[str, ...]
    """In the International Phonetic Alphabet; a phoneme may be of several characters (t͡ʃʼ)."""


def letters_of(word: str) -> tuple[str, ...]:
    """The letters of a word: its characters in composed form, and the jamo of a Hangul syllable.

    A Hangul syllable is written as one character but spells two or three sounds; all others,
    accents included, are taken as they are written.
    """
    composed = unicodedata.normalize("NFC", word)
    letters: list[str] = []
    for character in composed:
        if "가" <= character <= "힣":
            letters += unicodedata.normalize("NFD", character)
        else:
            letters.append(character)
    return tuple(letters)


def read_lexicon(path: str | Path) -> list[Entry]:
    """The entries of a file of WikiPron or SIGMORPHON: word, tab, phonemes with spaces between.

    Further columns are ignored, and so are empty lines. Raises UserError where the file is missing,
    is not text, or a line is not of that form.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path} of words and their phonemes.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    entries = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        word, *rest = line.split("\t")
        phonemes = tuple(rest[0].split()) if rest else ()
        if not word.strip() or not phonemes:
            raise UserError(
                f"{path}, line {number}, is {line[:40]!r}; it must be a word, a tab and its "
                "phonemes with spaces between them."
            )
        entries.append(Entry(word.strip(), phonemes))
    if not entries:
        raise UserError(f"{path} holds no words.")
    return entries
