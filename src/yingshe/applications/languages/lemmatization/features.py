"""What is known of a word's candidates, as numbers: counts of the support, and letters."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from yingshe.applications.languages.lemmatization.candidates import AT_MOST, Candidate, candidates
from yingshe.applications.languages.lemmatization.edits import Edit
from yingshe.applications.languages.lemmatization.letters import codes, shape
from yingshe.applications.languages.lemmatization.statistics import OPENING, Counts, Statistics

_ENDS = 6  # letters of the longest ending whose counts are told apart
_SHAPES = 4  # the same for shapes
_BEYOND = 4  # endings that are told apart by how far they reach beyond the cut: 0 to 3 letters
_WORD_LAST, _WORD_FIRST = 5, 2  # letters of the word
_STEM, _OFF, _ON, _END = 2, 4, 2, 4  # letters before the cut, that go, that are put on; lemma's
_FORM, _PARTS = 21 + OPENING, 24  # columns of `_forms`, and of `_counted` beside those by ending
SYMBOLS = _WORD_LAST + _WORD_FIRST, _STEM + _OFF + _ON + _END
"""How many of the columns of a word, and of those of a candidate, are letters: the last ones."""
COMMON = 7 + _ENDS + _SHAPES + OPENING + SYMBOLS[0]
"""Columns of a word."""
EACH = _FORM + 3 * (_ENDS + _SHAPES) + 2 * (4 * _BEYOND + _PARTS) + SYMBOLS[1]
"""Columns of a candidate."""
X_DIM = COMMON + AT_MOST * EACH
Y_DIM = AT_MOST + 1
"""The candidates, and last: none of them."""


def features_of(word: str, met: Counts) -> tuple[list[Candidate], Float[np.ndarray, " x_dim"]]:
    """The candidates of a word, and x: columns of the word, then those of each candidate.

    Where there are fewer candidates than `AT_MOST` the rest is zero.
    """
    found = candidates(word, met.written)
    x = np.zeros(X_DIM, np.float32)
    x[:COMMON] = _common(word, met)
    shapes = [(shape(one.lemma), Edit(*map(shape, one.edit))) for one in found]
    rows = np.hstack(
        [
            _forms(word, found, met.written),
            _counted(word, [(one.lemma, one.edit) for one in found], met.written, _ENDS),
            _counted(shape(word), shapes, met.shapes, _SHAPES),
            [_letters(word, one) for one in found],
        ]
    )
    x[COMMON : COMMON + rows.size] = rows.ravel()
    return found, x


def _common(word: str, met: Counts) -> list[float | int]:
    written = met.written
    n = max(written.count, 1)
    numbers = [
        math.log1p(written.count) / 3,
        written.same / n,
        written.letters_off / n / 3,
        written.letters_on / n / 3,
        written.prefixes["", ""] / n,
        written.letters / n / 10,
        len(word) / 10,
    ]
    seen = [
        *_padded([math.log1p(written.words_with[end]) for end in _ends(word, _ENDS)], _ENDS),
        *_padded(
            [math.log1p(met.shapes.words_with[end]) for end in _ends(shape(word), _SHAPES)], _SHAPES
        ),
        *_padded([math.log1p(written.beginning[begin]) for begin in _beginnings(word)], OPENING),
    ]
    return numbers + seen + codes(_last(word, _WORD_LAST) + _first(word, _WORD_FIRST))


def _forms(word: str, found: Sequence[Candidate], met: Statistics) -> list[list[float | int]]:
    """How the candidates are made, and how they stand beside the best of them."""
    best = found[0].weight
    longest = max(one.met for one in found)
    usual = met.letters / max(met.count, 1)
    rows = []
    for one in found:
        edit, lemma = one.edit, one.lemma
        stem = word[len(edit.prefix) : len(word) - len(edit.suffix)]
        vowels = shape(stem).count("V")
        rows.append(
            [
                1.0,  # it is there
                len(edit.suffix) / 3,
                len(edit.after) / 2,
                len(edit.prefix) / 2,
                len(edit.before) / 2,
                len(stem) / 6,
                vowels / 3,
                float(vowels == 0),
                shape(lemma).count("V") / 3,
                (len(lemma) - usual) / 6,
                float(lemma == word),
                float(lemma in met.lemmas),
                float(lemma in met.words),
                float(met.times(edit) == 0),
                one.met / 4,
                (one.met - longest) / 4,
                (one.weight - best) / 4,
                met.share(word[len(word) - one.met :], edit),
                met.share(word[len(word) - longest :], edit),
                float(one.met == longest),
                met.lemmas_with[lemma[-1:]] / max(met.count, 1),
                *_padded([met.opens(begin, edit) for begin in _beginnings(word)], OPENING),
            ]
        )
    return rows


def _counted(
    word: str, found: Sequence[tuple[str, Edit]], met: Statistics, longest: int
) -> Float[np.ndarray, "candidates columns"]:
    """What is counted of each (lemma, edit): by the word's endings, by the cut, by its parts."""
    ends = _ends(word, longest)
    with_end = [met.words_with.get(end, 0) for end in ends]
    known = met.known(word)
    counts, shares = [], []
    for lemma, edit in found:
        off = len(edit.suffix)
        times = met.times(edit)
        cuts = [met.cuts(end, off) for end in ends]
        beyond = _beyond(word, off)
        with_beyond = [met.words_with.get(end, 0) for end in beyond]
        cuts_beyond = [met.cuts(end, off) for end in beyond]
        here = [met.edits_of(end, edit) for end in ends] if times else []
        here_beyond = [met.edits_of(end, edit) for end in beyond] if times else []
        of_suffix = met.suffixes.get(edit.suffix, 0)
        begun = met.beginning[edit.prefix[:OPENING]] if edit.prefix else met.count
        beginning = met.prefixes.get((edit.prefix, edit.before), 0)
        counts.append(
            [
                *_padded(here, longest),
                *_padded(with_beyond, _BEYOND),
                *_padded(here_beyond, _BEYOND),
                times,
                of_suffix,
                beginning,
                *_parts(word, lemma, edit, met),
            ]
        )
        shares.append(
            [
                *_padded(_shares(here, with_end), longest),
                *_padded(_shares(cuts, with_end), longest),
                *_padded(_shares(here_beyond, with_beyond), _BEYOND),
                *_padded(_shares(cuts_beyond, with_beyond), _BEYOND),
                of_suffix / max(met.words_with.get(edit.suffix, 0), 1),
                beginning / max(begun, 1),
                (off - known) / 3,
                met.alike(lemma) / 4,
            ]
        )
    return np.hstack([np.log1p(counts), shares])


