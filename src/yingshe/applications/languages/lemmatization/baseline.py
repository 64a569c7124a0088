"""The simple way that a learner has to beat: the rule of the longest suffix that was met."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from yingshe.applications.languages.lemmatization.edits import Edit, edit_between


class LongestSuffix:
    """The longest suffix of a word that a word of the support has, with its most frequent edit.

    Only edits that fit the word are counted; of equally frequent ones the first that was read
    stands. A word that shares no suffix with any is its own lemma.
    """

    def __init__(self, support: Sequence[tuple[str, str]]):
        self._edits: dict[str, Counter[Edit]] = defaultdict(Counter)
        for word, lemma in support:
            edit = edit_between(word, lemma)
            for n in range(1, len(word) + 1):
                self._edits[word[-n:]][edit] += 1

    def __call__(self, word: str) -> str:
        """The lemma."""
        for n in range(len(word), 0, -1):
            if word[-n:] not in self._edits:
                continue
            for edit, _ in self._edits[word[-n:]].most_common():
                if (lemma := edit(word)) is not None:
                    return lemma
        return word
