"""What may be a word's dictionary form: edits that were met, and what generalises them."""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass

from yingshe.applications.languages.lemmatization.edits import IDENTITY, Edit
from yingshe.applications.languages.lemmatization.statistics import LONGEST, Statistics

AT_MOST = 32
"""Candidates of a word."""
_DEEPEST = 7  # letters that an edit which was not met may take off
_ENDINGS = 16  # additions that it may put on, of those of edits, and of ends of lemmas
_PREFIXES = 8  # exchanges at the beginning that are tried with every edit at the end
_EDITS = 10  # edits at the end that are tried with every exchange at the beginning
_WEIGHTS = (*(0.46, 0.45, 1.07, 2.89, -0.44, 0.53, 0.61, 0.42, -0.51, 0.21, -0.31, -1.25, 0.46),)
"""Of `_signs`: conditional logistic regression on words of the languages of meta-training."""


@dataclass(frozen=True)
class Candidate:
    """A lemma, the edit that leads to it, and the longest ending with which that edit was met."""

    lemma: str
    edit: Edit
    met: int
    """Letters of the longest ending of the word that a word of the same edit has; 0 for none."""
    weight: float
    """How promising it looks by counts alone: which of too many are kept."""


def candidates(word: str, met: Statistics, at_most: int = AT_MOST) -> list[Candidate]:
    """At most so many candidates of a word, the most promising first.

    They are the word itself; the edits that were met and fit; these at the end together with an
    exchange at the beginning that another word had; and every cut of up to seven letters, with
    what edits put on, and with the last one or two letters of lemmas.
    """
    endings = likely_endings(met)
    longest = _longest_met(word, met)
    edits = dict.fromkeys(longest)
    edits[IDENTITY] = None
    for prefix, before in _fitting_prefixes(word, met):
        for edit in list(longest)[:_EDITS]:
            edits[Edit(prefix, before, edit.suffix, edit.after)] = None
        edits[Edit(prefix, before, "", "")] = None
    for n in range(min(_DEEPEST, len(word) - 1) + 1):
        off = word[len(word) - n :]
        for on in endings:
            if not (off and on and off[0] == on[0]):
                edits[Edit("", "", off, on)] = None
    found: dict[str, Candidate] = {}
    for edit in edits:
        lemma = edit(word)
        if lemma:
            n = longest.get(edit, 0)
            signs = _signs(word, lemma, edit, n, met)
            weight = sum(map(operator.mul, _WEIGHTS, signs))
            if lemma not in found or weight > found[lemma].weight:
                found[lemma] = Candidate(lemma, edit, n, weight)
    return sorted(found.values(), key=lambda one: -one.weight)[:at_most]


def likely_endings(met: Statistics) -> list[str]:
    """What may be put on where a word was cut; the empty one among them."""
    added = [ending for ending, _ in met.added.most_common(_ENDINGS)]
    ends = sorted(met.ends, key=lambda end: (-met.ends[end], end))[:_ENDINGS]
    return list(dict.fromkeys(["", *added, *ends]))


def _longest_met(word: str, met: Statistics) -> dict[Edit, int]:
    """The edits that fit, and the letters of the longest ending that each was met with."""
    longest: dict[Edit, int] = {}
    for n in range(min(len(word), LONGEST), -1, -1):
        for edit in met.edits.get(word[len(word) - n :], ()):
            if edit not in longest and word.endswith(edit.suffix) and edit(word) is not None:
                longest[edit] = n
    return longest


def _fitting_prefixes(word: str, met: Statistics) -> Sequence[tuple[str, str]]:
    return [
        (prefix, before)
        for (prefix, before), _ in met.prefixes.most_common(4 * _PREFIXES)
        if (prefix or before) and word.startswith(prefix) and len(word) > len(prefix) + 1
    ][:_PREFIXES]


def _signs(
    word: str, lemma: str, edit: Edit, longest: int, met: Statistics
) -> Sequence[float | int]:
    """What is counted for and against a candidate, in the order of `_WEIGHTS`."""
    times = met.times(edit)
    end = word[len(word) - longest :]
    here = met.edits_of(end, edit) if times else 0
    off, on = len(edit.suffix), len(edit.after)
    last, of_suffix = word[-1], met.suffixes.get(edit.suffix, 0)
    return (
        math.log1p(times),
        longest,
        here / met.words_with[end] if here else 0.0,
        of_suffix / (1 + met.words_with.get(edit.suffix, 0)),
        math.log1p(of_suffix),
        met.alike(lemma),
        math.log1p(met.added.get(edit.after, 0)),
        math.log1p(met.lemmas_with.get(lemma[-2:], 0)),
        math.log1p(met.prefixes.get((edit.prefix, edit.before), 0)),
        met.cuts(last, off) / (1 + met.words_with[last]),
        abs(off - 2),
        on,
        float(lemma == word),
    )
