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


Prior = Callable[[Sequence[str], Sequence[Chunk]], Float[np.ndarray, "letters chunks"]]
"""(letters, chunks) -> probabilities of chunks given letters, before any word is read."""
Steps = list[Float[np.ndarray, "_ places sizes"]]
"""A number of every chunk that each letter may stand for: of the first letter of all words, of the
second letter of those that have one, and so on. Words are in order of length, the longest first.
"""

_SIZE_PRIOR = (0.1, 0.85, 0.05, 0.01)  # of a letter's chunk, before anything is read
_ITERATIONS, _REFINEMENTS = 8, 6  # letters alone, then in context
_CONTEXT = 2.0  # pseudo-counts of what is known of a letter with fewer neighbours
_EARLY = 0.05  # how much rather a silent letter is the last of a word than its first
_MOST_LOST = 0.01  # share of words that are given up before letters stand for more
_WORTH = 0.2  # nats a word, above which letters stand for more


class _Lattice(NamedTuple):
    """The words as numbers, and all ways to align them."""

    letters: list[Int[np.ndarray, " _"]]
    """Of each place in a word, those of the words that are so long."""
    ends: Int[np.ndarray, " words"]
    """Phonemes."""
    chunks: Int[np.ndarray, "words places sizes"]
    """Of each size from each place on; those past the end are the last number, impossible."""
    alphabet: list[str]
    known: list[Chunk]

    @property
    def shape(self) -> tuple[int, int]:
        """Of a table of probabilities of chunks given letters."""
        return len(self.alphabet), len(self.known) + 1


class _Expected(NamedTuple):
    """What is expected of all paths together, by their probability."""

    uses: Steps
    """How often each letter stood for each chunk."""
    log_likelihood: Float[np.ndarray, " words"]
    """In nats; minus infinity for a word that has no path."""


def align(
    words: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    prior: Prior | None = None,
    strength: float = 1.0,
) -> list[Aligned | None]:
    """Align (letters, phonemes) of each word; None where there are too many phonemes.

    A letter stands for two phonemes at most, in order; for three where many words could not be
    aligned otherwise or are much likelier so, as where a letter is a syllable or tells its tone.
    The probabilities of chunks given letters are those of maximum posterior under a Dirichlet prior
    of `strength` pseudo-counts a letter, by expectation maximisation (Jiampojamarn et al., Applying
    Many-to-Many Alignments and Hidden Markov Models to Letter-to-Phoneme Conversion, 2007). A few
    more iterations are on probabilities given the neighbours too, so that what several letters
    spell together is always shared alike among them. Each word then takes its likeliest path.
    """
    order = sorted(range(len(words)), key=lambda w: -len(words[w][0]))
    ordered = [words[w] for w in order]
    lattice, table = _of_letters(ordered, prior, strength, longest=2)
    short = _expected(lattice, _looked_up(lattice, table)).log_likelihood
    wider, wider_table = _of_letters(ordered, prior, strength, longest=3)
    long = _expected(wider, _looked_up(wider, wider_table)).log_likelihood
    lost = np.isinf(short)
    if lost.mean() > _MOST_LOST or np.mean(long[~lost] - short[~lost]) > _WORTH:
        lattice, table = wider, wider_table
    found = _likeliest(lattice, _in_context(lattice, table), ordered)
    return [one for _, one in sorted(zip(order, found, strict=True), key=lambda pair: pair[0])]


def _of_letters(words, prior: Prior | None, strength: float, *, longest: int):
    """The lattice, and the table of chunks given letters, by expectation maximisation."""
    lattice = _lattice(words, longest)
    before = strength * _prior(lattice, prior)
    table = before / strength
    for _ in range(_ITERATIONS):
        counts = _counts(lattice, _expected(lattice, _looked_up(lattice, table)).uses) + before
        table = counts / counts.sum(axis=1, keepdims=True)
    return lattice, table


