"""Counts of edits, endings and beginnings over observed pairs of word and lemma."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from yingshe.applications.languages.lemmatization._alphabet import vowel_skeleton
from yingshe.applications.languages.lemmatization._edits import Edit, edit_between

MAX_SUFFIX = 8
"""Letters of the longest ending that is counted."""
MAX_PREFIX = 4
"""Letters of the longest beginning that is counted."""


class EditCounts:
    """Counts over (word, lemma) pairs, for scoring the candidates of other words.

    | attribute | counts |
    |---|---|
    | edits[e][r] | edit r among words that end with e (every edit under "") |
    | cut_lengths[e][n] | edits that cut n letters off the end, among words that end with e |
    | words_with[e] | words that end with e |
    | lemmas_with[e] | lemmas that end with e |
    | lemma_ends[e] | lemmas that end with e, of one or two letters |
    | stems_with[e] | stems (words after the cut) that end with e, of at most three letters |
    | suffixes[s], additions[t] | edits that cut the ending s, that append t |
    | cut_starts[s] | cut endings that start with s, of at most three letters |
    | cut_parts[s] | occurrences of s in cut endings, of at most three letters |
    | prefixes[p, q] | edits that replace p by q at the beginning |
    | words_starting[b] | words that start with b, of at most four letters |
    | prefix_edits[b][p, q] | words that start with b and whose edit replaces p by q there |

    Args:
        pairs: Pairs of word and lemma.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()):
        self.edits: dict[str, Counter[Edit]] = defaultdict(Counter)
        self.cut_lengths: dict[str, Counter[int]] = defaultdict(Counter)
        self.words_with: Counter[str] = Counter()
        self.lemmas_with: Counter[str] = Counter()
        self.lemma_ends: Counter[str] = Counter()
        self.stems_with: Counter[str] = Counter()
        self.suffixes: Counter[str] = Counter()
        self.additions: Counter[str] = Counter()
        self.cut_starts: Counter[str] = Counter()
        self.cut_parts: Counter[str] = Counter()
        self.prefixes: Counter[tuple[str, str]] = Counter()
        self.words_starting: Counter[str] = Counter()
        self.prefix_edits: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self.words: Counter[str] = Counter()
        self.lemmas: Counter[str] = Counter()
        self.count = self.num_unchanged = 0
        self.letters = self.letters_cut = self.letters_added = 0
        for word, lemma in pairs:
            self.add(word, lemma)

    def add(self, word: str, lemma: str, times: int = 1) -> None:
        """Count a pair.

        Args:
            word: A word.
            lemma: Its lemma.
            times: Number of times; -1 undoes a count.
        """
        self.add_edit(word, lemma, edit_between(word, lemma), times)

    def add_edit(self, word: str, lemma: str, edit: Edit, times: int = 1) -> None:
        """Count a pair whose edit is known.

        Args:
            word: A word.
            lemma: Its lemma.
            edit: Edit from the word to the lemma.
            times: Number of times; -1 undoes a count.
        """
        cut = edit.suffix
        stem = word[len(edit.prefix) : len(word) - len(cut)]
        for end in _endings(word, MAX_SUFFIX):
            _count(self.edits[end], [edit], times)
            _count(self.cut_lengths[end], [len(cut)], times)
        _count(self.words_with, _endings(word, MAX_SUFFIX), times)
        _count(self.lemmas_with, _endings(lemma, MAX_SUFFIX), times)
        _count(self.lemma_ends, _endings(lemma, 2)[1:], times)
        _count(self.stems_with, _endings(stem, 3)[1:], times)
        beginnings = [word[:n] for n in range(1, min(len(word), MAX_PREFIX) + 1)]
        _count(self.words_starting, beginnings, times)
        for beginning in beginnings:
            _count(self.prefix_edits[beginning], [(edit.prefix, edit.before)], times)
        _count(self.cut_starts, [cut[:n] for n in range(1, min(len(cut), 3) + 1)], times)
        parts = [cut[i : i + n] for n in range(1, 4) for i in range(len(cut) - n + 1)]
        _count(self.cut_parts, parts, times)
        _count(self.suffixes, [cut], times)
        _count(self.additions, [edit.after], times)
        _count(self.prefixes, [(edit.prefix, edit.before)], times)
        _count(self.words, [word], times)
        _count(self.lemmas, [lemma], times)
        self.count += times
        self.num_unchanged += times * (word == lemma)
        self.letters += times * len(lemma)
        self.letters_cut += times * (len(edit.prefix) + len(edit.suffix))
        self.letters_added += times * (len(edit.before) + len(edit.after))

    def edit_count(self, edit: Edit, end: str = "") -> int:
        """Return how often an edit was observed.

        Args:
            edit: The edit.
            end: Ending; only words with it count.

        Returns:
            The count.
        """
        return self.edits[end].get(edit, 0) if end in self.edits else 0

    def edit_rate(self, end: str, edit: Edit) -> float:
        """Return the fraction of words with an ending that had the edit.

        Args:
            end: Ending of the words.
            edit: The edit.

        Returns:
            The fraction; 0 where no word has the ending.
        """
        return self.edit_count(edit, end) / max(self.words_with[end], 1)

    def num_cuts(self, end: str, letters: int) -> int:
        """Return how many words with an ending had a number of letters cut off their end.

        Args:
            end: Ending of the words.
            letters: Number of letters.

        Returns:
            The count.
        """
        return self.cut_lengths[end].get(letters, 0) if end in self.cut_lengths else 0

    def prefix_rate(self, beginning: str, edit: Edit) -> float:
        """Return the fraction of words with a beginning that had the edit's change there.

        Args:
            beginning: Beginning of the words.
            edit: The edit.

        Returns:
            The fraction; 0 where no word has the beginning.
        """
        if beginning not in self.prefix_edits:
            return 0.0
        times = self.prefix_edits[beginning].get((edit.prefix, edit.before), 0)
        return times / max(self.words_starting[beginning], 1)

    def longest_seen_suffix(self, word: str) -> int:
        """Return the length of the longest ending of a word that an edit cut off.

        Args:
            word: A word.

        Returns:
            Number of letters.
        """
        lengths = range(min(len(word) - 1, MAX_SUFFIX), 0, -1)
        return next((n for n in lengths if word[-n:] in self.suffixes), 0)

    def shared_suffix_len(self, lemma: str) -> int:
        """Return the length of the longest ending that a lemma shares with an observed lemma.

        Args:
            lemma: A lemma.

        Returns:
            Number of letters.
        """
        n = 0
        while n < min(len(lemma), MAX_SUFFIX) and lemma[-n - 1 :] in self.lemmas_with:
            n += 1
        return n


class TwoLevelCounts:
    """Counts of words as they are written, and of their vowel skeletons.

    Args:
        pairs: Pairs of word and lemma.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()):
        self.written, self.skeletons = EditCounts(), EditCounts()
        for word, lemma in pairs:
            self.add(word, lemma)

    def add(self, word: str, lemma: str, times: int = 1) -> None:
        """Count a pair.

        Args:
            word: A word.
            lemma: Its lemma.
            times: Number of times; -1 undoes a count.
        """
        edit = edit_between(word, lemma)
        self.written.add_edit(word, lemma, edit, times)
        skeleton = Edit(*map(vowel_skeleton, edit))
        self.skeletons.add_edit(vowel_skeleton(word), vowel_skeleton(lemma), skeleton, times)


def _endings(text: str, longest: int) -> list[str]:
    """Return the endings of 0, 1, 2 … letters."""
    return [text[len(text) - n :] for n in range(min(len(text), longest) + 1)]


def _count(counter: Counter, keys: Sequence, times: int) -> None:
    for key in keys:
        counter[key] += times
        if not counter[key]:
            del counter[key]
