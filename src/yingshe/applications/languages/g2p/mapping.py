"""What a learner has become after reading words of a language: from a word to its phonemes."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from yingshe.applications.languages.g2p.learner import PronounceLearner
from yingshe.applications.languages.g2p.lexicon import Entry, letters_of
from yingshe.applications.languages.g2p.saving import read_file, write_file
from yingshe.errors import UserError


class Pronunciation(NamedTuple):
    """One way to say a word."""

    phonemes: tuple[str, ...]
    probability: float


class PronounceMapping:
    """From words to phonemes, in the language of the words that were read.

    ```python
    f = PronounceMapping(load_learner("pronounce"), read_lexicon("ladin.tsv"))
    f("crëp")                    # -> its likeliest pronunciations, with probabilities
    f = f.observe([Entry("tgesa", ("tɕ", "eː", "z", "ɐ"))])
    ```

    It keeps the words: `observe` and `load` read them all again, in a second or two for 800, as the
    weights of maximum posterior depend on all of them. Like every mapping it is not changed by
    `observe`, which gives a new one.
    """

    def __init__(self, learner: PronounceLearner, entries: Sequence[Entry] = ()):
        """Reads the words; those with more phonemes than their letters can stand for are left out.

        Raises UserError where a word has no letters or no phonemes, or a phoneme is empty or has a
        space in it.
        """
        for entry in entries:
            if not entry.word.strip() or not entry.phonemes:
                raise UserError(f"{entry} has no letters or no phonemes; a word wants both.")
            if not all(phoneme.split() == [phoneme] for phoneme in entry.phonemes):
                raise UserError(f"{entry} has a phoneme that is empty or has a space in it.")
        self.learner, self.entries = learner, tuple(entries)
        self._reader = learner.read(self.entries)

    @property
    def left_out(self) -> int:
        """How many entries have more phonemes than their letters can stand for."""
        return len(self.entries) - self._reader.spelling.words

    def __call__(self, word: str, *, best: int = 5) -> list[Pronunciation]:
        """The likeliest pronunciations, the likeliest first. Raises UserError on an empty word."""
        return self.each([word], best=best)[0]

    def each(self, words: Sequence[str], *, best: int = 5) -> list[list[Pronunciation]]:
        """The same of many words, faster than one after another."""
        if not words:
            return []
        spelled = [letters_of(word) for word in words]
        if not all(word.strip() for word in words):
            raise UserError("An empty word cannot be pronounced; give words of one letter or more.")
        return [
            [Pronunciation(*item) for item in list(found.items())[:best]]
            for found in self._reader(spelled)
        ]

    def observe(self, entries: Sequence[Entry]) -> "PronounceMapping":
        """The mapping after more words."""
        return PronounceMapping(self.learner, (*self.entries, *entries))

    def save(self, path: str | os.PathLike) -> None:
        """Write the learner, and the words that were read, to one file."""
        write_file(path, self.learner, self.entries)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "PronounceMapping":
        """Read what `save` wrote. Raises UserError where it cannot be."""
        learner, entries = read_file(path)
        if entries is None:
            raise UserError(f"{path} holds a learner, which has read no language yet.")
        return cls(learner, entries)


def load_learner(path_or_name: str | os.PathLike) -> PronounceLearner:
    """A file that `write_file` wrote, or the name of a shipped learner. Raises UserError."""
    from yingshe.zoo import resolve

    return read_file(resolve(path_or_name))[0]
