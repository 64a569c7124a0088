"""Words of many languages and their lemmas, out of the package simplemma, and their parts."""

import functools
import random
from collections.abc import Sequence
from typing import NamedTuple

from yingshe.errors import UserError, did_you_mean

TRAIN = (
    *("ar", "ast", "ca", "da", "de", "en", "enm", "es", "fa", "fi", "ga", "gd", "gl", "gv", "hbs"),
    *("id", "la", "lb", "lt", "ml", "ms", "nb", "nn", "pl", "pt", "ro", "se", "sl", "sv"),
)
"""Languages of meta-training, by their codes in simplemma."""
VALIDATION = ("fr", "hu", "hy", "ru", "tl", "uk")
"""Those that settings were chosen on."""
TEST = (
    *("bg", "cs", "cy", "el", "eo", "et", "grc", "he", "hi", "is", "it", "ka", "lv", "mk", "nl"),
    *("sk", "sq", "tr"),
)
"""Those of meta-test. Close relatives (bg and mk; cs and sk; da, nb, nn and sv; ast, ca, es, gl and
pt; de and lb; el and grc; en and enm; ga, gd and gv; hbs and sl; id and ms; ru and uk) are together
in one part."""
KEPT = 60_000
"""Forms of a language that draws are made from, of its dictionary's up to 3.7 million."""
_LONGEST = 30  # letters
_ENOUGH = 3_000  # lemmas


class Draw(NamedTuple):
    """Pairs to read, and pairs to be judged on: no lemma is in both."""

    support: list[tuple[str, str]]
    query: list[tuple[str, str]]


@functools.lru_cache(maxsize=64)
def words_of(language: str, kept: int = KEPT) -> list[tuple[str, str]]:
    """(word, lemma) pairs of a language: forms of its dictionary, each as likely as any other.

    Forms of one letter, of more than 30, and with digits or spaces are left out. Raises UserError
    where the language is in no part.
    """
    known = (*TRAIN, *VALIDATION, *TEST)
    if language not in known:
        raise UserError(f"There is no language '{language}'." + did_you_mean(language, known))
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    dictionary = DefaultDictionaryFactory(cache_max_size=1).get_dictionary(language)
    forms = list(dictionary)
    chosen = random.Random(f"yingshe {language}").sample(forms, min(kept, len(forms)))
    pairs = [(word, dictionary[word]) for word in chosen]
    return [pair for pair in pairs if all(map(_is_word, pair))]


def draw(language: str, generator: random.Random, read: int, judged: int) -> Draw:
    """So many pairs to read, and so many of other lemmas to be judged on, no pair twice.

    The first k pairs to read are a draw of k pairs: larger supports hold the smaller ones. Raises
    UserError where the language has too few words.
    """
    return _draw_from(words_of(language), language, generator, read, judged)


def draw_varied(language: str, generator: random.Random, read: int, judged: int) -> Draw:
    """The same from some of the words, as if of a language in which other endings are common.

    How many of the words with a last letter are kept is drawn, and so for the lemmas with one.
    Where few lemmas would stay, all words do.
    """
    words = words_of(language)
    of_words: dict[str, float] = {}
    of_lemmas: dict[str, float] = {}
    kept = [
        (word, lemma)
        for word, lemma in words
        if generator.random()
        < of_words.setdefault(word[-1], generator.random())
        * of_lemmas.setdefault(lemma[-1], generator.random() ** 1.5)
    ]
    enough = len({lemma for _, lemma in kept}) >= _ENOUGH
    return _draw_from(kept if enough else words, language, generator, read, judged)


def _draw_from(
    words: Sequence[tuple[str, str]],
    language: str,
    generator: random.Random,
    read: int,
    judged: int,
) -> Draw:
    chosen = generator.sample(words, min(len(words), read + 3 * judged + 200))
    support, rest = chosen[:read], chosen[read:]
    seen = {lemma for _, lemma in support}
    query = [pair for pair in rest if pair[1] not in seen][:judged]
    if len(query) < judged:
        raise UserError(f"'{language}' has too few words for {read} to read and {judged} others.")
    return Draw(support, query)


def _is_word(text: str) -> bool:
    return 1 < len(text) <= _LONGEST and not any(c.isdigit() or c.isspace() for c in text)
