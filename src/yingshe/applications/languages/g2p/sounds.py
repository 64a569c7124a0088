"""What a letter is likely to stand for in a language never met: learned from other languages."""

import functools
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from yingshe.applications.languages.g2p import ipa
from yingshe.applications.languages.g2p.align import Aligned, Chunk

_MOST = 6  # chunks kept of each letter
_RAREST = 0.03  # share below which a chunk is not kept
_WIDTH = 1.5  # how far, in articulatory features, a phoneme may be from an expected one

Chances = dict[Chunk, float]


def names_of(letter: str) -> tuple[str, str, str]:
    """What a letter may be known by, the surest first: itself; itself without accents; and how the
    name that Unicode gives it begins, which for most scripts is its sound: KA, ZHE, PI.
    """
    base = unicodedata.normalize("NFD", letter.lower())[0]
    word = unicodedata.name(base, "?").split()[-1]
    # EF, EL, EM and their like are consonants that are named after a vowel.
    named = word[1:] if len(word) == 2 and word[0] == "E" else word
    return letter, f"base {base}", f"name {named[:1]}"


class SoundPrior:
    """Letters and the chunks they stand for, over languages.

    `table` holds, under each of the `names_of` letters, the mean over languages of the share of
    each chunk.
    """

    def __init__(self, table: Mapping[str, Chances]):
        self.table = {name: dict(chances) for name, chances in table.items()}
        self._chances = functools.cache(self._find)

    @classmethod
    def learn(cls, languages: Iterable[Sequence[Aligned]]) -> "SoundPrior":
        """From aligned words of several languages."""
        shares: dict[str, list[Chances]] = defaultdict(list)
        for words in languages:
            counts: dict[str, Counter[Chunk]] = defaultdict(Counter)
            for word in words:
                for letter, chunk in zip(word.letters, word.chunks, strict=True):
                    for name in names_of(letter):
                        counts[name][chunk] += 1
            for name, counter in counts.items():
                whole = counter.total()
                shares[name].append({chunk: n / whole for chunk, n in counter.items()})
        return cls({name: _mean(each) for name, each in shares.items()})

    def chances(self, letter: str) -> Chances:
        """Chunks of a letter, likeliest first; empty where nothing like it was ever met."""
        return self._chances(letter)

    def _find(self, letter: str) -> Chances:
        return next((self.table[n] for n in names_of(letter) if n in self.table), {})

    def table_of(
        self, letters: Sequence[str], chunks: Sequence[Chunk]
    ) -> Float[np.ndarray, "letters chunks"]:
        """Chances of chunks that may never have been met: of those that sound like expected ones.

        Rows sum to one.
        """
        expected = list(dict.fromkeys(c for letter in letters for c in self.chances(letter)))
        if not expected:
            return np.full((len(letters), len(chunks)), 1 / len(chunks))
        there, here = (np.array([_place(c) for c in group]) for group in (expected, chunks))
        squares = (there**2).sum(axis=1)[:, None] + (here**2).sum(axis=1) - 2 * there @ here.T
        alike = np.exp(-squares / (2 * _WIDTH**2))  # (expected, chunks)
        shares = np.array([[self.chances(a).get(c, 0.0) for c in expected] for a in letters])
        found = shares @ alike + 1e-3 / len(chunks)
        return found / found.sum(axis=1, keepdims=True)


@functools.cache
def _place(chunk: Chunk) -> Float[np.ndarray, " numbers"]:
    """Where a chunk is among all: sizes are far apart."""
    first, last = (chunk[0], chunk[-1]) if chunk else ("", "")
    size = np.eye(4)[min(len(chunk), 3)] * 4
    return np.concatenate([ipa.features(first), ipa.features(last) * (len(chunk) > 1), size])


def _mean(shares: Sequence[Chances]) -> Chances:
    """Of several languages; what is rare is left out."""
    total: dict[Chunk, float] = defaultdict(float)
    for share in shares:
        for chunk, part in share.items():
            total[chunk] += part / len(shares)
    kept = sorted(total.items(), key=lambda item: -item[1])[:_MOST]
    return {chunk: round(share, 3) for chunk, share in kept if share > _RAREST}
