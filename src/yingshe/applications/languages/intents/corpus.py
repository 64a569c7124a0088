"""Sentences of a language with their intents, by template, from the package's own data."""

import functools
from collections import Counter
from dataclasses import dataclass

import home_assistant_intents
import numpy as np
from jaxtyping import Int

from yingshe.applications.languages.intents.templates import Grammar
from yingshe.errors import UserError, did_you_mean

_MOST_TEMPLATES = 24  # of an intent: some have hundreds that differ in an article
_TRIES = 4  # to draw one more sentence of a template that is not there yet


@dataclass(frozen=True)
class Corpus:
    """Sentences of one language, drawn from templates."""

    language: str
    sentences: tuple[str, ...]
    intents: tuple[str, ...]
    """Names, sorted."""
    intent: Int[np.ndarray, " sentences"]
    """Of each sentence, its place in `intents`."""
    template: Int[np.ndarray, " sentences"]
    """Of each sentence; the numbers of different intents are different."""


def languages() -> list[str]:
    """The languages of the package, by their codes."""
    return sorted(home_assistant_intents.get_languages())


@functools.lru_cache(maxsize=128)
def corpus(language: str, *, seed: int = 0, variants: int = 4) -> Corpus:
    """At most `variants` different sentences of each of at most 24 templates of every intent.

    Templates that several intents share are left out, as nobody could tell whose they are, and so
    is a sentence that another template gave before. Raises UserError for an unknown language.
    """
    data = home_assistant_intents.get_intents(language)
    if data is None:
        raise UserError(
            f"There are no intents in '{language}'." + did_you_mean(language, languages())
        )
    grammar = Grammar(data["expansion_rules"], data["lists"])
    generator = np.random.default_rng((seed, *language.encode()))
    templates = {
        name: sorted({text for block in intent["data"] for text in block["sentences"]})
        for name, intent in sorted(data["intents"].items())
    }
    shared = Counter(text for texts in templates.values() for text in texts)
    sentences: dict[str, tuple[int, int]] = {}
    number = 0
    for place, texts in enumerate(templates.values()):
        own = [text for text in texts if shared[text] == 1]
        for i in generator.permutation(len(own))[:_MOST_TEMPLATES]:
            drawn = (grammar.draw(own[i], generator) for _ in range(_TRIES * variants))
            fresh = dict.fromkeys(s for s in drawn if s and s not in sentences)
            for sentence in list(fresh)[:variants]:
                sentences[sentence] = place, number
            number += 1
    intent, template = np.array(list(sentences.values()), int).reshape(-1, 2).T
    return Corpus(language, tuple(sentences), tuple(templates), intent, template)
