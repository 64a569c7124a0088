"""Languages of our own making: for demonstrations, and for tests, which no dictionary may enter."""

import re
from collections.abc import Sequence

import numpy as np

from yingshe.applications.languages.g2p.lexicon import Entry

SELVAN = (
    # (letters, phonemes, where); the first that fits is said, from left to right
    ("sj", "ʃ", ""),
    ("tj", "t͡ʃ", ""),
    ("ng", "ŋ", "(?![aeiouáéíóúy])"),
    ("ng", "ŋ ɡ", ""),
    ("lh", "ʎ", ""),
    ("c", "t͡s", "(?=[eiéíy])"),
    ("c", "k", ""),
    ("g", "ʝ", "(?=[eiéíy])"),
    ("g", "ɡ", ""),
    ("h", "x", ""),
    ("x", "k s", ""),
    ("s", "z", "(?<=[aeiouáéíóúy].)(?=[aeiouáéíóúy])"),
    ("e", "ə", "(?![a-záéíóú])"),
    ("y", "y", ""),
    ("á", "aː", ""),
    ("é", "eː", ""),
    ("í", "iː", ""),
    ("ó", "oː", ""),
    ("ú", "uː", ""),
    *((letter, letter, "") for letter in "aeioubdfjklmnprstv"),
)
"""Selvan, a language nobody speaks: soft c and g, a voiced s between vowels, a weak last e."""
_ONSETS = [
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "br",
    "dr",
    "fl",
    "gr",
    "kl",
    "pr",
    "st",
    "tr",
    "sj",
    "tj",
    "lh",
]
_NUCLEI = ["a", "e", "i", "o", "u", "á", "é", "í", "ó", "ú", "y"]
_CODAS = ["l", "m", "n", "r", "s", "ng", "x", "t"]


def say(word: str, rules: Sequence[tuple[str, str, str]] = SELVAN) -> tuple[str, ...]:
    """The phonemes of a word by rules (letters, phonemes, a pattern of what stands default_variants).

    The pattern is matched where the letters end; one that looks back sees them as its last.
    """
    phonemes: list[str] = []
    place = 0
    while place < len(word):
        for letters, said, default_variants in rules:
            end = place + len(letters)
            if word.startswith(letters, place) and re.compile(default_variants).match(word, end):
                phonemes += said.split()
                place = end
                break
        else:
            raise ValueError(f"No rule says {word[place]!r} in {word!r}.")
    return tuple(phonemes)


def invent(number: int, seed: int) -> list[Entry]:
    """So many different words of Selvan."""
    draw = np.random.default_rng(seed)
    words: dict[str, None] = {}
    while len(words) < number:
        syllables = draw.choice([1, 2, 3], p=[0.2, 0.5, 0.3])
        word = "".join(
            str(draw.choice(_ONSETS) if draw.random() < 0.85 or not i else "")
            + str(draw.choice(_NUCLEI, p=_WEIGHTS))
            + str(draw.choice(_CODAS) if draw.random() < 0.25 else "")
            for i in range(syllables)
        )
        words[word] = None
    return [Entry(word, say(word)) for word in words]


_WEIGHTS = np.array([4, 4, 3, 3, 2, 1, 1, 1, 1, 1, 1]) / 22
