"""What is looked at default_variants a letter: runs of letters, kinds of sounds, what was said before.

A context is a 64-bit code, so that millions of them are made, compared and looked up in vectorised
arithmetic; two of n codes are equal by chance with probability n² / 2⁶⁵. A *template* names the
parts of a context, and one weight of prior precision is learned for each template.
"""

import functools
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped, UInt64

from yingshe.applications.languages.g2p.influence import Influence

REACH = 5
"""Letters looked at to either side."""
_BOUNDARY = ord("#")
_GOLDEN, _MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_SPREAD = np.uint64(29)

Codes = UInt64[np.ndarray, "..."]


def mix(*parts: Shaped[np.ndarray, "..."] | int) -> Codes:
    """One code of several arrays of whole numbers, which broadcast together."""
    code = np.uint64(0x2545F4914F6CDD1D)
    with np.errstate(over="ignore"):
        for part in parts:
            value = np.asarray(part)
            if value.dtype != np.uint64:
                value = value.astype(np.int64).view(np.uint64)
            code = (code ^ (value + _GOLDEN)) * _MIXER
            code = code ^ (code >> _SPREAD)
    return np.asarray(code)


@functools.cache
def code_of(text: str) -> int:
    """The code of a string: the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "little")


def _run(first: int, last: int) -> str:
    return " ".join(f"l{place:+d}" for place in range(first, last + 1))


_RUNS = ((0, 0), (-1, 0), (0, 1), (-1, 1), (-2, 0), (0, 2), (0, 3))
CHUNK_TEMPLATES = (
    *(_run(first, last) for first, last in _RUNS),
    *("l+0 l+2", "l+0 l-2", "l+0 l+3", "l+0 l-3", "l+0 l+2 l+3", "l+1", "l-1", "l+1 l+2"),
    *("l+2", "l-2", "b+0 b+1", "b+1", "b+0 a+0", "l+0 a-1 a-2", "l+0 d+0", "l+0 d+2"),
    *("l+0 k+1", "l+0 k-1", "l+0 k+1 k+2", "l+0 f+1"),
    *("l+0 r+1", "o-1 r+1", "l+0 o-1", "l+0 o-1 o-2", "l+0 o-1 o-3"),
    *("l+0 right", "l+0 right end2", "l+0 syllables end3"),
    *("said", "said before", "chunk l+0", "chunk l-1 l+0", "chunk l-1 l+0 l+1"),
    *("nucleus l+0", "nucleus onset"),
)
"""Contexts that are seen together with what a letter stands for: l is a letter, b a letter without
its accent, a the accent, d whether it is the letter before it once more, k the kind of sound that
it mostly stands for, f a finer kind; o is its class by what it does onward, r backward
(`Influence`); left, right and syllables count vowels; end2 is the end of the word; the others are
of the `History`. Of many more those stayed whose weights vary over languages."""
MARKS_TEMPLATES = (
    *("k-1 k+0 k+1", "k+0 k+1 k+2", "k+0 right k+1 k+2", "k+0 f+1 f+2", "k+0 l+1 l+2"),
    *("k+0 syllables", "k+0 syllables end2", "k+0 syllables end3", "k+0 a-1", "k+0 a+1"),
    *("k+0 d+2", "k+0 o-1", "k+0 r+1", "nucleus k+0 right", "k+0 vowel", "k+0 said"),
    *("k+0 marked", "k+0 marked right", "k+0 marked syllables left"),
)
"""Contexts that are seen together with its length, tone and other marks alone: what is learned of
one vowel is known of all."""
BASES_TEMPLATES = (
    *("l+0", "b+0", "l+0 l+1", "l-1 l+0", "l+0 l+1 l+2", "l-2 l-1 l+0", "l+0 k+1 k+2"),
    "l+0 k-1 k+1",
)
"""Contexts that are seen together with its symbols without marks."""
VOICE_TEMPLATES = (
    *("k+0 k+1", "k+0 k+1 k+2", "k-1 k+0 k+1", "k+0 l+1", "l+0 k+1", "k+0 said", "k+0 left"),
    "f+0 f+1",
)
"""Contexts that are seen together with whether it is voiced, or how high and far back it is."""
HEAD_TEMPLATES = ("l+0", "b+0", "l+0 l+1", "l-1 l+0", "l+0 l+1 l+2", "l+0 k+1")
"""Contexts that are seen together with its first phoneme."""
TAIL_TEMPLATES = (
    *("l+0", "l+1", "l-1 l+0", "l-1 l+1", "l+1 l+2", "k+0 l+1", "k+0 l-1"),
    *("k+0 k+1", "k+0 k+1 k+2", "k-1 k+0 k+1"),
    *("o+0", "o+0 l+1", "o+0 k+1", "o-1 o+0", "o-1 k+0"),
)
"""Contexts that are seen together with what follows its first phoneme: the inherent vowel of a
script whose letters are syllables, or none."""
SIZE_TEMPLATES = ("d+1", "d+1 k+0", "k+0 said", "l+0 said", "k-1 k+0 k+1")
"""Contexts that are seen together with how many phonemes it is."""
TARGETS = ("chunk", "marks", "bases", "voice", "head", "tail", "size")
TEMPLATES = tuple(
    f"{template} → {target}"
    for target, templates in zip(
        TARGETS,
        (
            *(CHUNK_TEMPLATES, MARKS_TEMPLATES, BASES_TEMPLATES),
            *(VOICE_TEMPLATES, HEAD_TEMPLATES, TAIL_TEMPLATES, SIZE_TEMPLATES),
        ),
        strict=True,
    )
    for template in templates
)

_HISTORY = {"said", "before", "chunk", "marked", "vowel", "nucleus", "onset"}


_NAMES = [
    (names, not _HISTORY.isdisjoint(names))
    for names in (template.split(" → ")[0].split() for template in TEMPLATES)
]  # of the parts, and whether it can be told only when the letters before have been read


class History(NamedTuple):
    """Codes of what has been said, before the next letter is read."""

    said: Int[np.ndarray, "..."]
    """The last phoneme."""
    before: Int[np.ndarray, "..."]
    """The phoneme before it."""
    chunk: Int[np.ndarray, "..."]
    """What the last letter stood for."""
    marked: Int[np.ndarray, "..."]
    """Marks of the last vowel that had any: whether the word has had its accent."""
    vowel: Int[np.ndarray, "..."]
    """Marks of the last vowel."""
    nucleus: Int[np.ndarray, "..."]
    """The last vowel."""
    onset: Int[np.ndarray, "..."]
    """The vowel before it."""

    @classmethod
    def empty(cls, *shape: int) -> "History":
        return cls(*(np.full(shape, code, np.int64) for code in (1, 1, 1, 0, 0, 0, 0)))

    def at(self, rows) -> "History":
        return History(*(part[rows] for part in self))


class Windows(NamedTuple):
    """The letters of many words one after another, and what stands default_variants each of them."""

    parts: dict[str, Int[np.ndarray, " letters"]]
    starts: Int[np.ndarray, " words"]
    """Where each word begins."""
    lengths: Int[np.ndarray, " words"]

    def at(self, rows: Int[np.ndarray, " rows"]) -> dict[str, np.ndarray]:
        return {name: part[rows] for name, part in self.parts.items()}


def look_around(
    words: Sequence[Sequence[str]], kinds: Mapping[str, int], influence: Influence
) -> Windows:
    """The windows of words. `kinds` says of each letter what kind of sound it mostly stands for, by
    a number that modulo `KINDS` is the kind and as a whole a finer one.
    """
    letters, places = [_BOUNDARY] * REACH, []
    for word in words:
        places += range(len(letters), len(letters) + len(word))
        letters += [*map(ord, word), *[_BOUNDARY] * REACH]
    flat, place = np.array(letters), np.array(places, int)
    alphabet, which = np.unique(flat, return_inverse=True)
    spelled = [chr(letter) for letter in alphabet]
    fine = np.array([kinds.get(letter, UNKNOWN) for letter in spelled])
    fine[alphabet == _BOUNDARY] = 0
    base, accents = np.array([_without_accents(letter) for letter in spelled]).T
    default_variants = {"l": flat, "k": (fine % KINDS)[which], "f": fine[which]}
    default_variants |= {"b": base[which], "a": accents[which]}
    for name, classes in zip("or", influence, strict=True):
        default_variants[name] = np.array([classes.get(letter, UNKNOWN) for letter in spelled])[
            which
        ]
    default_variants["d"] = np.append(0, (flat[1:] == flat[:-1]) & (flat[1:] != _BOUNDARY)).astype(
        int
    )
    lengths = np.array([len(word) for word in words], int)
    starts = np.cumsum(lengths) - lengths
    owner = np.repeat(np.arange(len(words)), lengths)
    vowels = np.cumsum(default_variants["k"] == VOWEL)
    last = place[(starts + lengths - 1)[owner]]
    first = place[starts[owner]]
    left = vowels[place - 1] - vowels[first - 1]
    syllables = vowels[last] - vowels[place]
    parts = {"left": np.minimum(left, 3), "right": np.minimum(syllables, 3), "syllables": syllables}
    for offset in range(-REACH, REACH + 1):
        for name, values in default_variants.items():
            parts[f"{name}{offset:+d}"] = values[place + offset]
    ends = [flat[last - back] for back in range(4)]
    for length in (2, 3, 4):
        parts[f"end{length}"] = mix(*ends[:length])
    return Windows(parts, starts, lengths)


def letter_contexts(parts: Mapping[str, np.ndarray]) -> list[tuple[int, Codes]]:
    """(number of the template, its codes) of the templates that look at letters alone."""
    return [
        (number, mix(number, *(parts[name] for name in names)))
        for number, (names, reading) in enumerate(_NAMES)
        if not reading
    ]


def reading_contexts(parts: Mapping[str, np.ndarray], history: History) -> list[tuple[int, Codes]]:
    """The same of those that look at what was said."""
    parts = {**parts, **history._asdict()}
    return [
        (number, mix(number, *(parts[name] for name in names)))
        for number, (names, reading) in enumerate(_NAMES)
        if reading
    ]


KINDS = 8
UNKNOWN, VOWEL = 6, 1  # kinds; 0 is no letter


def _without_accents(letter: str) -> tuple[int, int]:
    """The letter that bears the accents, and a code of them."""
    if not unicodedata.category(letter).startswith("L"):
        return ord(letter), 0
    base, *accents = unicodedata.normalize("NFD", letter)
    return ord(base), code_of("".join(accents)) if accents else 0
