"""What is remembered of the pairs that were read: counts, by ending."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from yingshe.applications.languages.lemmas.edits import Edit, edit_between

LONGEST = 8
"""Letters of the longest ending that is counted."""


class Statistics:
    """Counts over (word, lemma) pairs, for whoever weighs candidates for another word.

    | name | counts |
    |---|---|
    | edits[e][r] | edit r among words that end with e (every edit under "") |
    | stripped[e][n] | edits that take n letters off the end, among words that end with e |
    | words_with[e] | words that end with e |
    | lemmas_with[e] | lemmas that end with e |
    | stems_with[e] | what edits leave of a word and that ends with e, of at most three letters |
    | suffixes[s], added[t] | edits that take the ending s off, that put t on |
    | prefixes[p, q] | edits that exchange p for q at the beginning |
    | beginning[p] | words that begin with p, of at most three letters |
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()):
        self.edits: dict[str, Counter[Edit]] = defaultdict(Counter)
        self.stripped: dict[str, Counter[int]] = defaultdict(Counter)
        self.words_with: Counter[str] = Counter()
        self.lemmas_with: Counter[str] = Counter()
        self.stems_with: Counter[str] = Counter()
        self.suffixes: Counter[str] = Counter()
        self.added: Counter[str] = Counter()
        self.prefixes: Counter[tuple[str, str]] = Counter()
        self.beginning: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.lemmas: Counter[str] = Counter()
        self.count = self.same = self.letters_off = self.letters_on = 0
        for word, lemma in pairs:
            self.count_in(word, lemma)

    def count_in(self, word: str, lemma: str, times: int = 1) -> None:
        """Count a pair in, or with times = -1 out again."""
        edit = edit_between(word, lemma)
        for n in range(min(len(word), LONGEST) + 1):
            end = word[len(word) - n :]
            _count(self.edits[end], edit, times)
            _count(self.stripped[end], len(edit.suffix), times)
            _count(self.words_with, end, times)
        for n in range(min(len(lemma), LONGEST) + 1):
            _count(self.lemmas_with, lemma[len(lemma) - n :], times)
        for n in range(1, min(len(word), 3) + 1):
            _count(self.beginning, word[:n], times)
        stem = word[len(edit.prefix) : len(word) - len(edit.suffix)]
        for n in range(1, min(len(stem), 3) + 1):
            _count(self.stems_with, stem[len(stem) - n :], times)
        _count(self.suffixes, edit.suffix, times)
        _count(self.added, edit.after, times)
        _count(self.prefixes, (edit.prefix, edit.before), times)
        _count(self.words, word, times)
        _count(self.lemmas, lemma, times)
        self.count += times
        self.same += times * (word == lemma)
        self.letters_off += times * (len(edit.prefix) + len(edit.suffix))
        self.letters_on += times * (len(edit.before) + len(edit.after))

    def times(self, edit: Edit) -> int:
        """How often an edit was met."""
        return self.edits[""][edit] if self.count else 0

    def edits_of(self, end: str, edit: Edit) -> int:
        """How often an edit was met among words of that ending."""
        return self.edits[end][edit] if end in self.edits else 0

    def share(self, end: str, edit: Edit) -> float:
        """Which share of the words of that ending had the edit; 0 where there was none."""
        return self.edits_of(end, edit) / max(self.words_with[end], 1)

    def cuts(self, end: str, letters: int) -> int:
        """How many words of that ending had so many letters taken off their end."""
        return self.stripped[end][letters] if end in self.stripped else 0

    def alike(self, lemma: str) -> int:
        """Letters of the longest ending that it shares with a lemma that was read."""
        n = 0
        while n < min(len(lemma), LONGEST) and lemma[len(lemma) - n - 1 :] in self.lemmas_with:
            n += 1
        return n


def _count(counter: Counter, key, times: int) -> None:
    counter[key] += times
    if not counter[key]:
        del counter[key]
