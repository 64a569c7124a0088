"""What is meta-learned of pronunciation over languages, and how it reads a new one."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from yingshe.applications.languages.g2p.align import Aligned, align
from yingshe.applications.languages.g2p.choice import TOLERANCE, Weights, fit
from yingshe.applications.languages.g2p.contexts import TEMPLATES
from yingshe.applications.languages.g2p.lexicon import Entry, letters_of
from yingshe.applications.languages.g2p.reader import (
    Reader,
    Spelling,
    choices_of,
)
from yingshe.applications.languages.g2p.reranking import Reranker
from yingshe.applications.languages.g2p.sounds import SoundPrior

_FIRST_DEVIATION = 0.6
_FIRST_TRUST = 0.3
_FEWEST_RERANKED = 40  # words, below which they do not tell how a whole word sounds
_JUDGED = 250  # words that tell it, at most, after as many others were read
_ROUGH = 1e-3  # tolerance of the weights of a first reader
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
        """Entries with the phonemes of each letter; None where there are too many phonemes."""
        words = [(letters_of(entry.word), entry.phonemes) for entry in entries]
        prior = self.sounds.table_of if self.sounds.table else None
        return align(words, prior=prior, strength=_STRENGTH)

    def read(self, entries: Sequence[Entry]) -> Reader:
        """The language of these words; with none, what is expected of any language.

        What is likely of whole words is learned from some that a reader of others did not read. The
        order of the entries does not matter.
        """
        words = [word for word in (self.align(entries) if entries else []) if word is not None]
        if len(words) < _FEWEST_RERANKED:
            return self._fit(words)
        spoken = [tuple(p for chunk in word.chunks for p in chunk) for word in words]
        some, judged = _halves(words)
        first = self._fit([words[i] for i in some], tolerance=_ROUGH)
        ways = first([words[i].letters for i in judged])
        said = [spoken[i] for i in judged]
        reranker = Reranker([spoken[i] for i in some])
        weights = reranker.fit(list(zip(ways, said, strict=True)))
        whole = self._fit(words, start=first.weights)
        return Reader(whole.spelling, whole.weights, Reranker(spoken, weights))

    def _fit(
        self, words: Sequence[Aligned], start: Weights | None = None, tolerance: float = TOLERANCE
    ) -> Reader:
        spelling = Spelling(words, self.sounds, self.trust)
        choices = choices_of(words, spelling) if words else None
        if choices is None or not len(choices.starts):  # every letter is always said alike
            return Reader(spelling, Weights(np.zeros(0, np.uint64), np.zeros(0)))
        found = fit(choices, self.deviations, start=start, tolerance=tolerance)
        return Reader(spelling, found.weights)


def _halves(words: Sequence[Aligned]) -> tuple[list[int], list[int]]:
    """Numbers of words to read first, and of others to judge that by; no word is in both."""
    spelled = sorted({word.letters for word in words})
    place = dict(zip(spelled, np.random.default_rng(0).permutation(len(spelled)), strict=True))
    order = sorted(range(len(words)), key=lambda i: (place[words[i].letters], words[i].chunks))
    parts = ([i for i in order if place[words[i].letters] % 2 == half] for half in (0, 1))
    some, judged = (part[:_JUDGED] for part in parts)
    return some, judged
