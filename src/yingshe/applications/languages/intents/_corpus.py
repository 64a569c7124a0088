"""Sentences with their intents, sampled from templates of the package home-assistant-intents."""

import functools
from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from yingshe.applications.languages.intents._templates import Grammar
from yingshe.errors import UserError, did_you_mean

_MAX_TEMPLATES = 24  # of an intent: some have hundreds that differ in an article
_TRIES = 4  # attempts per new sentence of a template


@dataclass(frozen=True)
class Corpus:
    """Sentences of one language, sampled from templates."""

    language: str
    sentences: tuple[str, ...]
    intents: tuple[str, ...]
    """Sorted names."""
    intent_ids: Int[np.ndarray, " sentences"]
    """Position in `intents` of each sentence's intent."""
    template_ids: Int[np.ndarray, " sentences"]
    """Number of each sentence's template; different intents have different numbers."""

    def get_labels(self) -> list[str]:
        """Return the name of each sentence's intent."""
        return [self.intents[i] for i in self.intent_ids]


def list_languages() -> list[str]:
    """Return the codes of the languages that the package has."""
    import home_assistant_intents

    return sorted(home_assistant_intents.get_languages())


@functools.lru_cache(maxsize=128)
def load_corpus(language: str, *, seed: int = 0, variants: int = 4) -> Corpus:
    """Sample sentences of every intent of a language.

    Templates that several intents share are left out, because their sentences are ambiguous. A
    sentence that another template gave before is left out too.

    Args:
        language: Code of the language.
        seed: Seed of the sampling.
        variants: Largest number of sentences per template; an intent has at most 24 templates.

    Returns:
        The corpus; the same seed gives the same corpus.

    Raises:
        UserError: The package has no such language.
    """
    import home_assistant_intents

    data = home_assistant_intents.get_intents(language)
    if data is None:
        raise UserError(
            f"There are no intents in '{language}'." + did_you_mean(language, list_languages())
        )
    grammar = Grammar(data["expansion_rules"], data["lists"])
    generator = np.random.default_rng((seed, *language.encode()))
    templates = {
        name: sorted({text for block in intent["data"] for text in block["sentences"]})
        for name, intent in sorted(data["intents"].items())
    }
    counts = Counter(text for texts in templates.values() for text in texts)
    sentences: dict[str, tuple[int, int]] = {}
    template_id = 0
    for intent_id, texts in enumerate(templates.values()):
        unique = [text for text in texts if counts[text] == 1]
        for i in generator.permutation(len(unique))[:_MAX_TEMPLATES]:
            samples = (grammar.sample(unique[i], generator) for _ in range(_TRIES * variants))
            fresh = dict.fromkeys(s for s in samples if s and s not in sentences)
            for sentence in list(fresh)[:variants]:
                sentences[sentence] = intent_id, template_id
            template_id += 1
    intent_ids, template_ids = np.array(list(sentences.values()), int).reshape(-1, 2).T
    return Corpus(language, tuple(sentences), tuple(templates), intent_ids, template_ids)
