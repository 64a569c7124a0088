"""Alignment of letters and phonemes: expectation maximization over monotone paths."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

Chunk = tuple[str, ...]
"""Phonemes of one letter: none, one or several."""


class AlignedWord(NamedTuple):
    """A word with the phonemes of each letter."""

    letters: tuple[str, ...]
    chunks: tuple[Chunk, ...]


Prior = Callable[[Sequence[str], Sequence[Chunk]], Float[np.ndarray, "letters chunks"]]
"""(letters, chunks) -> prior probabilities of chunks given letters."""
ArcProbs = list[Float[np.ndarray, "_ places sizes"]]
"""Probability of every chunk that each letter may stand for.

One array for the first letter of all words, one for the second letter of the words that have one,
and so on. Words are in descending order of length.
"""

_SIZE_PRIOR = (0.1, 0.85, 0.05, 0.01)  # prior probability of 0 to 3 phonemes per letter
_ITERATIONS, _REFINEMENTS = 8, 6  # EM iterations on letters alone, then in context
_CONTEXT_COUNT = 2.0  # pseudo-count of the estimate with a shorter context
_LATE_SILENCE = 0.05  # relative preference for the last of several letters to be silent
_MAX_LOST = 0.01  # fraction of words without alignment, above which three phonemes are allowed
_MIN_GAIN = 0.2  # gain in nats per word, above which three phonemes are allowed


class _Lattice(NamedTuple):
    """The words as numbers, and all ways to align them."""

    letters: list[Int[np.ndarray, " _"]]
    """Letter numbers by position, of the words that have a letter there."""
    ends: Int[np.ndarray, " words"]
    """Number of phonemes of each word."""
    chunks: Int[np.ndarray, "words places sizes"]
    """Number of the chunk of each size from each place on; the last number means impossible."""
    alphabet: list[str]
    vocabulary: list[Chunk]

    @property
    def shape(self) -> tuple[int, int]:
        """Return the shape of a table of probabilities of chunks given letters."""
        return len(self.alphabet), len(self.vocabulary) + 1


class _Expectation(NamedTuple):
    """Expectations over all paths."""

    counts: ArcProbs
    """Expected count of every arc."""
    log_likelihood: Float[np.ndarray, " words"]
    """Log-likelihood in nats; minus infinity for a word without a path."""


def align(
    words: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    prior: Prior | None = None,
    strength: float = 1.0,
) -> list[AlignedWord | None]:
    """Align the letters and phonemes of words.

    A letter stands for at most two phonemes, in order. Three are allowed if many words cannot be
    aligned otherwise or become much likelier, for example where letters are syllables. The
    probabilities of chunks given letters maximize the posterior under a Dirichlet prior, found
    by expectation maximization. Further iterations use probabilities given the neighboring letters,
    so that the phonemes of a group of letters are always divided in the same way. Each word is then
    aligned along its likeliest path.

    Args:
        words: Pairs of letters and phonemes.
        prior: Prior probabilities of chunks given letters; by default only their size counts.
        strength: Pseudo-counts of the prior per letter.

    Returns:
        One aligned word for each, None where there are too many phonemes.

    References:
        Jiampojamarn et al., Applying Many-to-Many Alignments and Hidden Markov Models to
        Letter-to-Phoneme Conversion, 2007.
    """
    order = sorted(range(len(words)), key=lambda w: -len(words[w][0]))
    ordered = [words[w] for w in order]
    lattice, table = _fit_table(ordered, prior, strength, max_size=2)
    short = _forward_backward(lattice, _arc_probs(lattice, table)).log_likelihood
    wider, wider_table = _fit_table(ordered, prior, strength, max_size=3)
    long = _forward_backward(wider, _arc_probs(wider, wider_table)).log_likelihood
    is_lost = np.isinf(short)
    if is_lost.mean() > _MAX_LOST or np.mean(long[~is_lost] - short[~is_lost]) > _MIN_GAIN:
        lattice, table = wider, wider_table
    aligned = _viterbi(lattice, _refine_in_context(lattice, table), ordered)
    in_order = sorted(zip(order, aligned, strict=True), key=lambda pair: pair[0])
    return [word for _, word in in_order]


def _fit_table(words, prior: Prior | None, strength: float, *, max_size: int):
    """Return the lattice and the table of chunks given letters, by expectation maximization."""
    lattice = _make_lattice(words, max_size)
    prior_counts = strength * _prior_table(lattice, prior)
    table = prior_counts / strength
    for _ in range(_ITERATIONS):
        expected = _forward_backward(lattice, _arc_probs(lattice, table)).counts
        counts = _count_by_letter(lattice, expected) + prior_counts
        table = counts / counts.sum(axis=1, keepdims=True)
    return lattice, table


def _refine_in_context(lattice: _Lattice, table) -> ArcProbs:
    """Return probabilities of arcs given a letter and its neighbors.

    Expected counts are smoothed by those with one neighbor, and these by the table of letters.
    """
    chunks = np.concatenate([lattice.chunks[: len(row)].ravel() for row in lattice.letters])
    possible = np.flatnonzero(chunks < len(lattice.vocabulary))
    letter, *contexts = (
        np.concatenate([np.repeat(row, lattice.chunks[0].size) for row in rows])[possible]
        for rows in _neighborhoods(lattice)
    )
    chunk = chunks[possible]
    pairs = [_ContextPairs.build(context, chunk) for context in contexts]
    letter_probs = table[letter, chunk]
    flat = np.zeros(len(chunks))
    flat[possible] = letter_probs
    for _ in range(_REFINEMENTS):
        expected = _forward_backward(lattice, _unravel(lattice, flat)).counts
        counts = np.concatenate([arc.ravel() for arc in expected])[possible]
        with_next, with_prev = (pair.smooth(counts, letter_probs) for pair in pairs[:2])
        flat[possible] = pairs[2].smooth(counts, (with_next + with_prev) / 2)
    return _unravel(lattice, flat)


class _ContextPairs(NamedTuple):
    """Numbers of the context, and of the pair of context and chunk, of every arc."""

    pair: Int[np.ndarray, " arcs"]
    context: Int[np.ndarray, " arcs"]

    @classmethod
    def build(cls, context, chunk) -> "_ContextPairs":
        """Number the contexts and the pairs."""
        _, number = np.unique(context, return_inverse=True)
        _, pair = np.unique(number * (chunk.max() + 1) + chunk, return_inverse=True)
        return cls(pair, number)

    def smooth(self, counts, broader):
        """Return probabilities of chunks given contexts from the counts of arcs."""
        pairs, contexts = np.bincount(self.pair, counts), np.bincount(self.context, counts)
        return (pairs[self.pair] + _CONTEXT_COUNT * broader) / (
            contexts[self.context] + _CONTEXT_COUNT
        )


def _neighborhoods(lattice: _Lattice) -> list[list[Int[np.ndarray, " _"]]]:
    """Return numbers of the letter alone, with the next, with the previous, and with both."""
    size, letters = len(lattice.alphabet) + 1, lattice.letters
    boundary = np.full(len(letters[0]), size - 1)
    previous = [boundary, *letters[:-1]]
    following = [
        np.concatenate([after, boundary[len(after) : len(row)]])
        for row, after in zip(letters, [*letters[1:], boundary[:0]], strict=True)
    ]
    rows = [(a[: len(b)], b, c) for a, b, c in zip(previous, letters, following, strict=True)]
    return [
        letters,
        [b * size + c for _, b, c in rows],
        [a * size + b for a, b, _ in rows],
        [(a * size + b) * size + c for a, b, c in rows],
    ]


def _make_lattice(words, max_size: int) -> _Lattice:
    alphabet = sorted({letter for letters, _ in words for letter in letters})
    index = {letter: i for i, letter in enumerate(alphabet)}
    vocabulary: dict[Chunk, int] = {}
    last = max(len(phonemes) for _, phonemes in words)
    max_size = min(max_size, last)
    chunks = np.full((len(words), last + 1, max_size + 1), -1)
    for w, (_, phonemes) in enumerate(words):
        phonemes = tuple(phonemes)
        for place in range(len(phonemes) + 1):
            for size in range(min(max_size, len(phonemes) - place) + 1):
                chunk = phonemes[place : place + size]
                chunks[w, place, size] = vocabulary.setdefault(chunk, len(vocabulary))
    chunks[chunks < 0] = len(vocabulary)
    rows = [
        np.array([index[letters[i]] for letters, _ in words if len(letters) > i], int)
        for i in range(len(words[0][0]))
    ]
    ends = np.array([len(phonemes) for _, phonemes in words])
    return _Lattice(rows, ends, chunks, alphabet, list(vocabulary))


def _prior_table(lattice: _Lattice, prior: Prior | None) -> Float[np.ndarray, "letters chunks"]:
    sizes = np.array([len(chunk) for chunk in lattice.vocabulary])
    probs = np.array([_SIZE_PRIOR[s] for s in sizes]) / np.bincount(sizes)[sizes]
    table = np.tile(probs / probs.sum(), (len(lattice.alphabet), 1))
    if prior is not None:
        table = 0.9 * prior(lattice.alphabet, lattice.vocabulary) + 0.1 * table
    return np.hstack([table, np.zeros((len(table), 1))])  # the impossible chunk


def _arc_probs(lattice: _Lattice, table) -> ArcProbs:
    """Look up the probability of every chunk of every letter."""
    return [table[row[:, None, None], lattice.chunks[: len(row)]] for row in lattice.letters]


def _unravel(lattice: _Lattice, flat) -> ArcProbs:
    sizes = [len(row) * lattice.chunks[0].size for row in lattice.letters]
    parts = np.split(flat, np.cumsum(sizes)[:-1])
    return [part.reshape(-1, *lattice.chunks.shape[1:]) for part in parts]


def _count_by_letter(lattice: _Lattice, counts: ArcProbs) -> Float[np.ndarray, "letters chunks"]:
    letters, chunks = lattice.shape
    cells = [row[:, None, None] * chunks + lattice.chunks[: len(row)] for row in lattice.letters]
    flat = np.concatenate([cell.ravel() for cell in cells])
    weights = np.concatenate([arc.ravel() for arc in counts])
    return np.bincount(flat, weights, minlength=letters * chunks).reshape(letters, chunks)


def _prefer_late_silence(arcs: ArcProbs) -> ArcProbs:
    """Break ties between equal letters: the later one is silent, in every word."""
    return [
        arc * np.array([1 + _LATE_SILENCE * i / len(arcs), *[1.0] * (arc.shape[2] - 1)])
        for i, arc in enumerate(arcs)
    ]


def _forward(arcs: ArcProbs, combine) -> list[Float[np.ndarray, "_ places"]]:
    """Return the forward value of each place, before the first letter and after each."""
    words, places, sizes = arcs[0].shape
    alpha = [np.zeros((words, places))]
    alpha[0][:, 0] = 1
    for arc in arcs:
        previous, current = alpha[-1][: len(arc)], np.zeros((len(arc), places))
        for size in range(sizes):
            arriving = previous[:, : places - size] * arc[:, : places - size, size]
            current[:, size:] = combine(current[:, size:], arriving)
        alpha.append(current)
    return alpha


def _forward_backward(lattice: _Lattice, arcs: ArcProbs) -> _Expectation:
    """Compute expected counts by the forward-backward algorithm."""
    arcs = _prefer_late_silence(arcs)
    alpha = _forward(arcs, np.add)
    counts = [np.zeros_like(arc) for arc in arcs]
    total = np.zeros(len(lattice.ends))
    _, places, sizes = arcs[0].shape
    beta = np.zeros((0, places))
    for arc, count, before, after in zip(
        reversed(arcs), reversed(counts), reversed(alpha[:-1]), reversed(alpha[1:]), strict=True
    ):
        ended = np.arange(len(beta), len(arc))  # words that have no further letter
        end = lattice.ends[ended]
        total[ended] = after[ended, end]
        beta = np.vstack([beta, np.zeros((len(ended), places))])
        beta[ended, end] = np.divide(
            1, total[ended], out=np.zeros(len(end)), where=total[ended] > 0
        )
        earlier = np.zeros_like(beta)
        for size in range(sizes):
            inside = slice(0, places - size)
            through = arc[:, inside, size] * beta[:, size:]
            earlier[:, inside] += through
            count[:, inside, size] = before[: len(arc), inside] * through
        beta = earlier
    with np.errstate(divide="ignore"):
        return _Expectation(counts, np.log(total))


def _viterbi(lattice: _Lattice, arcs: ArcProbs, words) -> list[AlignedWord | None]:
    arcs = _prefer_late_silence(arcs)
    best = _forward(arcs, np.maximum)
    aligned: list[AlignedWord | None] = []
    sizes = range(arcs[0].shape[2])
    for w, (letters, phonemes) in enumerate(words):
        place, chunks = len(phonemes), []
        if best[len(letters)][w, place] <= 0:
            aligned.append(None)
            continue
        for i in range(len(letters), 0, -1):
            before, arc = best[i - 1][w], arcs[i - 1][w]
            size = max(
                (s for s in sizes if s <= place),
                key=lambda s: before[place - s] * arc[place - s, s],
            )
            chunks.append(tuple(phonemes[place - size : place]))
            place -= size
        aligned.append(AlignedWord(tuple(letters), tuple(reversed(chunks))))
    return aligned
