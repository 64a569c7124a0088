"""What is remembered of the pairs that were read: counts, by ending."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from yingshe.applications.languages.lemmatization.edits import Edit, edit_between
from yingshe.applications.languages.lemmatization.letters import shape

LONGEST = 8
"""Letters of the longest ending that is counted."""
OPENING = 4
"""Letters of the longest beginning that is."""


class Statistics:
    """Counts over (word, lemma) pairs, for whoever weighs candidates for another word.

    | name | counts |
    |---|---|
    | edits[e][r] | edit r among words that end with e (every edit under "") |
    | stripped[e][n] | edits that take n letters off the end, among words that end with e |
    | words_with[e] | words that end with e |
    | lemmas_with[e] | lemmas that end with e |
    | ends[e] | lemmas that end with e, of one or two letters |
    | stems_with[e] | what edits leave of a word and that ends with e, of at most three letters |
    | suffixes[s], added[t] | edits that take the ending s off, that put t on |
    | begun[s], within[s] | endings that edits take off and that begin with s, of at most three
      letters; places within them where s stands |
    | prefixes[p, q] | edits that exchange p for q at the beginning |
    | beginning[b] | words that begin with b, of at most four letters |
    | opened[b][p, q] | those whose edit exchanges p for q at the beginning |
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()):
        self.edits: dict[str, Counter[Edit]] = defaultdict(Counter)
        self.stripped: dict[str, Counter[int]] = defaultdict(Counter)
        self.words_with: Counter[str] = Counter()
        self.lemmas_with: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.stems_with: Counter[str] = Counter()
        self.suffixes: Counter[str] = Counter()
        self.added: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()
        self.within: Counter[str] = Counter()
        self.prefixes: Counter[tuple[str, str]] = Counter()
        self.beginning: Counter[str] = Counter()
        self.opened: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self.words: Counter[str] = Counter()
        self.lemmas: Counter[str] = Counter()
        self.count = self.same = self.letters_off = self.letters_on = self.letters = 0
        for word, lemma in pairs:
            self.count_in(word, lemma)

    def count_in(self, word: str, lemma: str, times: int = 1) -> None:
        """Count a pair in, or with times = -1 out again."""
        self.add(word, lemma, edit_between(word, lemma), times)

    def add(self, word: str, lemma: str, edit: Edit, times: int = 1) -> None:
        """The same where the edit between them is known."""
        off = edit.suffix
        stem = word[len(edit.prefix) : len(word) - len(off)]
        for end in _endings(word, LONGEST):
            _count(self.edits[end], [edit], times)
            _count(self.stripped[end], [len(off)], times)
        _count(self.words_with, _endings(word, LONGEST), times)
        _count(self.lemmas_with, _endings(lemma, LONGEST), times)
        _count(self.ends, _endings(lemma, 2)[1:], times)
        _count(self.stems_with, _endings(stem, 3)[1:], times)
        beginnings = [word[:n] for n in range(1, min(len(word), OPENING) + 1)]
        _count(self.beginning, beginnings, times)
        for beginning in beginnings:
            _count(self.opened[beginning], [(edit.prefix, edit.before)], times)
        _count(self.begun, [off[:n] for n in range(1, min(len(off), 3) + 1)], times)
        parts = [off[i : i + n] for n in range(1, 4) for i in range(len(off) - n + 1)]
        _count(self.within, parts, times)
        _count(self.suffixes, [off], times)
        _count(self.added, [edit.after], times)
        _count(self.prefixes, [(edit.prefix, edit.before)], times)
        _count(self.words, [word], times)
        _count(self.lemmas, [lemma], times)
        self.count += times
        self.same += times * (word == lemma)
        self.letters += times * len(lemma)
        self.letters_off += times * (len(edit.prefix) + len(edit.suffix))
        self.letters_on += times * (len(edit.before) + len(edit.after))

    def times(self, edit: Edit) -> int:
        """How often an edit was met."""
        return self.edits[""].get(edit, 0) if self.count else 0

    def edits_of(self, end: str, edit: Edit) -> int:
        """How often an edit was met among words of that ending."""
        return self.edits[end].get(edit, 0) if end in self.edits else 0

    def share(self, end: str, edit: Edit) -> float:
        """Which share of the words of that ending had the edit; 0 where there was none."""
        return self.edits_of(end, edit) / max(self.words_with[end], 1)

    def cuts(self, end: str, letters: int) -> int:
        """How many words of that ending had so many letters taken off their end."""
        return self.stripped[end].get(letters, 0) if end in self.stripped else 0

    def opens(self, beginning: str, edit: Edit) -> float:
        """Which share of the words of that beginning had the edit's exchange there; 0 for none."""
        if beginning not in self.opened:
            return 0.0
        times = self.opened[beginning].get((edit.prefix, edit.before), 0)
        return times / max(self.beginning[beginning], 1)

    def known(self, word: str) -> int:
        """Letters of the longest ending of a word that an edit took off."""
        ends = (n for n in range(min(len(word) - 1, LONGEST), 0, -1) if word[-n:] in self.suffixes)
        return next(ends, 0)

    def alike(self, lemma: str) -> int:
        """Letters of the longest ending that it shares with a lemma that was read."""
        n, met = 0, self.lemmas_with
        while n < min(len(lemma), LONGEST) and lemma[-n - 1 :] in met:
            n += 1
        return n


class Counts:
    """Counts of words as they are written, and of their shapes, in which all vowels are alike."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()):
        self.written, self.shapes = Statistics(), Statistics()
        for word, lemma in pairs:
            self.count_in(word, lemma)

    def count_in(self, word: str, lemma: str, times: int = 1) -> None:
        """Count a pair in, or with times = -1 out again."""
        edit = edit_between(word, lemma)
        self.written.add(word, lemma, edit, times)
        self.shapes.add(shape(word), shape(lemma), Edit(*map(shape, edit)), times)


def _endings(text: str, longest: int) -> list[str]:
    """Those of none, one, two ... letters."""
    return [text[len(text) - n :] for n in range(min(len(text), longest) + 1)]


def _count(counter: Counter, keys: Sequence, times: int) -> None:
    for key in keys:
        counter[key] += times
        if not counter[key]:
            del counter[key]
