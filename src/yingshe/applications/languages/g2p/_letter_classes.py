"""Unsupervised classes of letters, by their effect on neighboring letters.

A class may hold the letters that soften or voice the next one. Its effect is learned from all of
its letters, and so applies to a letter that was seldom observed next to another. No alphabet and no
language is built in.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from yingshe.applications.languages.g2p._alignment import AlignedWord, Chunk

_END = "#"  # neighbor of the first and of the last letter
_RARE_COUNT = 3.0  # pseudo-count of two adjacent letters; shrinks effects of rare pairs
_MIN_FRACTION = 0.05  # fraction of a chunk, below which its excess counts no more
_NUM_AXES = 2  # axes of effects; a letter lies on one of two sides of each


class LetterClasses(NamedTuple):
    """Class number of every letter, in two groupings."""

    by_effect_on_next: Mapping[str, int]
    """Classes by the effect on the following letter."""
    by_effect_on_prev: Mapping[str, int]
    """Classes by the effect on the preceding letter."""

    @classmethod
    def fit(cls, words: Sequence[AlignedWord]) -> "LetterClasses":
        """Return the classes found in aligned words.

        Args:
            words: Aligned words of one language; may be empty.
        """
        return cls(_cluster(words, 1), _cluster(words, -1))


def _cluster(words: Sequence[AlignedWord], step: int) -> dict[str, int]:
    """Return the side of every letter on the main axes of effects on the letter `step` away.

    The effect of a on b is the excess frequency of b's chunks next to a. The axes are the first
    left singular vectors of the table of effects.
    """
    if not words:
        return {}
    totals: dict[str, Counter[Chunk]] = defaultdict(Counter)
    by_neighbor: dict[tuple[str, str], Counter[Chunk]] = defaultdict(Counter)
    for word in words:
        for i, (letter, chunk) in enumerate(zip(word.letters, word.chunks, strict=True)):
            place = i - step
            neighbor = word.letters[place] if 0 <= place < len(word.letters) else _END
            totals[letter][chunk] += 1
            by_neighbor[neighbor, letter][chunk] += 1
    neighbors = sorted({neighbor for neighbor, _ in by_neighbor})
    row = {neighbor: i for i, neighbor in enumerate(neighbors)}
    cells = {cell: i for i, cell in enumerate((b, c) for b in totals for c in totals[b])}
    effects = np.zeros((len(neighbors), len(cells)))
    for (neighbor, letter), counts in by_neighbor.items():
        pair_count, letter_count = counts.total(), totals[letter].total()
        for chunk, count in totals[letter].items():
            fraction = count / letter_count
            excess = (counts[chunk] - pair_count * fraction) / np.sqrt(fraction + _MIN_FRACTION)
            effects[row[neighbor], cells[letter, chunk]] = excess / np.sqrt(
                pair_count + _RARE_COUNT
            )
    axes, _, _ = np.linalg.svd(effects, full_matrices=False)
    sides = axes[:, :_NUM_AXES] > 0
    numbers = sides @ 2 ** np.arange(sides.shape[1])
    return dict(zip(neighbors, numbers.tolist(), strict=True))