def _in_context(lattice: _Lattice, table) -> Steps:
    """Probabilities given a letter and its neighbours: what was expected of them, smoothed by what
    was expected of the letter with one of the two, and that by the table of letters alone.
    """
    chunks = np.concatenate([lattice.chunks[: len(row)].ravel() for row in lattice.letters])
    possible = np.flatnonzero(chunks < len(lattice.known))
    alone, *contexts = (
        np.concatenate([np.repeat(row, lattice.chunks[0].size) for row in rows])[possible]
        for rows in _neighbourhoods(lattice)
    )
    chunk = chunks[possible]
    pairs = [_Pairs.of(context, chunk) for context in contexts]
    of_letter = table[alone, chunk]
    flat = np.zeros(len(chunks))
    flat[possible] = of_letter
    for _ in range(_REFINEMENTS):
        uses = _expected(lattice, _unravelled(lattice, flat)).uses
        used = np.concatenate([step.ravel() for step in uses])[possible]
        after, before = (pair.smoothed(used, of_letter) for pair in pairs[:2])
        flat[possible] = pairs[2].smoothed(used, (after + before) / 2)
    return _unravelled(lattice, flat)


class _Pairs(NamedTuple):
    """Pairs of a context and a chunk, numbered, of every step."""

    pair: Int[np.ndarray, " steps"]
    context: Int[np.ndarray, " steps"]

    @classmethod
    def of(cls, context, chunk) -> "_Pairs":
        _, number = np.unique(context, return_inverse=True)
        _, pair = np.unique(number * (chunk.max() + 1) + chunk, return_inverse=True)
        return cls(pair, number)

    def smoothed(self, used, broader):
        """Probabilities of chunks given contexts, from how often each step was used."""
        together, alone = np.bincount(self.pair, used), np.bincount(self.context, used)
        return (together[self.pair] + _CONTEXT * broader) / (alone[self.context] + _CONTEXT)


def _neighbourhoods(lattice: _Lattice) -> list[list[Int[np.ndarray, " _"]]]:
    """Numbers of the letter alone, with the next, with the one before, and with both."""
    size, here = len(lattice.alphabet) + 1, lattice.letters
    none = np.full(len(here[0]), size - 1)
    before = [none, *here[:-1]]
    after = [
        np.concatenate([then, none[len(then) : len(row)]])
        for row, then in zip(here, [*here[1:], none[:0]], strict=True)
    ]
    rows = [(a[: len(b)], b, c) for a, b, c in zip(before, here, after, strict=True)]
    return [
        here,
        [b * size + c for _, b, c in rows],
        [a * size + b for a, b, _ in rows],
        [(a * size + b) * size + c for a, b, c in rows],
    ]


def _lattice(words, longest: int) -> _Lattice:
    alphabet = sorted({letter for letters, _ in words for letter in letters})
    index = {letter: i for i, letter in enumerate(alphabet)}
    known: dict[Chunk, int] = {}
    last = max(len(spoken) for _, spoken in words)
    longest = min(longest, last)
    chunks = np.full((len(words), last + 1, longest + 1), -1)
    for w, (_, spoken) in enumerate(words):
        spoken = tuple(spoken)
        for place in range(len(spoken) + 1):
            for size in range(min(longest, len(spoken) - place) + 1):
                chunk = spoken[place : place + size]
                chunks[w, place, size] = known.setdefault(chunk, len(known))
    chunks[chunks < 0] = len(known)
    letters = [
        np.array([index[spelled[i]] for spelled, _ in words if len(spelled) > i], int)
        for i in range(len(words[0][0]))
    ]
    ends = np.array([len(spoken) for _, spoken in words])
    return _Lattice(letters, ends, chunks, alphabet, list(known))


def _prior(lattice: _Lattice, prior: Prior | None) -> Float[np.ndarray, "letters chunks"]:
    sizes = np.array([len(chunk) for chunk in lattice.known])
    shares = np.array([_SIZE_PRIOR[s] for s in sizes]) / np.bincount(sizes)[sizes]
    table = np.tile(shares / shares.sum(), (len(lattice.alphabet), 1))
    if prior is not None:
        told = prior(lattice.alphabet, lattice.known)
        table = 0.9 * told + 0.1 * table
    return np.hstack([table, np.zeros((len(table), 1))])  # the impossible chunk


