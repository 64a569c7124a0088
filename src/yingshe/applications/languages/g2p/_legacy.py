"""Adapted language with the interface of yingshe 0.1, for one release."""

import os
import warnings
from collections.abc import Sequence

from yingshe.applications.languages.g2p._prior import G2PPrior
from yingshe.applications.languages.g2p.model import G2PModel, Pronunciation, adapt
from yingshe.applications.languages.g2p.tasks import Entry


class PronounceMapping:
    """Adapted language of yingshe 0.1; use `adapt`, `load_prior` and `G2PModel` instead.

    Args:
        learner: Meta-learned prior.
        entries: Words and their phonemes.
    """

    def __init__(self, learner: G2PPrior, entries: Sequence[Entry] = ()):
        _warn()
        self.model = adapt(learner, entries)

    @property
    def learner(self) -> G2PPrior:
        """Return the prior."""
        return self.model.prior

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return the observed words."""
        return self.model.entries

    @property
    def left_out(self) -> int:
        """Return the number of observed words that could not be aligned."""
        return self.model.num_skipped

    def __call__(self, word: str, *, best: int = 5) -> list[Pronunciation]:
        """Return the likeliest pronunciations of a word."""
        return self.each([word], best=best)[0]

    def each(self, words: Sequence[str], *, best: int = 5) -> list[list[Pronunciation]]:
        """Return the likeliest pronunciations of several words."""
        return self.model.with_nbest(best).predict(words)

    def predict(self, words: Sequence[str]) -> list[list[Pronunciation]]:
        """Return the likeliest pronunciations of several words, as `G2PModel.predict`."""
        return self.model.predict(words)

    def observe(self, entries: Sequence[Entry]) -> "PronounceMapping":
        """Return the mapping after more words."""
        return PronounceMapping(self.learner, (*self.entries, *entries))

    def save(self, path: str | os.PathLike) -> None:
        """Write prior and words to one file."""
        self.model.save(path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "PronounceMapping":
        """Read what `save` wrote."""
        model = G2PModel.load(path)
        return cls(model.prior, model.entries)


def _warn() -> None:
    warnings.warn(
        "yingshe: PronounceMapping(learner, entries) is now g2p.adapt(prior, entries).",
        DeprecationWarning,
        stacklevel=3,
    )
