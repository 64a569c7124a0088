"""Feature templates of a letter: runs of letters, kinds of sounds, phonemes before it.

A feature is a 64-bit hash, so that millions of them are made, compared and looked up in vectorized
arithmetic. Two of n hashes collide with probability n² / 2⁶⁵. A *template* names the parts of a
feature and the property of a chunk that they are joined with. One prior standard deviation is
learned for each template. Hashes depend on a template's position in `TEMPLATES`, not on its text.
"""

import functools
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped, UInt64

from yingshe.applications.languages.g2p._letter_classes import LetterClasses

WINDOW = 5
"""Number of letters on either side that features may use."""
NUM_KINDS = 8
UNKNOWN, VOWEL = 6, 1  # kinds of sounds; 0 is no letter
_BOUNDARY = ord("#")
_GOLDEN, _MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(29)

Hashes = UInt64[np.ndarray, "..."]


def hash_combine(*parts: Shaped[np.ndarray, "..."] | int) -> Hashes:
    """Hash several integer arrays into one.

    Args:
        parts: Arrays of integers, which broadcast together.
    """
    code = np.uint64(0x2545F4914F6CDD1D)
    with np.errstate(over="ignore"):
        for part in parts:
            value = np.asarray(part)
            if value.dtype != np.uint64:
                value = value.astype(np.int64).view(np.uint64)
            code = (code ^ (value + _GOLDEN)) * _MIXER
            code = code ^ (code >> _SHIFT)
    return np.asarray(code)