def _parts(word: str, lemma: str, edit: Edit, met: Statistics) -> list[int]:
    """How often the parts of a candidate were met as such: what comes, what stays, what goes."""
    on, off = len(edit.after), edit.suffix
    stem = word[len(edit.prefix) : len(word) - len(off)]
    lemmas_with, stems_with, within = met.lemmas_with, met.stems_with, met.within
    return [
        met.added.get(edit.after, 0),
        *[lemmas_with.get(lemma[-i:], 0) for i in range(1, 5)],
        *[lemmas_with.get(lemma[-on - i :], 0) for i in range(1, 4)],
        *[stems_with.get(stem[-i:], 0) for i in range(1, 4)],
        *[within.get(stem[-i:], 0) for i in range(1, 4)],
        *[met.begun.get(off[:i], 0) if i <= len(off) else 0 for i in range(1, 4)],
    ]


def _beyond(word: str, off: int) -> list[str]:
    """Endings of a word that reach so many letters, and up to three more."""
    return [word[len(word) - n :] for n in range(off, min(off + _BEYOND, len(word) + 1))]


def _shares(part: Sequence[int], of: Sequence[int]) -> list[float]:
    return [n / total if n else 0.0 for n, total in zip(part, of, strict=False)]


def _letters(word: str, one: Candidate) -> list[int]:
    edit = one.edit
    stem = word[len(edit.prefix) : len(word) - len(edit.suffix)]
    return codes(
        _last(stem, _STEM)
        + _first(edit.suffix, _OFF)
        + _first(edit.after, _ON)
        + _last(one.lemma, _END)
    )


def _ends(text: str, most: int) -> list[str]:
    return [text[len(text) - n :] for n in range(1, min(most, len(text)) + 1)]


def _beginnings(word: str) -> list[str]:
    return [word[:n] for n in range(1, min(len(word), OPENING) + 1)]


def _first(text: str, n: int) -> list[str]:
    return [text[i] if i < len(text) else "" for i in range(n)]


def _last(text: str, n: int) -> list[str]:
    return [text[-i] if i <= len(text) else "" for i in range(1, n + 1)]


def _padded(values: Sequence[float | int], n: int) -> list[float | int]:
    return [*values, *[0] * (n - len(values))]
