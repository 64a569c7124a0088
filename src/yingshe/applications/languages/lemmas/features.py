"""What is known of a word's candidates, as numbers: counts of the support, and letters."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from yingshe.applications.languages.lemmas.candidates import AT_MOST, Candidate, candidates
from yingshe.applications.languages.lemmas.letters import codes
from yingshe.applications.languages.lemmas.statistics import Statistics

_ENDS = 6  # letters of the longest ending whose counts are told apart
_BEYOND = 4  # endings that are told apart by how far they reach beyond the cut: 0 to 3 letters
_WORD_LAST, _WORD_FIRST = 5, 2  # letters of the word
_STEM, _OFF, _ON, _END = 2, 4, 2, 4  # letters before the cut, that go, that are put on; lemma's
SYMBOLS = 2 * (_WORD_LAST + _WORD_FIRST), 2 * (_STEM + _OFF + _ON + _END)
"""How many of the columns of a word, and of those of a candidate, are letters: the last ones."""
COMMON = 6 + _ENDS + SYMBOLS[0]
"""Columns of a word."""
EACH = 17 + 3 * _ENDS + 4 * _BEYOND + 17 + SYMBOLS[1]
"""Columns of a candidate."""
X_DIM = COMMON + AT_MOST * EACH
Y_DIM = AT_MOST + 1
"""The candidates, and last: none of them."""


def features_of(word: str, met: Statistics) -> tuple[list[Candidate], Float[np.ndarray, " x_dim"]]:
    """The candidates of a word, and x: columns of the word, then those of each candidate.

    Where there are fewer candidates than `AT_MOST` the rest is zero.
    """
    found = candidates(word, met)
    ends = [word[len(word) - n :] for n in range(1, min(_ENDS, len(word)) + 1)]
    x = np.zeros(X_DIM, np.float32)
    x[:COMMON] = _common(word, met, ends)
    best = found[0].weight
    longest = max(one.met for one in found)
    rows = [_each(word, one, met, ends, best, longest) for one in found]
    x[COMMON : COMMON + len(rows) * EACH] = np.array(rows, np.float32).ravel()
    return found, x


def _common(word: str, met: Statistics, ends: Sequence[str]) -> list[float | int]:
    n = max(met.count, 1)
    numbers = [
        math.log1p(met.count) / 3,
        met.same / n,
        met.letters_off / n / 3,
        met.letters_on / n / 3,
        met.prefixes["", ""] / n,
        len(word) / 10,
    ]
    seen = _padded([math.log1p(met.words_with[end]) for end in ends], _ENDS)
    return numbers + seen + codes(_last(word, _WORD_LAST) + _first(word, _WORD_FIRST))


def _each(
    word: str, one: Candidate, met: Statistics, ends: Sequence[str], best: float, longest: int
) -> list[float | int]:
    edit, lemma = one.edit, one.lemma
    off = len(edit.suffix)
    stem = word[len(edit.prefix) : len(word) - off]
    times = met.times(edit)
    shape = [
        1.0,  # it is there
        off / 3,
        len(edit.after) / 2,
        len(edit.prefix) / 2,
        len(edit.before) / 2,
        len(stem) / 6,
        float(lemma == word),
        float(lemma in met.lemmas),
        float(lemma in met.words),
        math.log1p(times),
        float(times == 0),
        one.met / 4,
        (one.met - longest) / 4,
        (one.weight - best) / 4,
        met.share(word[len(word) - one.met :], edit),
        met.share(word[len(word) - longest :], edit),
        float(one.met == longest),
    ]
    here = [met.edits_of(end, edit) if times else 0 for end in ends]
    of = [max(met.words_with[end], 1) for end in ends]
    by_ending = [
        *_padded([math.log1p(n) for n in here], _ENDS),
        *_padded([n / total for n, total in zip(here, of, strict=True)], _ENDS),
        *_padded([met.cuts(end, off) / n for end, n in zip(ends, of, strict=True)], _ENDS),
    ]
    beyond = [word[len(word) - n :] for n in range(off, min(off + _BEYOND, len(word) + 1))]
    by_cut = [
        *_padded([math.log1p(met.words_with[end]) for end in beyond], _BEYOND),
        *_padded([math.log1p(met.edits_of(end, edit)) for end in beyond], _BEYOND),
        *_padded([met.share(end, edit) for end in beyond], _BEYOND),
        *_padded([met.cuts(end, off) / max(met.words_with[end], 1) for end in beyond], _BEYOND),
    ]
    on = len(edit.after)
    alike = met.alike(lemma)
    begun = met.beginning[edit.prefix[:3]] if edit.prefix else met.count
    beginning = met.prefixes[edit.prefix, edit.before]
    parts = [
        math.log1p(met.suffixes[edit.suffix]),
        met.suffixes[edit.suffix] / max(met.words_with[edit.suffix], 1),
        math.log1p(met.added[edit.after]),
        *[math.log1p(met.lemmas_with[lemma[len(lemma) - i :]]) for i in range(1, 5)],
        *[math.log1p(met.lemmas_with[lemma[-on - i :]]) for i in range(1, 4)],
        *[math.log1p(met.stems_with[stem[-i:]]) for i in range(1, 4)],
        met.lemmas_with[lemma[-1:]] / max(met.count, 1),
        alike / 4,
        math.log1p(beginning),
        beginning / max(begun, 1),
    ]
    letters = codes(
        _last(stem, _STEM)
        + _first(edit.suffix, _OFF)
        + _first(edit.after, _ON)
        + _last(lemma, _END)
    )
    return shape + by_ending + by_cut + parts + letters


def _first(text: str, n: int) -> list[str]:
    return [text[i] if i < len(text) else "" for i in range(n)]


def _last(text: str, n: int) -> list[str]:
    return [text[-i] if i <= len(text) else "" for i in range(1, n + 1)]


def _padded(values: list[float], n: int) -> list[float]:
    return values + [0.0] * (n - len(values))
