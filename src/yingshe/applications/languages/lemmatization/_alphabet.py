"""Letters of all scripts as numbers of one alphabet, by transliteration."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PRNGKeyArray

from yingshe.text.transliterate import transliterate_letter

ALPHABET_SIZE = 28
"""Number of ids: 0 for no letter, 1 to 26 for a to z, 27 for any other sign."""
_OTHER = 27
_VOWELS = "aeiouy"


@functools.lru_cache(maxsize=65536)
def letter_id(letter: str) -> int:
    """Return the id of a letter; а and a, or é and e, have the same.

    Args:
        letter: One letter of any script, or "".

    Returns:
        Id below `ALPHABET_SIZE`; 0 for "".
    """
    if not letter:
        return 0
    latin = transliterate_letter(letter)
    return ord(latin) - ord("a") + 1 if "a" <= latin <= "z" else _OTHER


def letter_ids(letters: Sequence[str]) -> list[int]:
    """Return the ids of letters.

    Args:
        letters: Letters of any script.

    Returns:
        One id for each letter.
    """
    return [letter_id(letter) for letter in letters]


def vowel_skeleton(text: str) -> str:
    """Return the transliterated text with V for every vowel and a dot for other signs.

    The endings -hoz and -hez, or -ból and -ből, have the same skeleton.

    Args:
        text: A text of any script.

    Returns:
        One character for each letter.
    """
    return "".join(map(_sound_class, text))


def permute_letters(key: PRNGKeyArray) -> Int[Array, " alphabet"]:
    """Return a random permutation of letter ids that maps vowels to vowels.

    Consonants map to consonants; the ids of no letter and of other signs stay.

    Args:
        key: PRNG key.

    Returns:
        New id of each id.
    """
    vowels = np.array(letter_ids(_VOWELS))
    consonants = np.setdiff1d(np.arange(1, _OTHER), vowels)
    permuted = jnp.arange(ALPHABET_SIZE)
    for part, part_key in zip((vowels, consonants), jax.random.split(key), strict=True):
        permuted = permuted.at[part].set(jax.random.permutation(part_key, part))
    return permuted


@functools.lru_cache(maxsize=65536)
def _sound_class(letter: str) -> str:
    latin = transliterate_letter(letter)
    if latin and latin in _VOWELS:
        return "V"
    return latin if "a" <= latin <= "z" else "."
