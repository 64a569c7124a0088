"""Adapted grapheme-to-phoneme model: from the words of one language to their phonemes."""

import dataclasses
import functools
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from yingshe import zoo
from yingshe.applications.adapted import AdaptedModel
from yingshe.applications.languages.g2p._files import (
    MODEL_KIND,
    PRIOR_KIND,
    entries_from_json,
    entries_to_json,
    prior_from_file,
    prior_to_file,
)
from yingshe.applications.languages.g2p._prior import G2PPrior
from yingshe.applications.languages.g2p._reranking import NBest
from yingshe.applications.languages.g2p.decoder import BeamDecoder
from yingshe.applications.languages.g2p.tasks import Entry, split_letters
from yingshe.errors import UserError
from yingshe.serialization import read_model, register, write_model

ZOO_MODEL = "g2p"
"""Name of the prior in the model zoo."""
NUM_BEST = 5


class Pronunciation(NamedTuple):
    """A pronunciation of a word and its probability."""

    phonemes: tuple[str, ...]
    probability: float


@dataclasses.dataclass(frozen=True)
class G2PCodec:
    """Converts words to letters, and n-best lists to pronunciations."""

    nbest: int = NUM_BEST
    """Maximum number of pronunciations per word."""

    def encode_x(self, x: Sequence[str]) -> list[str]:
        """Return the words.

        Args:
            x: Words.

        Returns:
            The same words.

        Raises:
            UserError: A word is empty.
        """
        if not all(word.strip() for word in x):
            raise UserError("An empty word cannot be pronounced; give words of one letter or more.")
        return list(x)

    def encode_y(self, y: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return the phonemes of each word.

        Args:
            y: Phonemes of each word.

        Returns:
            The phonemes as tuples.

        Raises:
            UserError: A word has no phonemes, or a phoneme is empty or has a space in it.
        """
        for phonemes in y:
            if isinstance(phonemes, str) or not len(phonemes):
                raise UserError(
                    f"Phonemes {phonemes!r} are not a non-empty sequence of strings; give one "
                    "string for each phoneme."
                )
            if not all(phoneme.split() == [phoneme] for phoneme in phonemes):
                raise UserError(
                    f"Phonemes {tuple(phonemes)} have a phoneme that is empty or has a space in it."
                )
        return [tuple(phonemes) for phonemes in y]

    def decode(self, prediction: Sequence[NBest], x: Sequence[str]) -> list[list[Pronunciation]]:
        """Return the likeliest pronunciations of each word, the likeliest first.

        Args:
            prediction: N-best list of each word.
            x: The words.

        Returns:
            At most `nbest` pronunciations for each word.
        """
        return [
            [Pronunciation(*item) for item in list(nbest.items())[: self.nbest]]
            for nbest in prediction
        ]

    def metadata(self) -> dict[str, Any]:
        """Return no metadata: the file holds prior and words only."""
        return {}


class G2PMapping:
    """Prior and the words of a language that it was adapted to.

    The weights of maximum posterior depend on all words. `observe` therefore fits all of them
    again, which takes a second or two for 800.

    Args:
        prior: Meta-learned prior.
        entries: Words and their phonemes. Those that cannot be aligned are skipped.
    """

    def __init__(self, prior: G2PPrior, entries: Sequence[Entry] = ()):
        self.prior, self.entries = prior, tuple(entries)

    @functools.cached_property
    def decoder(self) -> BeamDecoder:
        """Return the decoder, fitted when it is first used."""
        return self.prior.adapt(self.entries)

    def __call__(self, x: Sequence[str]) -> list[NBest]:
        """Return an n-best list for each word.

        Args:
            x: Words.

        Returns:
            Pronunciations and probabilities of each word.
        """
        return self.decoder([split_letters(word) for word in x])

    def observe(self, x: Sequence[str], y: Sequence[tuple[str, ...]]) -> "G2PMapping":
        """Return the mapping after more words.

        Args:
            x: Words.
            y: Phonemes of each.

        Returns:
            The new mapping.
        """
        added = (Entry(word, phonemes) for word, phonemes in zip(x, y, strict=True))
        return G2PMapping(self.prior, (*self.entries, *added))

    def save(self, path: str | os.PathLike, *, metadata: dict[str, Any] | None = None) -> None:
        """Write prior and words to one file.

        Args:
            path: File to write.
            metadata: Free-form JSON to store with them.
        """
        write_model(path, self, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class G2PModel(AdaptedModel[str, Sequence[str], list[Pronunciation]]):
    """Grapheme-to-phoneme model of one language.

    Inputs are words, outputs are phonemes. `adapt` and `load` create a model. `observe` and
    `observe_many` return a new model and leave this one unchanged.

    Examples:
        ```python
        model = adapt(load_prior("g2p"), read_lexicon("ladin.tsv"))
        model("crëp")  # the likeliest pronunciations, with probabilities
        model = model.observe("tgesa", ("tɕ", "eː", "z", "ɐ"))
        ```
    """

    codec: G2PCodec
    mapping: G2PMapping

    @property
    def prior(self) -> G2PPrior:
        """Return the prior."""
        return self.mapping.prior

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return the observed words."""
        return self.mapping.entries

    @property
    def num_skipped(self) -> int:
        """Return the number of observed words with more phonemes than their letters can have."""
        return len(self.entries) - self.mapping.decoder.table.num_words

    def with_nbest(self, nbest: int) -> "G2PModel":
        """Return the model with another number of pronunciations per word.

        Args:
            nbest: Maximum number of pronunciations; the beam holds 8.

        Returns:
            The new model.

        Raises:
            UserError: `nbest` is below 1.
        """
        if nbest < 1:
            raise UserError(f"nbest must be at least 1, got {nbest}.")
        return dataclasses.replace(self, codec=G2PCodec(nbest))

    @classmethod
    def load(cls, path: str | os.PathLike) -> "G2PModel":
        """Read a file that `save` wrote.

        Args:
            path: File of an adapted language.

        Returns:
            The model.

        Raises:
            UserError: The file is missing, is of another kind, or is damaged.
        """
        mapping, _ = read_model(path, MODEL_KIND)
        return cls(G2PCodec(), mapping)


def adapt(prior: G2PPrior, entries: Sequence[Entry] = ()) -> G2PModel:
    """Adapt a prior to a new language.

    Args:
        prior: Meta-learned prior.
        entries: Words and their phonemes; without any, the model is that of the prior.

    Returns:
        The model of the language.

    Raises:
        UserError: A word is empty or has no phonemes, or a phoneme is empty or has a space in it.
    """
    codec = G2PCodec()
    for entry in entries:
        if not entry.word.strip() or not entry.phonemes:
            raise UserError(f"entries must have a word and at least one phoneme, got {entry}.")
    codec.encode_y([entry.phonemes for entry in entries])
    return G2PModel(codec, G2PMapping(prior, entries))


def load_prior(path_or_name: str | os.PathLike = ZOO_MODEL) -> G2PPrior:
    """Load a prior.

    Args:
        path_or_name: File, run directory, or name in the model zoo. The file of an adapted language
            gives the prior that it was adapted from.

    Returns:
        The prior.

    Raises:
        UserError: There is no such file or name, or the file is of another kind or damaged.
    """
    model, _ = read_model(zoo.resolve(path_or_name), PRIOR_KIND, MODEL_KIND)
    return model.prior if isinstance(model, G2PMapping) else model


def _mapping_to_file(mapping: G2PMapping) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    fields, tensors = prior_to_file(mapping.prior)
    return fields | {"entries": entries_to_json(mapping.entries)}, tensors


def _mapping_from_file(header, tensors) -> G2PMapping:
    return G2PMapping(prior_from_file(header, tensors), entries_from_json(header["entries"]))


register(PRIOR_KIND, G2PPrior, prior_to_file, prior_from_file)
register(MODEL_KIND, G2PMapping, _mapping_to_file, _mapping_from_file)
