"""Cross-lingual prior: phonemes that a letter is likely to stand for in a new language."""

import functools
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from yingshe.applications.languages.g2p import _ipa
from yingshe.applications.languages.g2p._alignment import AlignedWord, Chunk

_MAX_CHUNKS = 6  # chunks stored per letter
_MIN_PROB = 0.03  # probability below which a chunk is not stored
_KERNEL_WIDTH = 1.5  # length scale of the kernel between chunks, in articulatory features

ChunkProbs = dict[Chunk, float]


def letter_keys(letter: str) -> tuple[str, str, str]:
    """Return the keys under which a letter is looked up, the most specific first.

    They are the letter itself, the letter without accents, and the first letter of its Unicode
    name. For most scripts the name spells the sound: KA, ZHE, PI.

    Args:
        letter: One character.
    """
    base = unicodedata.normalize("NFD", letter.lower())[0]
    word = unicodedata.name(base, "?").split()[-1]
    # EF, EL, EM and their like are consonants that are named after a vowel.
    name = word[1:] if len(word) == 2 and word[0] == "E" else word
    return letter, f"base {base}", f"name {name[:1]}"


class GraphemePrior:
    """Probabilities of chunks given letters, as means over languages.

    Args:
        table: Key of `letter_keys` -> probability of each chunk, in descending order.
    """

    def __init__(self, table: Mapping[str, ChunkProbs]):
        self.table = {key: dict(probs) for key, probs in table.items()}
        self._lookup = functools.cache(self._find)

    @classmethod
    def fit(cls, languages: Iterable[Sequence[AlignedWord]]) -> "GraphemePrior":
        """Return the prior estimated from several languages.

        Args:
            languages: Aligned words of each language.
        """
        probs: dict[str, list[ChunkProbs]] = defaultdict(list)
        for words in languages:
            counts: dict[str, Counter[Chunk]] = defaultdict(Counter)
            for word in words:
                for letter, chunk in zip(word.letters, word.chunks, strict=True):
                    for key in letter_keys(letter):
                        counts[key][chunk] += 1
            for key, counter in counts.items():
                total = counter.total()
                probs[key].append({chunk: n / total for chunk, n in counter.items()})
        return cls({key: _mean(by_language) for key, by_language in probs.items()})

    def phoneme_probs(self, letter: str) -> ChunkProbs:
        """Return the chunks of a letter and their probabilities, the likeliest first.

        Args:
            letter: One character.

        Returns:
            Chunk -> probability; empty for a letter that resembles none of the training languages.
        """
        return self._lookup(letter)

    def smoothed_probs(
        self, letters: Sequence[str], chunks: Sequence[Chunk]
    ) -> Float[np.ndarray, "letters chunks"]:
        """Compute probabilities of given chunks, which may be new, by phonetic similarity.

        Args:
            letters: Letters.
            chunks: Chunks of the language at hand.

        Returns:
            Probabilities (letters, chunks); rows sum to one.
        """
        expected = list(dict.fromkeys(c for a in letters for c in self.phoneme_probs(a)))
        if not expected:
            return np.full((len(letters), len(chunks)), 1 / len(chunks))
        points, queries = (np.array([_embed_chunk(c) for c in g]) for g in (expected, chunks))
        norms = (points**2).sum(axis=1)[:, None] + (queries**2).sum(axis=1)
        squares = norms - 2 * points @ queries.T
        kernel = np.exp(-squares / (2 * _KERNEL_WIDTH**2))  # (expected, chunks)
        probs = np.array([[self.phoneme_probs(a).get(c, 0.0) for c in expected] for a in letters])
        smoothed = probs @ kernel + 1e-3 / len(chunks)
        return smoothed / smoothed.sum(axis=1, keepdims=True)

    def _find(self, letter: str) -> ChunkProbs:
        keys = (key for key in letter_keys(letter) if key in self.table)
        return next((self.table[key] for key in keys), {})


@functools.cache
def _embed_chunk(chunk: Chunk) -> Float[np.ndarray, " numbers"]:
    """Return articulatory features of a chunk; chunks of different size are far apart."""
    first, last = (chunk[0], chunk[-1]) if chunk else ("", "")
    size = np.eye(4)[min(len(chunk), 3)] * 4
    return np.concatenate([_ipa.features(first), _ipa.features(last) * (len(chunk) > 1), size])


def _mean(by_language: Sequence[ChunkProbs]) -> ChunkProbs:
    """Return the mean over languages, without rare chunks."""
    total: dict[Chunk, float] = defaultdict(float)
    for probs in by_language:
        for chunk, prob in probs.items():
            total[chunk] += prob / len(by_language)
    likeliest = sorted(total.items(), key=lambda item: -item[1])[:_MAX_CHUNKS]
    return {chunk: round(prob, 3) for chunk, prob in likeliest if prob > _MIN_PROB}