def _looked_up(lattice: _Lattice, table) -> Steps:
    """Probabilities of every chunk of every letter."""
    return [table[row[:, None, None], lattice.chunks[: len(row)]] for row in lattice.letters]


def _unravelled(lattice: _Lattice, flat) -> Steps:
    sizes = [len(row) * lattice.chunks[0].size for row in lattice.letters]
    parts = np.split(flat, np.cumsum(sizes)[:-1])
    return [part.reshape(-1, *lattice.chunks.shape[1:]) for part in parts]


def _counts(lattice: _Lattice, uses: Steps) -> Float[np.ndarray, "letters chunks"]:
    letters, chunks = lattice.shape
    cells = [row[:, None, None] * chunks + lattice.chunks[: len(row)] for row in lattice.letters]
    flat = np.concatenate([cell.ravel() for cell in cells])
    used = np.concatenate([step.ravel() for step in uses])
    return np.bincount(flat, used, minlength=letters * chunks).reshape(letters, chunks)


def _preferring_early(steps: Steps) -> Steps:
    """Of two letters that are alike the second is silent, not now the one and now the other."""
    return [
        step * np.array([1 + _EARLY * i / len(steps), *[1.0] * (step.shape[2] - 1)])
        for i, step in enumerate(steps)
    ]


def _forward(steps: Steps, combine) -> list[Float[np.ndarray, "_ places"]]:
    """The probability of each place, before the first letter and after each."""
    words, places, sizes = steps[0].shape
    alpha = [np.zeros((words, places))]
    alpha[0][:, 0] = 1
    for step in steps:
        before, now = alpha[-1][: len(step)], np.zeros((len(step), places))
        for size in range(sizes):
            arriving = before[:, : places - size] * step[:, : places - size, size]
            now[:, size:] = combine(now[:, size:], arriving)
        alpha.append(now)
    return alpha


def _expected(lattice: _Lattice, steps: Steps) -> _Expected:
    """By the forward-backward algorithm."""
    steps = _preferring_early(steps)
    alpha = _forward(steps, np.add)
    uses = [np.zeros_like(step) for step in steps]
    total = np.zeros(len(lattice.ends))
    _, places, sizes = steps[0].shape
    beta = np.zeros((0, places))
    for step, use, before, after in zip(
        reversed(steps), reversed(uses), reversed(alpha[:-1]), reversed(alpha[1:]), strict=True
    ):
        ended = np.arange(len(beta), len(step))  # words that have no further letter
        end = lattice.ends[ended]
        total[ended] = after[ended, end]
        beta = np.vstack([beta, np.zeros((len(ended), places))])
        beta[ended, end] = np.divide(
            1, total[ended], out=np.zeros(len(end)), where=total[ended] > 0
        )
        earlier = np.zeros_like(beta)
        for size in range(sizes):
            kept = slice(0, places - size)
            through = step[:, kept, size] * beta[:, size:]
            earlier[:, kept] += through
            use[:, kept, size] = before[: len(step), kept] * through
        beta = earlier
    with np.errstate(divide="ignore"):
        return _Expected(uses, np.log(total))


def _likeliest(lattice: _Lattice, steps: Steps, words) -> list[Aligned | None]:
    steps = _preferring_early(steps)
    best = _forward(steps, np.maximum)
    found: list[Aligned | None] = []
    sizes = range(steps[0].shape[2])
    for w, (spelled, spoken) in enumerate(words):
        place, chunks = len(spoken), []
        if best[len(spelled)][w, place] <= 0:
            found.append(None)
            continue
        for i in range(len(spelled), 0, -1):
            before, step = best[i - 1][w], steps[i - 1][w]
            size = max(
                (s for s in sizes if s <= place),
                key=lambda s: before[place - s] * step[place - s, s],
            )
            chunks.append(tuple(spoken[place - size : place]))
            place -= size
        found.append(Aligned(tuple(spelled), tuple(reversed(chunks))))
    return found
