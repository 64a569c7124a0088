"""Meta-learned prior of grapheme-to-phoneme conversion, and how it adapts to a language."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from yingshe.applications.languages.g2p._alignment import AlignedWord, align
from yingshe.applications.languages.g2p._feature_templates import TEMPLATES
from yingshe.applications.languages.g2p._grapheme_prior import GraphemePrior
from yingshe.applications.languages.g2p._log_linear import TOLERANCE, Weights, fit
from yingshe.applications.languages.g2p._reranking import Reranker
from yingshe.applications.languages.g2p.decoder import (
    BeamDecoder,
    CandidateTable,
    make_decisions,
)
from yingshe.applications.languages.g2p.tasks import Entry, split_letters

_INITIAL_STD = 0.6
_INITIAL_SCALE = 0.3
_MIN_RERANKED = 40  # words, below which reranking weights cannot be learned
_MAX_HALF = 250  # words in each half from which reranking weights are learned
_ROUGH_TOLERANCE = 1e-3  # tolerance of the decoder that reranking weights are learned with
_ALIGNMENT_STRENGTH = 1.0  # pseudo-counts of the grapheme prior per letter, in alignment


class G2PPrior(eqx.Module):
    """Gaussian prior over the weights of a language, and a cross-lingual prior over chunks.

    Args:
        grapheme_prior: Chunks that letters stand for in other languages.
    """

    log_prior_stds: Float[Array, " templates"]
    """Logarithm of the prior standard deviation of the weights of each template."""
    log_prior_scale: Float[Array, ""]
    """Logarithm of the factor on the grapheme prior's log-probabilities."""
    grapheme_prior: GraphemePrior = eqx.field(static=True)

    def __init__(self, grapheme_prior: GraphemePrior):
        self.log_prior_stds = jnp.full(len(TEMPLATES), jnp.log(_INITIAL_STD))
        self.log_prior_scale = jnp.log(jnp.asarray(_INITIAL_SCALE))
        self.grapheme_prior = grapheme_prior

    @property
    def prior_stds(self) -> Float[np.ndarray, " templates"]:
        """Return the prior standard deviation of the weights of each template."""
        return np.exp(np.asarray(self.log_prior_stds, float))

    @property
    def prior_scale(self) -> float:
        """Return the factor on the grapheme prior's log-probabilities."""
        return float(np.exp(self.log_prior_scale))

    def align(self, entries: Sequence[Entry]) -> list[AlignedWord | None]:
        """Align the letters and phonemes of entries.

        Args:
            entries: Words and their phonemes.

        Returns:
            One aligned word for each entry, None where there are too many phonemes.
        """
        words = [(split_letters(entry.word), entry.phonemes) for entry in entries]
        prior = self.grapheme_prior.smoothed_probs if self.grapheme_prior.table else None
        return align(words, prior=prior, strength=_ALIGNMENT_STRENGTH)

    def adapt(self, entries: Sequence[Entry]) -> BeamDecoder:
        """Fit a decoder to the words of a language.

        The reranker is fitted to half of the words, with a decoder fitted to the other half.
        The order of the entries does not matter.

        Args:
            entries: Words and their phonemes; without any, the decoder is that of the prior.

        Returns:
            The decoder of the language.
        """
        words = [word for word in (self.align(entries) if entries else []) if word is not None]
        if len(words) < _MIN_RERANKED:
            return self._fit(words)
        phonemes = [tuple(p for chunk in word.chunks for p in chunk) for word in words]
        support, query = _split_in_halves(words)
        first = self._fit([words[i] for i in support], tolerance=_ROUGH_TOLERANCE)
        nbests = first([words[i].letters for i in query])
        reranker = Reranker([phonemes[i] for i in support])
        correct = [phonemes[i] for i in query]
        weights = reranker.fit(list(zip(nbests, correct, strict=True)))
        decoder = self._fit(words, initial_weights=first.weights)
        return BeamDecoder(decoder.table, decoder.weights, Reranker(phonemes, weights))

    def _fit(
        self,
        words: Sequence[AlignedWord],
        initial_weights: Weights | None = None,
        tolerance: float = TOLERANCE,
    ) -> BeamDecoder:
        table = CandidateTable(words, self.grapheme_prior, self.prior_scale)
        decisions = make_decisions(words, table) if words else None
        if decisions is None or not len(decisions.starts):  # no letter has several candidates
            return BeamDecoder(table, Weights(np.zeros(0, np.uint64), np.zeros(0)))
        fitted = fit(
            decisions, self.prior_stds, initial_weights=initial_weights, tolerance=tolerance
        )
        return BeamDecoder(table, fitted.weights)


def _split_in_halves(words: Sequence[AlignedWord]) -> tuple[list[int], list[int]]:
    """Return indices of support words and of query words; no spelling is in both."""
    spellings = sorted({word.letters for word in words})
    order = np.random.default_rng(0).permutation(len(spellings))
    place = dict(zip(spellings, order, strict=True))
    indices = sorted(range(len(words)), key=lambda i: (place[words[i].letters], words[i].chunks))
    parts = ([i for i in indices if place[words[i].letters] % 2 == half] for half in (0, 1))
    support, query = (part[:_MAX_HALF] for part in parts)
    return support, query
