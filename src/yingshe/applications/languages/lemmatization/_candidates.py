"""Candidate lemmas of a word: observed edits, and new combinations of their parts."""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass

from yingshe.applications.languages.lemmatization._edit_counts import MAX_SUFFIX, EditCounts
from yingshe.applications.languages.lemmatization._edits import IDENTITY, Edit

MAX_CANDIDATES = 32
"""Largest number of candidates of a word."""
_MAX_CUT = 7  # letters that a new edit may cut off
_NUM_ENDINGS = 16  # additions of a new edit, from edits, and from ends of lemmas
_NUM_PREFIXES = 8  # prefix changes that are combined with every edit at the end
_NUM_EDITS = 10  # edits at the end that are combined with every prefix change
_WEIGHTS = (*(0.46, 0.45, 1.07, 2.89, -0.44, 0.53, 0.61, 0.42, -0.51, 0.21, -0.31, -1.25, 0.46),)
"""Weights of `_score_features`, by conditional logit on words of the training languages."""


@dataclass(frozen=True)
class Candidate:
    """Candidate lemma of a word."""

    lemma: str
    edit: Edit
    """Edit from the word to the lemma."""
    suffix_len: int
    """Length of the longest ending that the word shares with an observed word of the same edit."""
    score: float
    """Score from counts alone, by which candidates are selected."""


def candidates(
    word: str, counts: EditCounts, max_candidates: int = MAX_CANDIDATES
) -> list[Candidate]:
    """Generate candidate lemmas of a word.

    Candidates are the word itself; the observed edits that fit; these combined with an observed
    prefix change; and every cut of up to seven letters, followed by observed additions or by the
    last one or two letters of lemmas.

    Args:
        word: A word.
        counts: Counts of the observed pairs.
        max_candidates: Largest number of candidates.

    Returns:
        Candidates with different lemmas, by descending score.
    """
    endings = likely_endings(counts)
    longest = _longest_suffixes(word, counts)
    edits = dict.fromkeys(longest)
    edits[IDENTITY] = None
    for prefix, before in _fitting_prefixes(word, counts):
        for edit in list(longest)[:_NUM_EDITS]:
            edits[Edit(prefix, before, edit.suffix, edit.after)] = None
        edits[Edit(prefix, before, "", "")] = None
    for n in range(min(_MAX_CUT, len(word) - 1) + 1):
        cut = word[len(word) - n :]
        for addition in endings:
            if not (cut and addition and cut[0] == addition[0]):
                edits[Edit("", "", cut, addition)] = None
    by_lemma: dict[str, Candidate] = {}
    for edit in edits:
        lemma = edit(word)
        if lemma:
            n = longest.get(edit, 0)
            features = _score_features(word, lemma, edit, n, counts)
            score = sum(map(operator.mul, _WEIGHTS, features))
            if lemma not in by_lemma or score > by_lemma[lemma].score:
                by_lemma[lemma] = Candidate(lemma, edit, n, score)
    return sorted(by_lemma.values(), key=lambda c: -c.score)[:max_candidates]


def likely_endings(counts: EditCounts) -> list[str]:
    """Return frequent additions of edits and frequent ends of lemmas.

    Args:
        counts: Counts of the observed pairs.

    Returns:
        Different endings; the first is "".
    """
    additions = [ending for ending, _ in counts.additions.most_common(_NUM_ENDINGS)]
    ends = counts.lemma_ends
    frequent = sorted(ends, key=lambda end: (-ends[end], end))[:_NUM_ENDINGS]
    return list(dict.fromkeys(["", *additions, *frequent]))


def _longest_suffixes(word: str, counts: EditCounts) -> dict[Edit, int]:
    """Return the edits that fit, with the longest ending that each was observed with."""
    longest: dict[Edit, int] = {}
    for n in range(min(len(word), MAX_SUFFIX), -1, -1):
        for edit in counts.edits.get(word[len(word) - n :], ()):
            if edit not in longest and word.endswith(edit.suffix) and edit(word) is not None:
                longest[edit] = n
    return longest


def _fitting_prefixes(word: str, counts: EditCounts) -> Sequence[tuple[str, str]]:
    return [
        (prefix, before)
        for (prefix, before), _ in counts.prefixes.most_common(4 * _NUM_PREFIXES)
        if (prefix or before) and word.startswith(prefix) and len(word) > len(prefix) + 1
    ][:_NUM_PREFIXES]


def _score_features(
    word: str, lemma: str, edit: Edit, suffix_len: int, counts: EditCounts
) -> Sequence[float | int]:
    """Return the features of a candidate's score, in the order of `_WEIGHTS`."""
    total = counts.edit_count(edit)
    end = word[len(word) - suffix_len :]
    with_end = counts.edit_count(edit, end) if total else 0
    cut, added = len(edit.suffix), len(edit.after)
    last, with_suffix = word[-1], counts.suffixes.get(edit.suffix, 0)
    return (
        math.log1p(total),
        suffix_len,
        with_end / counts.words_with[end] if with_end else 0.0,
        with_suffix / (1 + counts.words_with.get(edit.suffix, 0)),
        math.log1p(with_suffix),
        counts.shared_suffix_len(lemma),
        math.log1p(counts.additions.get(edit.after, 0)),
        math.log1p(counts.lemmas_with.get(lemma[-2:], 0)),
        math.log1p(counts.prefixes.get((edit.prefix, edit.before), 0)),
        counts.num_cuts(last, cut) / (1 + counts.words_with[last]),
        abs(cut - 2),
        added,
        float(lemma == word),
    )
