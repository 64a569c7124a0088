"""Edits from a word to its lemma: a changed beginning and a changed end."""

from typing import NamedTuple


class Edit(NamedTuple):
    """Replacement of `prefix` by `before`, and of `suffix` by `after`."""

    prefix: str
    before: str
    suffix: str
    after: str

    def __call__(self, word: str) -> str | None:
        """Apply the edit.

        Args:
            word: A word.

        Returns:
            The edited word; None where the word lacks the prefix or the suffix, or has no other
            letter.
        """
        stem = len(word) - len(self.prefix) - len(self.suffix)
        if stem < 1 or not word.startswith(self.prefix) or not word.endswith(self.suffix):
            return None
        middle = word[len(self.prefix) : len(self.prefix) + stem]
        return self.before + middle + self.after


IDENTITY = Edit("", "", "", "")
"""Edit that changes nothing."""


def edit_between(word: str, lemma: str) -> Edit:
    """Return the edit that keeps the longest common substring: `edit(word) == lemma`.

    Of equally long substrings, a common beginning is preferred, then the leftmost. Without a common
    letter, the whole word is the prefix; such an edit fits no word.

    Args:
        word: A word.
        lemma: Its lemma.

    Returns:
        The edit.
    """
    beginning = _common_prefix_length(word, lemma)
    length, i, j = _longest_common_substring(word, lemma)
    if beginning >= length:
        length, i, j = beginning, 0, 0
    if length == 0:
        return Edit(word, lemma, "", "")
    return Edit(word[:i], lemma[:j], word[i + length :], lemma[j + length :])


def _common_prefix_length(word: str, lemma: str) -> int:
    n = 0
    for a, b in zip(word, lemma, strict=False):
        if a != b:
            break
        n += 1
    return n


def _longest_common_substring(word: str, lemma: str) -> tuple[int, int, int]:
    """Return its length and its start in both, by dynamic programming over common suffixes."""
    best = (0, 0, 0)
    lengths = [0] * (len(lemma) + 1)
    for i, a in enumerate(word):
        diagonal = 0
        for j, b in enumerate(lemma):
            above = lengths[j + 1]
            lengths[j + 1] = diagonal + 1 if a == b else 0
            if lengths[j + 1] > best[0]:
                length = lengths[j + 1]
                best = (length, i + 1 - length, j + 1 - length)
            diagonal = above
    return best
