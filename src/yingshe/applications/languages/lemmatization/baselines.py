"""Baseline: the most frequent edit of the longest observed suffix."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from yingshe.applications.languages.lemmatization._edits import Edit, edit_between


class LongestSuffix:
    """Rule of the longest suffix: the most frequent edit among words with that suffix.

    Only edits that fit the word count. Of equally frequent edits the first observed is applied. A
    word that shares no suffix with the support is its own lemma.

    Args:
        support: Pairs of word and lemma.
    """

    def __init__(self, support: Sequence[tuple[str, str]]):
        self._edits: dict[str, Counter[Edit]] = defaultdict(Counter)
        for word, lemma in support:
            edit = edit_between(word, lemma)
            for n in range(1, len(word) + 1):
                self._edits[word[-n:]][edit] += 1

    def __call__(self, word: str) -> str:
        """Predict the lemma of a word.

        Args:
            word: A word.

        Returns:
            Its predicted lemma.
        """
        for n in range(len(word), 0, -1):
            if word[-n:] not in self._edits:
                continue
            for edit, _ in self._edits[word[-n:]].most_common():
                if (lemma := edit(word)) is not None:
                    return lemma
        return word
