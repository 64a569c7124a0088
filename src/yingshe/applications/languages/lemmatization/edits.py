"""What turns a word into its dictionary form: letters exchanged at its beginning and at its end."""

from typing import NamedTuple


class Edit(NamedTuple):
    """Take `prefix` and `suffix` off, put `before` and `after` in their places."""

    prefix: str
    before: str
    suffix: str
    after: str

    def __call__(self, word: str) -> str | None:
        """The word so changed; None where it does not begin and end so, or nothing would stay."""
        stem = len(word) - len(self.prefix) - len(self.suffix)
        if stem < 1 or not word.startswith(self.prefix) or not word.endswith(self.suffix):
            return None
        middle = word[len(self.prefix) : len(self.prefix) + stem]
        return self.before + middle + self.after


IDENTITY = Edit("", "", "", "")


def edit_between(word: str, lemma: str) -> Edit:
    """The edit default_variants the longest stretch of letters that both have: `edit(word) == lemma`.

    Of stretches equally long the one that both begin with goes first, then the leftmost. Where no
    letter is shared, the first letter is exchanged with the beginning.
    """
    shared = _shared_beginning(word, lemma)
    length, i, j = _longest_stretch(word, lemma)
    if shared >= length:
        length, i, j = shared, 0, 0
    if length == 0:  # an edit must leave a letter: none can be named, and it fits this word alone
        return Edit(word, lemma, "", "")
    return Edit(word[:i], lemma[:j], word[i + length :], lemma[j + length :])


def _shared_beginning(word: str, lemma: str) -> int:
    n = 0
    for a, b in zip(word, lemma, strict=False):
        if a != b:
            break
        n += 1
    return n


def _longest_stretch(word: str, lemma: str) -> tuple[int, int, int]:
    """Its length, and where it begins in either; by dynamic programming over common suffixes."""
    best = (0, 0, 0)
    ends = [0] * (len(lemma) + 1)
    for i, a in enumerate(word):
        before = 0
        for j, b in enumerate(lemma):
            kept = ends[j + 1]
            ends[j + 1] = before + 1 if a == b else 0
            if ends[j + 1] > best[0]:
                length = ends[j + 1]
                best = (length, i + 1 - length, j + 1 - length)
            before = kept
    return best
