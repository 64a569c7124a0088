"""Sentences by their letters and their shape: of any language, with nothing to install."""

import functools
import re
import unicodedata
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

NUM_BUCKETS = 1024
NUM_SURFACE_FEATURES = 32
WIDTH = NUM_BUCKETS + NUM_SURFACE_FEATURES
_SIZES = (2, 3, 4)
_IDEOGRAPHS = "\u2e80"  # from here on a character is a word, or near to one
# Marks over, under or beside a letter are of its word: Latin, Hebrew, Arabic, of India, Thai.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0e4f"
_WORD = re.compile(rf"\d+(?:[.,:]\d+)*|\w[\w{_MARKS}]*|[%°+]")


def hashed_ngrams(
    sentences: Sequence[str], also: Callable[[str], str] = str
) -> Float[np.ndarray, "n 1056"]:
    """What a sentence is made of, 1024 numbers of length 1, and 32 of its shape.

    The first count the n-grams of 2 to 4 characters and the words: the ends of a word are marked,
    case and digits are levelled (42 is 00), counts are damped by a square root and dealt out to
    buckets by a hash with a sign, so that what falls together cancels on average (Weinberger et
    al., Feature Hashing, 2009). A word that `also` spells another way counts in both.
    The others say how long the sentence and its words are, and where numbers and capital letters
    stand, which are alike in all languages.
    """
    rows = np.zeros((len(sentences), WIDTH), np.float32)
    for row, sentence in zip(rows, sentences, strict=True):
        words = _WORD.findall(unicodedata.normalize("NFKC", sentence))
        if not words:
            continue
        plain = [re.sub(r"\d", "0", word.casefold()) for word in words]
        respelt = [other for word in plain if (other := also(word)) != word]
        found = [_grams_of(word) for word in plain + respelt]
        codes, counts = np.unique(np.concatenate(found), return_counts=True)
        signs = np.where(codes & 1, 1.0, -1.0)
        np.add.at(row[:NUM_BUCKETS], (codes >> 1) % NUM_BUCKETS, signs * np.sqrt(counts))
        row[:NUM_BUCKETS] /= max(float(np.linalg.norm(row[:NUM_BUCKETS])), 1e-6)
        row[NUM_BUCKETS:] = _shape(sentence, words)
    return rows


@functools.lru_cache(maxsize=65536)
def _grams_of(word: str) -> Int[np.ndarray, " grams"]:
    """The hashes of a word's n-grams and of the word itself."""
    marked = f"<{word}>"
    grams = [marked[i : i + n] for n in _SIZES for i in range(len(marked) - n + 1)]
    grams += [character for character in word if character >= _IDEOGRAPHS]
    grams.append(f"{marked} ")
    return np.array([zlib.crc32(gram.encode()) for gram in grams], np.int64)


def _shape(sentence: str, words: Sequence[str]) -> list[float]:
    """32 numbers of the order of 1, of a sentence of at least one word."""
    count = len(words)
    plain = [word for word in words if word[0].isalpha()]
    lengths = [len(word) for word in plain] or [0]
    numbers = [i for i, word in enumerate(words) if word[0].isdigit()]
    capitals = [i for i, word in enumerate(words) if word[0].isupper()]
    latin = [word for word in plain if "a" <= word[0].lower() <= "z"]
    digits = {min(sum(c.isdigit() for c in words[i]), 4) for i in numbers}
    shape = [
        *(count / 8, len(sentence) / 40, np.log1p(count), np.log1p(len(sentence)) / 3),
        *(len(plain) <= 1, len(plain) == 2, len(plain) == 3),
        *(float(np.mean(lengths)) / 8, max(lengths) / 12, 0 < len(latin) < len(plain)),
        *("%" in sentence, "°" in sentence, "?" in sentence),
        *(n in digits for n in (1, 2, 3, 4)),
        *_places(numbers, count),
        *_places(capitals, count),
        bool(numbers and capitals) and numbers[0] < capitals[0],
    ]
    return [float(number) for number in shape]


def _places(where: Sequence[int], count: int) -> list[float]:
    """How many there are, and how far the first and the last are from either end."""
    many = [float(len(where) > n) for n in (0, 1, 2)]
    if not where:
        return [*many, 0.0, 0.0, 0.0, 0.0]
    first, last = where[0], where[-1]
    ends = float(first == 0), float(last == count - 1)
    return [*many, first / count, 1 - (last + 1) / count, *ends]
