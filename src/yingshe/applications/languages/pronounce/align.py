"""Which phonemes each letter of a word stands for: expectation maximisation over monotone paths."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

Chunk = tuple[str, ...]
"""The phonemes of one letter: none, one or several."""


class Aligned(NamedTuple):
    """A word whose letters have their phonemes."""

    letters: tuple[str, ...]
    chunks: tuple[Chunk, ...]


class _Lattice(NamedTuple):
    """The words as padded numbers."""

    letters: Int[np.ndarray, "words letters"]
    lengths: Int[np.ndarray, " words"]
    """Letters."""
    chunks: Int[np.ndarray, "words places sizes"]
    """Of each size from each place on; those past the end are the last number, impossible."""
    ends: Int[np.ndarray, " words"]
    """Phonemes."""
    alphabet: list[str]
    known: list[Chunk]


_SIZE_PRIOR = (0.1, 0.85, 0.05, 0.01)  # of a letter's chunk, before anything is read

Prior = Callable[[Sequence[str], Sequence[Chunk]], Float[np.ndarray, "letters chunks"]]
"""(letters, chunks) -> probabilities of chunks given letters, before any word is read."""


def align(
    words: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    prior: Prior | None = None,
    strength: float = 1.0,
    longest: int = 2,
    iterations: int = 12,
) -> list[Aligned | None]:
    """Align (letters, phonemes) of each word; None where a letter had to stand for > `longest`.

    A letter ↔ 0 to `longest` phonemes, in order. The probabilities of chunks given letters are
    those of maximum posterior under a Dirichlet prior of `strength` pseudo-counts a letter, by
    expectation maximisation (Jiampojamarn et al., Applying Many-to-Many Alignments and Hidden
    Markov Models to Letter-to-Phoneme Conversion, 2007); each word then takes its likeliest path.
    """
    lattice = _lattice(words, longest)
    before = _prior(lattice, prior)
    table = before.copy()
    for _ in range(iterations):
        counts = _expected(lattice, table) + strength * before
        table = counts / counts.sum(axis=1, keepdims=True)
    return _likeliest(lattice, table, words)


def _lattice(words, longest: int) -> _Lattice:
    alphabet = sorted({letter for letters, _ in words for letter in letters})
    index = {letter: i for i, letter in enumerate(alphabet)}
    known: dict[Chunk, int] = {}
    most, last = max(len(a) for a, _ in words), max(len(b) for _, b in words)
    letters = np.zeros((len(words), most), int)
    chunks = np.full((len(words), last + 1, longest + 1), -1)
    for w, (spelled, spoken) in enumerate(words):
        letters[w, : len(spelled)] = [index[letter] for letter in spelled]
        spoken = tuple(spoken)
        for place in range(len(spoken) + 1):
            for size in range(min(longest, len(spoken) - place) + 1):
                chunk = spoken[place : place + size]
                chunks[w, place, size] = known.setdefault(chunk, len(known))
    chunks[chunks < 0] = len(known)
    lengths = np.array([len(a) for a, _ in words])
    ends = np.array([len(b) for _, b in words])
    return _Lattice(letters, lengths, chunks, ends, alphabet, list(known))


def _prior(lattice: _Lattice, prior: Prior | None) -> Float[np.ndarray, "letters chunks"]:
    sizes = np.array([len(chunk) for chunk in lattice.known])
    shares = np.array([_SIZE_PRIOR[s] for s in sizes]) / np.bincount(sizes)[sizes]
    table = np.tile(shares / shares.sum(), (len(lattice.alphabet), 1))
    if prior is not None:
        told = prior(lattice.alphabet, lattice.known)
        table = 0.9 * told + 0.1 * table
    return np.hstack([table, np.zeros((len(table), 1))])  # the impossible chunk


def _steps(lattice: _Lattice, table) -> Float[np.ndarray, "letters_in_word words places sizes"]:
    """Probabilities of every chunk of every letter of every word."""
    letters = lattice.letters.T[:, :, None, None]
    return table[letters, lattice.chunks[None]]


def _forward(lattice: _Lattice, steps, combine) -> Float[np.ndarray, "places_in_word words places"]:
    count, words, places, sizes = steps.shape
    alpha = np.zeros((count + 1, words, places))
    alpha[0, :, 0] = 1
    for i in range(count):
        for size in range(sizes):
            arriving = alpha[i, :, : places - size] * steps[i, :, : places - size, size]
            alpha[i + 1, :, size:] = combine(alpha[i + 1, :, size:], arriving)
    return alpha


def _expected(lattice: _Lattice, table) -> Float[np.ndarray, "letters chunks"]:
    """How often each letter stood for each chunk, summed over all paths by their probability."""
    steps = _steps(lattice, table)
    count, words, places, sizes = steps.shape
    alpha = _forward(lattice, steps, np.add)
    each = np.arange(words)
    total = alpha[lattice.lengths, each, lattice.ends]
    beta = np.zeros((count + 1, words, places))
    weight = np.divide(1.0, total, out=np.zeros(words), where=total > 0)
    used = np.zeros_like(steps)
    for i in range(count, -1, -1):
        ending = lattice.lengths == i
        beta[i, ending] = 0
        beta[i, each[ending], lattice.ends[ending]] = weight[ending]
        if i == 0:
            break
        for size in range(sizes):
            kept = slice(0, places - size)
            through = steps[i - 1, :, kept, size] * beta[i, :, size:]
            beta[i - 1, :, kept] += through
            used[i - 1, :, kept, size] = alpha[i - 1, :, kept] * through
    cells = lattice.letters.T[:, :, None, None] * table.shape[1] + lattice.chunks[None]
    counts = np.bincount(cells.ravel(), used.ravel(), minlength=table.size)
    return counts.reshape(table.shape)


def _likeliest(lattice: _Lattice, table, words) -> list[Aligned | None]:
    steps = _steps(lattice, table)
    best = _forward(lattice, steps, np.maximum)
    found: list[Aligned | None] = []
    sizes = range(steps.shape[3])
    for w, (spelled, spoken) in enumerate(words):
        place, chunks = len(spoken), []
        if best[len(spelled), w, place] <= 0:
            found.append(None)
            continue
        for i in range(len(spelled), 0, -1):
            size = max(
                (s for s in sizes if s <= place),
                key=lambda s: best[i - 1, w, place - s] * steps[i - 1, w, place - s, s],
            )
            chunks.append(tuple(spoken[place - size : place]))
            place -= size
        found.append(Aligned(tuple(spelled), tuple(reversed(chunks))))
    return found