@functools.cache
def hash_text(text: str) -> int:
    """Return a 56-bit hash of a string, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "little")


def _run(first: int, last: int) -> str:
    return " ".join(f"l{place:+d}" for place in range(first, last + 1))


# Parts: l is a letter, b a letter without its accent, a the accent, d whether it repeats the letter
# before; k the kind of sound that it mostly stands for, f a finer kind; o its class by its effect
# on the next letter, r by that on the previous one; left, right and syllables count vowels; end2 is
# the end of the word. All other parts are fields of `History`. Templates were selected from many
# more by how much their weights vary over languages.
_RUNS = ((0, 0), (-1, 0), (0, 1), (-1, 1), (-2, 0), (0, 2), (0, 3))
_CHUNK_TEMPLATES = (
    *(_run(first, last) for first, last in _RUNS),
    *("l+0 l+2", "l+0 l-2", "l+0 l+3", "l+0 l-3", "l+0 l+2 l+3", "l+1", "l-1", "l+1 l+2"),
    *("l+2", "l-2", "b+0 b+1", "b+1", "b+0 a+0", "l+0 a-1 a-2", "l+0 d+0", "l+0 d+2"),
    *("l+0 k+1", "l+0 k-1", "l+0 k+1 k+2", "l+0 f+1"),
    *("l+0 r+1", "o-1 r+1", "l+0 o-1", "l+0 o-1 o-2", "l+0 o-1 o-3"),
    *("l+0 right", "l+0 right end2", "l+0 syllables end3"),
    *("prev_phoneme", "prev_phoneme prev2_phoneme"),
    *("prev_chunk l+0", "prev_chunk l-1 l+0", "prev_chunk l-1 l+0 l+1"),
    *("last_vowel l+0", "last_vowel second_last_vowel"),
)  # joined with the full chunk
_MARKS_TEMPLATES = (
    *("k-1 k+0 k+1", "k+0 k+1 k+2", "k+0 right k+1 k+2", "k+0 f+1 f+2", "k+0 l+1 l+2"),
    *("k+0 syllables", "k+0 syllables end2", "k+0 syllables end3", "k+0 a-1", "k+0 a+1"),
    *("k+0 d+2", "k+0 o-1", "k+0 r+1", "last_vowel k+0 right", "k+0 last_vowel_marks"),
    *("k+0 prev_phoneme", "k+0 last_stress_marks", "k+0 last_stress_marks right"),
    "k+0 last_stress_marks syllables left",
)  # joined with length, tone and other marks: what is learned of one vowel holds for all
_BASES_TEMPLATES = (
    *("l+0", "b+0", "l+0 l+1", "l-1 l+0", "l+0 l+1 l+2", "l-2 l-1 l+0", "l+0 k+1 k+2"),
    "l+0 k-1 k+1",
)  # joined with the symbols without marks
_VOICE_TEMPLATES = (
    *("k+0 k+1", "k+0 k+1 k+2", "k-1 k+0 k+1", "k+0 l+1", "l+0 k+1", "k+0 prev_phoneme"),
    *("k+0 left", "f+0 f+1"),
)  # joined with voicing, or the height and backness of a vowel
_HEAD_TEMPLATES = ("l+0", "b+0", "l+0 l+1", "l-1 l+0", "l+0 l+1 l+2", "l+0 k+1")
# _HEAD_TEMPLATES are joined with the first phoneme
_TAIL_TEMPLATES = (
    *("l+0", "l+1", "l-1 l+0", "l-1 l+1", "l+1 l+2", "k+0 l+1", "k+0 l-1"),
    *("k+0 k+1", "k+0 k+1 k+2", "k-1 k+0 k+1"),
    *("o+0", "o+0 l+1", "o+0 k+1", "o-1 o+0", "o-1 k+0"),
)  # joined with what follows the first phoneme: the inherent vowel of a syllabic script
_SIZE_TEMPLATES = ("d+1", "d+1 k+0", "k+0 prev_phoneme", "l+0 prev_phoneme", "k-1 k+0 k+1")
# _SIZE_TEMPLATES are joined with the number of phonemes
TARGETS = ("chunk", "marks", "bases", "voice", "head", "tail", "size")
"""Properties of a chunk that features are joined with."""
TEMPLATES = tuple(
    f"{template} → {target}"
    for target, templates in zip(
        TARGETS,
        (
            *(_CHUNK_TEMPLATES, _MARKS_TEMPLATES, _BASES_TEMPLATES),
            *(_VOICE_TEMPLATES, _HEAD_TEMPLATES, _TAIL_TEMPLATES, _SIZE_TEMPLATES),
        ),
        strict=True,
    )
    for template in templates
)
"""Feature templates "parts → target"; the position of each is part of its hashes."""


class History(NamedTuple):
    """Hashes of the phonemes before a letter."""

    prev_phoneme: Int[np.ndarray, "..."]
    """Last phoneme."""
    prev2_phoneme: Int[np.ndarray, "..."]
    """Phoneme before the last one."""
    prev_chunk: Int[np.ndarray, "..."]
    """Chunk of the previous letter."""
    last_stress_marks: Int[np.ndarray, "..."]
    """Marks of the last vowel with marks; they show if the stress is on an earlier vowel."""
    last_vowel_marks: Int[np.ndarray, "..."]
    """Marks of the last vowel."""
    last_vowel: Int[np.ndarray, "..."]
    """Last vowel."""
    second_last_vowel: Int[np.ndarray, "..."]
    """Vowel before the last one."""

    @classmethod
    def empty(cls, *shape: int) -> "History":
        """Return the history at the start of words.

        Args:
            shape: Shape of every field.
        """
        return cls(*(np.full(shape, code, np.int64) for code in (1, 1, 1, 0, 0, 0, 0)))

    def select(self, rows) -> "History":
        """Return the history at some indices.

        Args:
            rows: Index of every field.
        """
        return History(*(field[rows] for field in self))


_PARTS = [
    (parts, not set(History._fields).isdisjoint(parts))
    for parts in (template.split(" → ")[0].split() for template in TEMPLATES)
]  # parts of each template, and whether any of them needs the history


class Windows(NamedTuple):
    """Parts of features of the letters of many words, one word after another."""

    parts: dict[str, Int[np.ndarray, " letters"]]
    """Part name, such as "l+1" -> value at every letter."""
    starts: Int[np.ndarray, " words"]
    """Index of the first letter of each word."""
    lengths: Int[np.ndarray, " words"]
    """Number of letters of each word."""

    def select(self, rows: Int[np.ndarray, " rows"]) -> dict[str, np.ndarray]:
        """Return the parts at some letters.

        Args:
            rows: Indices of letters.
        """
        return {name: part[rows] for name, part in self.parts.items()}


def extract_windows(
    words: Sequence[Sequence[str]], kinds: Mapping[str, int], classes: LetterClasses
) -> Windows:
    """Compute the parts of features at every letter.

    Args:
        words: Letters of each word.
        kinds: Letter -> fine kind of its usual sound; modulo `NUM_KINDS` it is the kind.
        classes: Classes of letters.

    Returns:
        Parts by name, for all letters.
    """
    letters, places = [_BOUNDARY] * WINDOW, []
    for word in words:
        places += range(len(letters), len(letters) + len(word))
        letters += [*map(ord, word), *[_BOUNDARY] * WINDOW]
    flat, place = np.array(letters), np.array(places, int)
    alphabet, inverse = np.unique(flat, return_inverse=True)
    symbols = [chr(letter) for letter in alphabet]
    fine = np.array([kinds.get(letter, UNKNOWN) for letter in symbols])
    fine[alphabet == _BOUNDARY] = 0
    base, accents = np.array([_split_accents(letter) for letter in symbols]).T
    values = {"l": flat, "k": (fine % NUM_KINDS)[inverse], "f": fine[inverse]}
    values |= {"b": base[inverse], "a": accents[inverse]}
    for name, numbers in zip("or", classes, strict=True):
        values[name] = np.array([numbers.get(letter, UNKNOWN) for letter in symbols])[inverse]
    is_double = (flat[1:] == flat[:-1]) & (flat[1:] != _BOUNDARY)
    values["d"] = np.append(0, is_double).astype(int)
    lengths = np.array([len(word) for word in words], int)
    starts = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(words)), lengths)
    vowels = np.cumsum(values["k"] == VOWEL)
    last = place[(starts + lengths - 1)[owner]]
    first = place[starts[owner]]
    left = vowels[place - 1] - vowels[first - 1]
    syllables = vowels[last] - vowels[place]
    parts = {"left": np.minimum(left, 3), "right": np.minimum(syllables, 3), "syllables": syllables}
    for offset in range(-WINDOW, WINDOW + 1):
        for name, value in values.items():
            parts[f"{name}{offset:+d}"] = value[place + offset]
    ends = [flat[last - back] for back in range(4)]
    for length in (2, 3, 4):
        parts[f"end{length}"] = hash_combine(*ends[:length])
    return Windows(parts, starts, lengths)


def letter_features(parts: Mapping[str, np.ndarray]) -> list[tuple[int, Hashes]]:
    """Compute the features of the templates that use letters only.

    Args:
        parts: Parts of features by name.

    Returns:
        Pairs of the template's number and its hashes.
    """
    return [
        (number, hash_combine(number, *(parts[name] for name in names)))
        for number, (names, needs_history) in enumerate(_PARTS)
        if not needs_history
    ]


def history_features(parts: Mapping[str, np.ndarray], history: History) -> list[tuple[int, Hashes]]:
    """Compute the features of the templates that use the phonemes before a letter.

    Args:
        parts: Parts of features by name.
        history: Hashes of the phonemes before the letters; broadcasts with the parts.

    Returns:
        Pairs of the template's number and its hashes.
    """
    parts = {**parts, **history._asdict()}
    return [
        (number, hash_combine(number, *(parts[name] for name in names)))
        for number, (names, needs_history) in enumerate(_PARTS)
        if needs_history
    ]


def _split_accents(letter: str) -> tuple[int, int]:
    """Return the letter that carries the accents, and a hash of them."""
    if not unicodedata.category(letter).startswith("L"):
        return ord(letter), 0
    base, *accents = unicodedata.normalize("NFD", letter)
    return ord(base), hash_text("".join(accents)) if accents else 0
