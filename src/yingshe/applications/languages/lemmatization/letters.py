"""Letters as numbers that languages share, whatever their script, and the shapes of words."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from anyascii import anyascii
from jaxtyping import Array, Int, PRNGKeyArray

ALPHABET = 28
"""How many numbers there are: nothing, a to z, another sign."""
_OTHER = 27
_VOWELS = "aeiouy"


@functools.lru_cache(maxsize=65536)
def code(letter: str) -> int:
    """The number of the letter that it is transliterate to; 0 where there is none.

    So that а and a, or é and e, are the same.
    """
    if not letter:
        return 0
    plain = anyascii(letter).lower()[:1]
    return ord(plain) - ord("a") + 1 if "a" <= plain <= "z" else _OTHER


def codes(letters: Sequence[str]) -> list[int]:
    """The number of each letter."""
    return [code(letter) for letter in letters]


def shape(text: str) -> str:
    """The text transliterate, letter by letter, with all vowels alike, and all other signs.

    So that -hoz and -hez, or -ból and -ből, are the same ending.
    """
    return "".join(map(_sound, text))


def disguise(key: PRNGKeyArray) -> Int[Array, " alphabet"]:
    """Other numbers for the same letters, as if they were of a language never met.

    Vowels stay vowels, consonants stay consonants; nothing and other signs stay as they are.
    """
    vowels = np.array(codes(_VOWELS))
    consonants = np.setdiff1d(np.arange(1, _OTHER), vowels)
    to = jnp.arange(ALPHABET)
    for part, part_key in zip((vowels, consonants), jax.random.split(key), strict=True):
        to = to.at[part].set(jax.random.permutation(part_key, part))
    return to


@functools.lru_cache(maxsize=65536)
def _sound(letter: str) -> str:
    plain = anyascii(letter).lower()[:1]
    if plain in _VOWELS and plain:
        return "V"
    return plain if "a" <= plain <= "z" else "."
