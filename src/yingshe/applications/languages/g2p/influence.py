"""Letters in classes, by what they do to their neighbours: those that soften the next, or voice it.

What a class does is learned from all of its letters, and so is known of a letter that was seldom
seen beside another. No alphabet and no language is known beforehand.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from yingshe.applications.languages.g2p.align import Aligned, Chunk

_END = "#"  # beside the first and the last letter
_RARE = 3.0  # times that two letters stand together, below which little is made of it
_UNLIKELY = 0.05  # share of a chunk, below which its excess counts no more
_AXES = 2  # of influence; a letter is on one or the other side of each


class Influence(NamedTuple):
    """The classes of letters, by number."""

    onward: Mapping[str, int]
    """By what they do to the letter after them."""
    backward: Mapping[str, int]
    """By what they do to the letter before them."""

    @classmethod
    def learn(cls, words: Sequence[Aligned]) -> "Influence":
        """From aligned words."""
        return cls(_classes(words, 1), _classes(words, -1))


def _classes(words: Sequence[Aligned], step: int) -> dict[str, int]:
    """Sides of the axes along which letters differ most in their effects on the letter `step` on.

    An effect of a on b is by how much more often b stands for a chunk beside a than elsewhere. The
    axes are the first left singular vectors of the table of effects.
    """
    if not words:
        return {}
    alone: dict[str, Counter[Chunk]] = defaultdict(Counter)
    beside: dict[tuple[str, str], Counter[Chunk]] = defaultdict(Counter)
    for word in words:
        for i, (letter, chunk) in enumerate(zip(word.letters, word.chunks, strict=True)):
            place = i - step
            other = word.letters[place] if 0 <= place < len(word.letters) else _END
            alone[letter][chunk] += 1
            beside[other, letter][chunk] += 1
    others = sorted({other for other, _ in beside})
    row = {other: i for i, other in enumerate(others)}
    cells = {cell: i for i, cell in enumerate((b, c) for b in alone for c in alone[b])}
    effects = np.zeros((len(others), len(cells)))
    for (other, letter), counts in beside.items():
        times, whole = counts.total(), alone[letter].total()
        for chunk, number in alone[letter].items():
            share = number / whole
            excess = (counts[chunk] - times * share) / np.sqrt(share + _UNLIKELY)
            effects[row[other], cells[letter, chunk]] = excess / np.sqrt(times + _RARE)
    axes, _, _ = np.linalg.svd(effects, full_matrices=False)
    sides = axes[:, :_AXES] > 0
    numbers = sides @ 2 ** np.arange(sides.shape[1])
    return dict(zip(others, numbers.tolist(), strict=True))
