"""Synthetic language with known pronunciation rules, for demonstrations and tests."""

import re
from collections.abc import Sequence

import numpy as np

from yingshe.applications.languages.g2p.tasks import Entry

SELVAN = (
    # (letters, phonemes, context); the first rule that matches applies, from left to right
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
"""Rules of Selvan, an artificial language: soft c and g, voiced s between vowels, weak final e."""
_ONSETS = [
    *("b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v"),
    *("br", "dr", "fl", "gr", "kl", "pr", "st", "tr", "sj", "tj", "lh"),
]
_NUCLEI = ["a", "e", "i", "o", "u", "á", "é", "í", "ó", "ú", "y"]
_NUCLEUS_PROBS = np.array([4, 4, 3, 3, 2, 1, 1, 1, 1, 1, 1]) / 22
_CODAS = ["l", "m", "n", "r", "s", "ng", "x", "t"]


def apply_rules(word: str, rules: Sequence[tuple[str, str, str]] = SELVAN) -> tuple[str, ...]:
    """Return the phonemes of a word by ordered rewrite rules.

    Args:
        word: Word to pronounce.
        rules: Triples of letters, phonemes separated by spaces, and a regular expression of the
            context. The expression is matched where the letters end; a lookbehind there includes
            the letters themselves.

    Returns:
        The phonemes.

    Raises:
        ValueError: No rule matches at some letter.
    """
    phonemes: list[str] = []
    place = 0
    while place < len(word):
        for letters, output, context in rules:
            end = place + len(letters)
            if word.startswith(letters, place) and re.compile(context).match(word, end):
                phonemes += output.split()
                place = end
                break
        else:
            raise ValueError(f"No rule matches {word[place]!r} in {word!r}.")
    return tuple(phonemes)


def generate_lexicon(num_words: int, seed: int) -> list[Entry]:
    """Generate different words of Selvan and their pronunciations.

    Args:
        num_words: Number of words.
        seed: Seed of the random draws.

    Returns:
        One entry per word.
    """
    generator = np.random.default_rng(seed)
    words: dict[str, None] = {}
    while len(words) < num_words:
        syllables = generator.choice([1, 2, 3], p=[0.2, 0.5, 0.3])
        word = "".join(
            str(generator.choice(_ONSETS) if generator.random() < 0.85 or not i else "")
            + str(generator.choice(_NUCLEI, p=_NUCLEUS_PROBS))
            + str(generator.choice(_CODAS) if generator.random() < 0.25 else "")
            for i in range(syllables)
        )
        words[word] = None
    return [Entry(word, apply_rules(word)) for word in words]
