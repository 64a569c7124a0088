"""Tasks of grapheme-to-phoneme conversion: a task is a language, an example is a word of it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from yingshe.applications.languages.g2p._alignment import AlignedWord
from yingshe.applications.languages.g2p._grapheme_prior import GraphemePrior


@dataclass(frozen=True)
class Entry:
    """A word and its pronunciation."""

    word: str
    """Spelling."""
    phonemes: tuple[str, ...]
    """Symbols of the International Phonetic Alphabet; one may have several characters (t͡ʃʼ)."""


def split_letters(word: str) -> tuple[str, ...]:
    """Split a word into its characters in composed form; a Hangul syllable becomes its jamo.

    A Hangul syllable is written as one character but spells two or three sounds. All other
    characters, accents included, stay as they are written.

    Args:
        word: Word in any Unicode normalization.

    Returns:
        The letters.
    """
    composed = unicodedata.normalize("NFC", word)
    letters: list[str] = []
    for character in composed:
        if "가" <= character <= "힣":
            letters += unicodedata.normalize("NFD", character)
        else:
            letters.append(character)
    return tuple(letters)


class Language(NamedTuple):
    """Aligned words of a training language."""

    words: list[AlignedWord]
    """Words that support sets are drawn from."""
    query: list[AlignedWord]
    """Words that query sets are drawn from; if empty, the remaining `words`."""
    grapheme_prior: GraphemePrior
    """Prior fitted to the other languages, so that this language is new to it."""


class Episode(NamedTuple):
    """Support and query words of one language."""

    support: list[AlignedWord]
    query: list[AlignedWord]
    grapheme_prior: GraphemePrior


def sample_episode(
    language: Language,
    generator: np.random.Generator,
    *,
    support_range: tuple[int, int],
    num_query: int,
) -> Episode:
    """Draw support and query words of a language.

    Args:
        language: Language to draw from.
        generator: Source of randomness.
        support_range: Smallest and largest number of support words, drawn log-uniformly. At most
            half of the words become support.
        num_query: Maximum number of query words.

    Returns:
        The words of one training step.
    """
    low, high = support_range
    order = generator.permutation(len(language.words))
    size = int(np.exp(generator.uniform(np.log(low), np.log(high + 1))))
    size = min(size, len(order) // 2)
    support = _select(language.words, order[:size])
    candidates = language.query or _select(language.words, order[size:])
    query = generator.permutation(len(candidates))[:num_query]
    return Episode(support, _select(candidates, query), language.grapheme_prior)


def _select(words: Sequence[AlignedWord], indices: np.ndarray) -> list[AlignedWord]:
    return [words[i] for i in indices]
