"""The chunks of phonemes that the letters of a language stand for, as arrays of codes."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Int

from yingshe.applications.languages.g2p import ipa
from yingshe.applications.languages.g2p.align import Aligned, Chunk
from yingshe.applications.languages.g2p.contexts import (
    KINDS,
    UNKNOWN,
    VOWEL,
    History,
    code_of,
)


class Inventory:
    """Chunks by number, and what contexts ask of them."""

    def __init__(self, chunks: Iterable[Chunk]):
        self.chunks = list(dict.fromkeys(chunks))
        self.number = {chunk: i for i, chunk in enumerate(self.chunks)}
        self.codes = np.array([code_of(" ".join(chunk)) for chunk in self.chunks])
        self.marks = np.array([code_of(_marks(chunk)) for chunk in self.chunks])
        bases = np.array([code_of(_bases(chunk)) for chunk in self.chunks])
        voice = np.array([code_of(_voice(chunk)) for chunk in self.chunks])
        head = np.array([code_of(chunk[0]) if chunk else 0 for chunk in self.chunks])
        tail = np.array([code_of(" ".join(chunk[1:])) for chunk in self.chunks])
        self.targets = {"chunk": self.codes, "marks": self.marks, "bases": bases}
        self._sizes = np.array([len(chunk) for chunk in self.chunks])
        self.targets |= {"voice": voice, "head": head, "tail": tail, "size": self._sizes}
        self._last = np.array([code_of(chunk[-1]) if chunk else 0 for chunk in self.chunks])
        self._next = np.array([code_of(c[-2]) if len(c) > 1 else 0 for c in self.chunks])
        self._accent = np.array([_accent(chunk) for chunk in self.chunks])
        self._nucleus = np.array([_nucleus(chunk) for chunk in self.chunks])
        self._vowel = np.array([any(map(ipa.is_vowel, chunk)) for chunk in self.chunks])

    def after(self, history: History, chunk: Int[np.ndarray, "..."]) -> History:
        """The history when the next letter has stood for `chunk`, of the same shape."""
        size, accent = self._sizes[chunk], self._accent[chunk]
        one_back = np.where(size == 1, history.said, self._next[chunk])
        return History(
            np.where(size == 0, history.said, self._last[chunk]),
            np.where(size == 0, history.before, one_back),
            self.codes[chunk],
            np.where(accent == 0, history.marked, accent),
            np.where(self._vowel[chunk], self.marks[chunk], history.vowel),
            np.where(self._vowel[chunk], self._nucleus[chunk], history.nucleus),
            np.where(self._vowel[chunk], history.nucleus, history.onset),
        )

    def histories(self, chunks: Int[np.ndarray, " letters"], starts, lengths) -> History:
        """Before each letter of words whose chunks lie one after another."""
        found = History.empty(len(chunks))
        now = History.empty(len(starts))
        for i in range(max(lengths, default=0)):
            going = np.flatnonzero(lengths > i)
            place = starts[going] + i
            for all_places, here in zip(found, now, strict=True):
                all_places[place] = here[going]
            then = self.after(now.at(going), chunks[place])
            for here, new in zip(now, then, strict=True):
                here[going] = new
        return found


def kind_of(chunk: Chunk) -> int:
    """The kind of sound: vowel, glide or liquid, nasal, voiceless or voiced, or none known."""
    if any(map(ipa.is_vowel, chunk)):
        return VOWEL
    if not chunk:
        return UNKNOWN
    has = dict(zip(ipa.FEATURES, ipa.features(chunk[-1]), strict=True))
    if has["nasal"] and has["consonant"]:
        return 3
    if has["vowel"] or has["sonorant"]:
        return 2
    if has["consonant"]:
        return 5 if has["voiced"] else 4
    return UNKNOWN


def fine_kind_of(chunk: Chunk) -> int:
    """The kind, plus a multiple of `KINDS`: how high and far back a vowel is, where a consonant."""
    if not chunk:
        return UNKNOWN
    has = dict(zip(ipa.FEATURES, ipa.features(chunk[-1]).tolist(), strict=True))
    detail = 2 * has["front"] + 4 * has["close"] + 1 if has["vowel"] else 1 + int(4 * has["place"])
    return kind_of(chunk) + KINDS * int(detail)


def to_floats(words: Sequence[Aligned], inventory: Inventory) -> Int[np.ndarray, " letters"]:
    """The chunks of aligned words, one word after another."""
    return np.array([inventory.number[chunk] for word in words for chunk in word.chunks], int)


def _marks(chunk: Chunk) -> str:
    """Its diacritics; those of consonants are told from those of vowels."""
    return "|".join(("" if ipa.is_vowel(p) else ".") + ipa.split_marks(p)[1] for p in chunk)


def _bases(chunk: Chunk) -> str:
    """Its symbols without diacritics."""
    return "|".join(ipa.split_marks(phoneme)[0] for phoneme in chunk)


def _voice(chunk: Chunk) -> str:
    """Whether a consonant is voiced; how high and how far back a vowel is."""
    said = []
    for phoneme in chunk:
        has = dict(zip(ipa.FEATURES, ipa.features(phoneme).tolist(), strict=True))
        place = f"{has['height']:.1f} {has['backness']:.1f}" if has["vowel"] else "consonant"
        said.append(f"{place} {has['voiced']:.0f}")
    return "|".join(said)


def _accent(chunk: Chunk) -> int:
    """The marks of its last vowel that has any, else 0."""
    found = [ipa.split_marks(p)[1] for p in chunk if ipa.is_vowel(p)]
    found = [marks for marks in found if marks]
    return code_of(found[-1]) if found else 0


def _nucleus(chunk: Chunk) -> int:
    """Its last vowel, else 0."""
    vowels = [phoneme for phoneme in chunk if ipa.is_vowel(phoneme)]
    return code_of(vowels[-1]) if vowels else 0
