"""What is meta-learned of pronunciation over languages, and how it reads a new one."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from yingshe.applications.languages.pronounce.align import Aligned, align
from yingshe.applications.languages.pronounce.choice import Weights, fit
from yingshe.applications.languages.pronounce.contexts import TEMPLATES
from yingshe.applications.languages.pronounce.lexicon import Entry, letters_of
from yingshe.applications.languages.pronounce.reader import (
    Reader,
    Spelling,
    choices_of,
    counts_of,
)
from yingshe.applications.languages.pronounce.sounds import SoundPrior

_FIRST_DEVIATION = 0.6
_FIRST_TRUST = 0.3
_MOST_LOST = 0.01  # share of words that are given up before letters stand for more
_STRENGTH = 1.0  # pseudo-counts of the sound prior, a letter, while words are aligned


class PronounceLearner(eqx.Module):
    """A Gaussian prior over the weights of a language, and what letters stand for elsewhere."""

    log_deviations: Float[Array, " templates"]
    """Logarithms of the prior standard deviations of weights, one a template."""
    log_trust: Float[Array, ""]
    """Of how much the sound prior's log-chances count."""
    sounds: SoundPrior = eqx.field(static=True)

    def __init__(self, sounds: SoundPrior):
        """Before meta-training: all templates alike."""
        self.log_deviations = jnp.full(len(TEMPLATES), jnp.log(_FIRST_DEVIATION))
        self.log_trust = jnp.log(jnp.asarray(_FIRST_TRUST))
        self.sounds = sounds

    @property
    def deviations(self) -> Float[np.ndarray, " templates"]:
        return np.exp(np.asarray(self.log_deviations, float))

    @property
    def trust(self) -> float:
        return float(np.exp(self.log_trust))

    def align(self, entries: Sequence[Entry]) -> list[Aligned | None]:
        """Entries with the phonemes of each letter; None where there are too many phonemes.

        A letter stands for two at most; for three where otherwise many words could not be aligned,
        as in scripts whose consonants carry a vowel that may be a diphthong.
        """
        words = [(letters_of(entry.word), entry.phonemes) for entry in entries]
        prior = self.sounds.table_of if self.sounds.table else None
        found = align(words, prior=prior, strength=_STRENGTH)
        if found.count(None) > _MOST_LOST * len(found):
            found = align(words, prior=prior, strength=_STRENGTH, longest=3)
        return found

    def read(self, entries: Sequence[Entry]) -> Reader:
        """The language of these words; with none, what is expected of any language."""
        words = [word for word in (self.align(entries) if entries else []) if word is not None]
        spelling = Spelling(counts_of(words), self.sounds, self.trust)
        choices = choices_of(words, spelling) if words else None
        if choices is None or not len(choices.starts):  # every letter is always said alike
            return Reader(spelling, Weights(np.zeros(0, np.uint64), np.zeros(0)))
        return Reader(spelling, fit(choices, self.deviations).weights)
