"""Transliteration to plain Latin letters, with the package anyascii."""

import functools
import re

from yingshe.errors import UserError


@functools.lru_cache(maxsize=65536)
def transliterate(word: str) -> str:
    """Return a word in lower-case Latin letters and digits, without anything else.

    *světlo*, *свет* and *svetlo* become comparable.

    Args:
        word: A word in any script.

    Returns:
        Characters a to z and 0 to 9; "" where nothing is left.

    Raises:
        UserError: The package anyascii is not installed.
    """
    return re.sub(r"[^a-z0-9]", "", _to_ascii(word))


@functools.lru_cache(maxsize=65536)
def transliterate_letter(letter: str) -> str:
    """Return the first character of a letter's transliteration, in lower case.

    Args:
        letter: One letter of any script.

    Returns:
        One ASCII character; "" where the letter has no transliteration.

    Raises:
        UserError: The package anyascii is not installed.
    """
    return _to_ascii(letter)[:1]


def _to_ascii(text: str) -> str:
    try:
        from anyascii import anyascii  # of the extra `languages`
    except ImportError as error:
        raise UserError(
            "Transliteration needs the package anyascii, which is not installed: "
            "pip install 'yingshe[languages]'."
        ) from error
    return anyascii(text).lower()
