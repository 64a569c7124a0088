"""Letters as numbers that languages share, whatever their script."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from anyascii import anyascii
from jaxtyping import Array, Int, PRNGKeyArray

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


def disguise(key: PRNGKeyArray) -> Int[Array, " alphabet"]:
    """Other numbers for the same letters, as if they were of a script never met.

    Nothing stays nothing.
    """
    base_key, variant_key = jax.random.split(key)
    base = 1 + jax.random.permutation(base_key, _OTHER)
    variant = 1 + _OTHER + jax.random.permutation(variant_key, VARIANTS)
    return jnp.concatenate([jnp.zeros(1, int), base, variant])
