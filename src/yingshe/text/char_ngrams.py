"""Hashed character n-grams and surface features of sentences, for any language."""

import functools
import re
import unicodedata
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

NUM_BUCKETS = 1024
"""Columns of the hashed n-grams."""
NUM_SURFACE_FEATURES = 32
"""Columns of the surface features, which come last."""
WIDTH = NUM_BUCKETS + NUM_SURFACE_FEATURES
"""Columns of a vector."""
_SIZES = (2, 3, 4)
_IDEOGRAPHS = "\u2e80"  # from here on, a character is about a word
# Combining marks belong to the word of their letter: Latin, Hebrew, Arabic, Indic, Thai.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0e4f"
_WORD = re.compile(rf"\d+(?:[.,:]\d+)*|\w[\w{_MARKS}]*|[%°+]")


def hashed_ngrams(
    sentences: Sequence[str], alternate_spelling: Callable[[str], str] = str
) -> Float[np.ndarray, "n 1056"]:
    """Return hashed character n-grams and surface features of sentences.

    The first 1024 columns count words and n-grams of 2 to 4 characters, with the ends of words
    marked. Case is folded and every digit counts as 0. Counts are replaced by their square roots
    and added to buckets with the sign of a hash, so that collisions cancel on average. The vector
    of these columns has length 1. The last 32 columns describe the length of the sentence and the
    places of numbers and capital letters, which are comparable across languages.

    Args:
        sentences: n sentences.
        alternate_spelling: Function from a word to another spelling of it, such as its
            transliteration. A word with another spelling is counted in both.

    Returns:
        One row for each sentence; zeros for a sentence without a word.

    References:
        Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009.
    """
    rows = np.zeros((len(sentences), WIDTH), np.float32)
    for row, sentence in zip(rows, sentences, strict=True):
        words = _WORD.findall(unicodedata.normalize("NFKC", sentence))
        if not words:
            continue
        plain = [re.sub(r"\d", "0", word.casefold()) for word in words]
        respelt = [other for word in plain if (other := alternate_spelling(word)) != word]
        hashes = [_hash_ngrams(word) for word in plain + respelt]
        codes, counts = np.unique(np.concatenate(hashes), return_counts=True)
        signs = np.where(codes & 1, 1.0, -1.0)
        np.add.at(row[:NUM_BUCKETS], (codes >> 1) % NUM_BUCKETS, signs * np.sqrt(counts))
        row[:NUM_BUCKETS] /= max(float(np.linalg.norm(row[:NUM_BUCKETS])), 1e-6)
        row[NUM_BUCKETS:] = _surface_features(sentence, words)
    return rows


@functools.lru_cache(maxsize=65536)
def _hash_ngrams(word: str) -> Int[np.ndarray, " grams"]:
    """Return the hashes of a word's n-grams and of the word itself."""
    marked = f"<{word}>"
    grams = [marked[i : i + n] for n in _SIZES for i in range(len(marked) - n + 1)]
    grams += [character for character in word if character >= _IDEOGRAPHS]
    grams.append(f"{marked} ")
    return np.array([zlib.crc32(gram.encode()) for gram in grams], np.int64)


def _surface_features(sentence: str, words: Sequence[str]) -> list[float]:
    """Return 32 numbers of the order of 1, of a sentence of at least one word."""
    count = len(words)
    plain = [word for word in words if word[0].isalpha()]
    lengths = [len(word) for word in plain] or [0]
    numbers = [i for i, word in enumerate(words) if word[0].isdigit()]
    capitals = [i for i, word in enumerate(words) if word[0].isupper()]
    latin = [word for word in plain if "a" <= word[0].lower() <= "z"]
    digits = {min(sum(c.isdigit() for c in words[i]), 4) for i in numbers}
    features = [
        *(count / 8, len(sentence) / 40, np.log1p(count), np.log1p(len(sentence)) / 3),
        *(len(plain) <= 1, len(plain) == 2, len(plain) == 3),
        *(float(np.mean(lengths)) / 8, max(lengths) / 12, 0 < len(latin) < len(plain)),
        *("%" in sentence, "°" in sentence, "?" in sentence),
        *(n in digits for n in (1, 2, 3, 4)),
        *_place_features(numbers, count),
        *_place_features(capitals, count),
        bool(numbers and capitals) and numbers[0] < capitals[0],
    ]
    return [float(number) for number in features]


def _place_features(places: Sequence[int], count: int) -> list[float]:
    """Return features of the number of places, and of the distances to both ends."""
    more_than = [float(len(places) > n) for n in (0, 1, 2)]
    if not places:
        return [*more_than, 0.0, 0.0, 0.0, 0.0]
    first, last = places[0], places[-1]
    ends = float(first == 0), float(last == count - 1)
    return [*more_than, first / count, 1 - (last + 1) / count, *ends]
