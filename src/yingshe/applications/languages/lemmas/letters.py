"""Letters as numbers that languages share, whatever their script."""

import functools
from collections.abc import Sequence

import numpy as np
from anyascii import anyascii
from jaxtyping import Int

_OTHER = 27
VARIANTS = 16
ALPHABET = 28 + VARIANTS
"""How many numbers there are: nothing, a to z, another sign; then plain, and 15 kinds not plain."""


@functools.lru_cache(maxsize=65536)
def code(letter: str) -> tuple[int, int]:
    """The letter that it is romanised to (0 where there is none) and which of its variants it is.

    So that а and a, or é and e, are alike, and yet are not the same.
    """
    if not letter:
        return 0, 28
    plain = anyascii(letter).lower()[:1]
    base = ord(plain) - ord("a") + 1 if "a" <= plain <= "z" else _OTHER
    variant = 0 if letter.isascii() else 1 + ord(letter) % (VARIANTS - 1)
    return base, 28 + variant


def codes(letters: Sequence[str]) -> list[int]:
    """The two numbers of each letter, one after another."""
    return [number for letter in letters for number in code(letter)]


def disguise(generator: np.random.Generator) -> Int[np.ndarray, " alphabet"]:
    """Other numbers for the same letters, as if they were of a script never met.

    Nothing stays nothing.
    """
    to = np.arange(ALPHABET)
    to[1:28] = 1 + generator.permutation(27)
    to[28:] = 28 + generator.permutation(VARIANTS)
    return to
