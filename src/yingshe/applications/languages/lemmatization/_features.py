"""Numeric features of a word and its candidates: counts of the support, and letters."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from yingshe.applications.languages.lemmatization._alphabet import letter_ids, vowel_skeleton
from yingshe.applications.languages.lemmatization._candidates import (
    MAX_CANDIDATES,
    Candidate,
    candidates,
)
from yingshe.applications.languages.lemmatization._edit_counts import (
    MAX_PREFIX,
    EditCounts,
    TwoLevelCounts,
)
from yingshe.applications.languages.lemmatization._edits import Edit

_NUM_ENDINGS = 6  # longest ending whose counts are features, in letters
_NUM_SKELETON_ENDINGS = 4  # the same for vowel skeletons
_NUM_BEYOND = 4  # endings that reach 0 to 3 letters beyond the cut
_WORD_LAST, _WORD_FIRST = 5, 2  # letters of the word
_STEM, _CUT, _ADDED, _LEMMA = 2, 4, 2, 4  # letters: before the cut, cut, added; end of the lemma
_NUM_FORM_COLUMNS, _NUM_PART_COLUMNS = 21 + MAX_PREFIX, 24
NUM_CATEGORICAL = _WORD_LAST + _WORD_FIRST, _STEM + _CUT + _ADDED + _LEMMA
"""Letter columns of a word, and of a candidate; they come last in each."""
NUM_CONTEXT_COLUMNS = 7 + _NUM_ENDINGS + _NUM_SKELETON_ENDINGS + MAX_PREFIX + NUM_CATEGORICAL[0]
"""Columns of a word."""
NUM_CANDIDATE_COLUMNS = (
    _NUM_FORM_COLUMNS
    + 3 * (_NUM_ENDINGS + _NUM_SKELETON_ENDINGS)
    + 2 * (4 * _NUM_BEYOND + _NUM_PART_COLUMNS)
    + NUM_CATEGORICAL[1]
)
"""Columns of a candidate."""
X_DIM = NUM_CONTEXT_COLUMNS + MAX_CANDIDATES * NUM_CANDIDATE_COLUMNS
"""Columns of x: those of the word, then those of each candidate."""
Y_DIM = MAX_CANDIDATES + 1
"""Classes: the candidates, and last, none of them."""


def extract_features(
    word: str, counts: TwoLevelCounts
) -> tuple[list[Candidate], Float[np.ndarray, " x_dim"]]:
    """Return the candidates of a word and their features.

    Args:
        word: A word.
        counts: Counts of the observed pairs.

    Returns:
        The candidates, and x (X_DIM,).
    """
    word_candidates = candidates(word, counts.written)
    return word_candidates, encode_candidates(word, word_candidates, counts)


def encode_candidates(
    word: str, word_candidates: Sequence[Candidate], counts: TwoLevelCounts
) -> Float[np.ndarray, " x_dim"]:
    """Return the features of a word and of its candidates.

    Args:
        word: A word.
        word_candidates: At least one and at most `MAX_CANDIDATES` candidates.
        counts: Counts of the observed pairs.

    Returns:
        x (X_DIM,), with zeros for missing candidates.
    """
    x = np.zeros(X_DIM, np.float32)
    x[:NUM_CONTEXT_COLUMNS] = _context_features(word, counts)
    skeletons = [
        (vowel_skeleton(c.lemma), Edit(*map(vowel_skeleton, c.edit))) for c in word_candidates
    ]
    rows = np.hstack(
        [
            _form_features(word, word_candidates, counts.written),
            _count_features(
                word, [(c.lemma, c.edit) for c in word_candidates], counts.written, _NUM_ENDINGS
            ),
            _count_features(
                vowel_skeleton(word), skeletons, counts.skeletons, _NUM_SKELETON_ENDINGS
            ),
            [_candidate_letters(word, candidate) for candidate in word_candidates],
        ]
    )
    x[NUM_CONTEXT_COLUMNS : NUM_CONTEXT_COLUMNS + rows.size] = rows.ravel()
    return x


def _context_features(word: str, counts: TwoLevelCounts) -> list[float | int]:
    written = counts.written
    n = max(written.count, 1)
    numbers = [
        math.log1p(written.count) / 3,
        written.num_unchanged / n,
        written.letters_cut / n / 3,
        written.letters_added / n / 3,
        written.prefixes["", ""] / n,
        written.letters / n / 10,
        len(word) / 10,
    ]
    skeleton_ends = _endings(vowel_skeleton(word), _NUM_SKELETON_ENDINGS)
    with_skeleton = counts.skeletons.words_with
    ends, starts = _endings(word, _NUM_ENDINGS), _beginnings(word)
    observed = [
        *_pad([math.log1p(written.words_with[end]) for end in ends], _NUM_ENDINGS),
        *_pad([math.log1p(with_skeleton[end]) for end in skeleton_ends], _NUM_SKELETON_ENDINGS),
        *_pad([math.log1p(written.words_starting[start]) for start in starts], MAX_PREFIX),
    ]
    return numbers + observed + letter_ids(_last(word, _WORD_LAST) + _first(word, _WORD_FIRST))


def _form_features(
    word: str, word_candidates: Sequence[Candidate], counts: EditCounts
) -> list[list[float | int]]:
    """Return features of the edits themselves, and of candidates relative to the best of them."""
    best = word_candidates[0].score
    longest = max(candidate.suffix_len for candidate in word_candidates)
    mean_letters = counts.letters / max(counts.count, 1)
    rows = []
    for candidate in word_candidates:
        edit, lemma, suffix_len = candidate.edit, candidate.lemma, candidate.suffix_len
        stem = word[len(edit.prefix) : len(word) - len(edit.suffix)]
        vowels = vowel_skeleton(stem).count("V")
        rows.append(
            [
                1.0,  # the candidate exists
                len(edit.suffix) / 3,
                len(edit.after) / 2,
                len(edit.prefix) / 2,
                len(edit.before) / 2,
                len(stem) / 6,
                vowels / 3,
                float(vowels == 0),
                vowel_skeleton(lemma).count("V") / 3,
                (len(lemma) - mean_letters) / 6,
                float(lemma == word),
                float(lemma in counts.lemmas),
                float(lemma in counts.words),
                float(counts.edit_count(edit) == 0),
                suffix_len / 4,
                (suffix_len - longest) / 4,
                (candidate.score - best) / 4,
                counts.edit_rate(word[len(word) - suffix_len :], edit),
                counts.edit_rate(word[len(word) - longest :], edit),
                float(suffix_len == longest),
                counts.lemmas_with[lemma[-1:]] / max(counts.count, 1),
                *_pad([counts.prefix_rate(start, edit) for start in _beginnings(word)], MAX_PREFIX),
            ]
        )
    return rows


def _count_features(
    word: str, lemma_edits: Sequence[tuple[str, Edit]], counts: EditCounts, longest: int
) -> Float[np.ndarray, "candidates columns"]:
    """Return counts and rates of each (lemma, edit): by ending, by cut, and by part."""
    ends = _endings(word, longest)
    with_end = [counts.words_with.get(end, 0) for end in ends]
    seen_suffix = counts.longest_seen_suffix(word)
    count_rows, rate_rows = [], []
    for lemma, edit in lemma_edits:
        cut = len(edit.suffix)
        total = counts.edit_count(edit)
        cuts = [counts.num_cuts(end, cut) for end in ends]
        beyond = _endings_beyond(word, cut)
        with_beyond = [counts.words_with.get(end, 0) for end in beyond]
        cuts_beyond = [counts.num_cuts(end, cut) for end in beyond]
        edits = [counts.edit_count(edit, end) for end in ends] if total else []
        edits_beyond = [counts.edit_count(edit, end) for end in beyond] if total else []
        with_suffix = counts.suffixes.get(edit.suffix, 0)
        starting = counts.words_starting[edit.prefix[:MAX_PREFIX]] if edit.prefix else counts.count
        with_prefix = counts.prefixes.get((edit.prefix, edit.before), 0)
        count_rows.append(
            [
                *_pad(edits, longest),
                *_pad(with_beyond, _NUM_BEYOND),
                *_pad(edits_beyond, _NUM_BEYOND),
                total,
                with_suffix,
                with_prefix,
                *_part_counts(word, lemma, edit, counts),
            ]
        )
        rate_rows.append(
            [
                *_pad(_ratios(edits, with_end), longest),
                *_pad(_ratios(cuts, with_end), longest),
                *_pad(_ratios(edits_beyond, with_beyond), _NUM_BEYOND),
                *_pad(_ratios(cuts_beyond, with_beyond), _NUM_BEYOND),
                with_suffix / max(counts.words_with.get(edit.suffix, 0), 1),
                with_prefix / max(starting, 1),
                (cut - seen_suffix) / 3,
                counts.shared_suffix_len(lemma) / 4,
            ]
        )
    return np.hstack([np.log1p(count_rows), rate_rows])


def _part_counts(word: str, lemma: str, edit: Edit, counts: EditCounts) -> list[int]:
    """Return how often the addition, the lemma's ends, the stem's ends and the cut occurred."""
    added, cut = len(edit.after), edit.suffix
    stem = word[len(edit.prefix) : len(word) - len(cut)]
    lemmas_with, stems_with, cut_parts = counts.lemmas_with, counts.stems_with, counts.cut_parts
    return [
        counts.additions.get(edit.after, 0),
        *[lemmas_with.get(lemma[-i:], 0) for i in range(1, 5)],
        *[lemmas_with.get(lemma[-added - i :], 0) for i in range(1, 4)],
        *[stems_with.get(stem[-i:], 0) for i in range(1, 4)],
        *[cut_parts.get(stem[-i:], 0) for i in range(1, 4)],
        *[counts.cut_starts.get(cut[:i], 0) if i <= len(cut) else 0 for i in range(1, 4)],
    ]


def _endings_beyond(word: str, cut: int) -> list[str]:
    """Return the endings of a word that are 0 to 3 letters longer than the cut."""
    return [word[len(word) - n :] for n in range(cut, min(cut + _NUM_BEYOND, len(word) + 1))]


def _ratios(parts: Sequence[int], totals: Sequence[int]) -> list[float]:
    return [n / total if n else 0.0 for n, total in zip(parts, totals, strict=False)]


def _candidate_letters(word: str, candidate: Candidate) -> list[int]:
    edit = candidate.edit
    stem = word[len(edit.prefix) : len(word) - len(edit.suffix)]
    return letter_ids(
        _last(stem, _STEM)
        + _first(edit.suffix, _CUT)
        + _first(edit.after, _ADDED)
        + _last(candidate.lemma, _LEMMA)
    )


def _endings(text: str, longest: int) -> list[str]:
    return [text[len(text) - n :] for n in range(1, min(longest, len(text)) + 1)]


def _beginnings(word: str) -> list[str]:
    return [word[:n] for n in range(1, min(len(word), MAX_PREFIX) + 1)]


def _first(text: str, n: int) -> list[str]:
    return [text[i] if i < len(text) else "" for i in range(n)]


def _last(text: str, n: int) -> list[str]:
    return [text[-i] if i <= len(text) else "" for i in range(1, n + 1)]


def _pad(values: Sequence[float | int], n: int) -> list[float | int]:
    return [*values, *[0] * (n - len(values))]
