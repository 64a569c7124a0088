"""Pairs of word and lemma: dictionaries of many languages (simplemma), and a user's files."""

import functools
import os
import random
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from yingshe.errors import UserError, did_you_mean
from yingshe.tasks.table import read_frame

TRAIN = (
    *("ar", "ast", "ca", "da", "de", "en", "enm", "es", "fa", "fi", "ga", "gd", "gl", "gv", "hbs"),
    *("id", "la", "lb", "lt", "ml", "ms", "nb", "nn", "pl", "pt", "ro", "se", "sl", "sv"),
)
"""Languages of meta-training, by their codes in simplemma."""
VALIDATION = ("fr", "hu", "hy", "ru", "tl", "uk")
"""Languages on which settings were chosen."""
TEST = (
    *("bg", "cs", "cy", "el", "eo", "et", "grc", "he", "hi", "is", "it", "ka", "lv", "mk", "nl"),
    *("sk", "sq", "tr"),
)
"""Languages of the reported figures. Close relatives are in one part: bg and mk; cs and sk; da, nb,
nn and sv; ast, ca, es, gl and pt; de and lb; el and grc; en and enm; ga, gd and gv; hbs and sl; id
and ms; ru and uk."""
MAX_FORMS = 60_000
"""Forms of a language that are sampled from; dictionaries have up to 3.7 million."""
_MAX_LETTERS = 30
_MIN_LEMMAS = 3_000

WordPair = tuple[str, str]
"""A word and its lemma."""


class SupportQuery(NamedTuple):
    """Pairs for adaptation, and pairs of other lemmas for evaluation."""

    support: list[WordPair]
    query: list[WordPair]


@functools.lru_cache(maxsize=64)
def load_words(language: str, max_forms: int = MAX_FORMS) -> list[WordPair]:
    """Load pairs of word and lemma from a language's dictionary in simplemma.

    Forms of one letter, of more than 30 letters, and with digits or spaces are left out.

    Args:
        language: Code of a language in `TRAIN`, `VALIDATION` or `TEST`.
        max_forms: Number of forms that are sampled from the dictionary, uniformly.

    Returns:
        The pairs; always the same for a language.

    Raises:
        UserError: The language is in no part.
    """
    known = (*TRAIN, *VALIDATION, *TEST)
    if language not in known:
        raise UserError(f"There is no language '{language}'." + did_you_mean(language, known))
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    dictionary = DefaultDictionaryFactory(cache_max_size=1).get_dictionary(language)
    forms = list(dictionary)
    sample = random.Random(f"yingshe {language}").sample(forms, min(max_forms, len(forms)))
    pairs = [(word, dictionary[word]) for word in sample]
    return [pair for pair in pairs if all(map(_is_word, pair))]


def sample_split(
    language: str, generator: random.Random, num_support: int, num_query: int
) -> SupportQuery:
    """Sample a support and a query without a common lemma.

    The first k pairs of the support are a sample of k pairs: larger supports hold smaller ones.

    Args:
        language: Code of the language.
        generator: Source of randomness.
        num_support: Pairs of the support.
        num_query: Pairs of the query.

    Returns:
        Support and query; no pair is in either twice.

    Raises:
        UserError: The language has too few words.
    """
    return _sample_from(load_words(language), language, generator, num_support, num_query)


def sample_reweighted_split(
    language: str, generator: random.Random, num_support: int, num_query: int
) -> SupportQuery:
    """Sample a support and a query in which other endings are frequent than in the language.

    A random fraction of the words with each last letter is selected, and of the lemmas likewise.
    Where this would leave fewer than 3,000 lemmas, all words are used.

    Args:
        language: Code of the language.
        generator: Source of randomness.
        num_support: Pairs of the support.
        num_query: Pairs of the query.

    Returns:
        Support and query, as from `sample_split`.

    Raises:
        UserError: The language has too few words.
    """
    words = load_words(language)
    word_rate: dict[str, float] = {}
    lemma_rate: dict[str, float] = {}
    selected = [
        (word, lemma)
        for word, lemma in words
        if generator.random()
        < word_rate.setdefault(word[-1], generator.random())
        * lemma_rate.setdefault(lemma[-1], generator.random() ** 1.5)
    ]
    enough = len({lemma for _, lemma in selected}) >= _MIN_LEMMAS
    pairs = selected if enough else words
    return _sample_from(pairs, language, generator, num_support, num_query)


def read_pairs(
    path: str | os.PathLike, *, word: str = "word", lemma: str = "lemma"
) -> list[WordPair]:
    """Read pairs of word and lemma of a table; warn of incomplete rows, which are left out.

    Args:
        path: Table, in any format that `yingshe train` reads.
        word: Column of the words.
        lemma: Column of the lemmas.

    Returns:
        The pairs, in the order of the rows.

    Raises:
        UserError: A column is missing, or no row is complete.
    """
    frame = read_frame(Path(path))
    for column in (word, lemma):
        if column not in frame.columns:
            raise UserError(
                f"{path} has no column '{column}'." + did_you_mean(column, frame.columns)
            )
    rows = list(zip(frame[word].to_list(), frame[lemma].to_list(), strict=True))
    pairs = [(str(a).strip(), str(b).strip()) for a, b in rows if a is not None and b is not None]
    if not pairs:
        raise UserError(f"{path} holds no pair of a word and its lemma.")
    if num_incomplete := len(rows) - len(pairs):
        warnings.warn(
            f"{path}: {num_incomplete} of {len(rows)} rows lack a word or a lemma.", stacklevel=2
        )
    return pairs


def read_words(path: str | os.PathLike) -> list[str]:
    """Read the words of a text file, one word per line.

    Args:
        path: UTF-8 text.

    Returns:
        The words, without empty lines.

    Raises:
        UserError: The file is missing, or is not UTF-8 text.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    return [line.strip() for line in lines if line.strip()]


def _sample_from(
    pairs: Sequence[WordPair],
    language: str,
    generator: random.Random,
    num_support: int,
    num_query: int,
) -> SupportQuery:
    sample = generator.sample(pairs, min(len(pairs), num_support + 3 * num_query + 200))
    support, rest = sample[:num_support], sample[num_support:]
    observed = {lemma for _, lemma in support}
    query = [pair for pair in rest if pair[1] not in observed][:num_query]
    if len(query) < num_query:
        raise UserError(
            f"'{language}' has too few words for a support of {num_support} and a query of "
            f"{num_query}."
        )
    return SupportQuery(support, query)


def _is_word(text: str) -> bool:
    return 1 < len(text) <= _MAX_LETTERS and not any(c.isdigit() or c.isspace() for c in text)
