"""Chunks of phonemes that the letters of a language stand for, as arrays of hashes."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Int

from yingshe.applications.languages.g2p import _ipa
from yingshe.applications.languages.g2p._alignment import AlignedWord, Chunk
from yingshe.applications.languages.g2p._feature_templates import (
    NUM_KINDS,
    UNKNOWN,
    VOWEL,
    History,
    hash_text,
)


class Inventory:
    """Chunks by number, and the properties that features use.

    Args:
        chunks: Chunks; repeated ones count once.
    """

    def __init__(self, chunks: Iterable[Chunk]):
        self.chunks = list(dict.fromkeys(chunks))
        self.index = {chunk: i for i, chunk in enumerate(self.chunks)}
        self.hashes = np.array([hash_text(" ".join(chunk)) for chunk in self.chunks])
        self.marks = np.array([hash_text(_marks(chunk)) for chunk in self.chunks])
        bases = np.array([hash_text(_bases(chunk)) for chunk in self.chunks])
        voice = np.array([hash_text(_voice(chunk)) for chunk in self.chunks])
        head = np.array([hash_text(chunk[0]) if chunk else 0 for chunk in self.chunks])
        tail = np.array([hash_text(" ".join(chunk[1:])) for chunk in self.chunks])
        self.targets = {"chunk": self.hashes, "marks": self.marks, "bases": bases}
        self._sizes = np.array([len(chunk) for chunk in self.chunks])
        self.targets |= {"voice": voice, "head": head, "tail": tail, "size": self._sizes}
        self._last = np.array([hash_text(chunk[-1]) if chunk else 0 for chunk in self.chunks])
        self._next = np.array([hash_text(c[-2]) if len(c) > 1 else 0 for c in self.chunks])
        self._stress = np.array([_stress_marks(chunk) for chunk in self.chunks])
        self._last_vowel = np.array([_last_vowel(chunk) for chunk in self.chunks])
        self._has_vowel = np.array([any(map(_ipa.is_vowel, chunk)) for chunk in self.chunks])

    def update_history(self, history: History, chunk: Int[np.ndarray, "..."]) -> History:
        """Return the history after one more letter.

        Args:
            history: History before the letter.
            chunk: Number of the letter's chunk, same shape as the fields of the history.
        """
        size, stress, has_vowel = self._sizes[chunk], self._stress[chunk], self._has_vowel[chunk]
        prev2 = np.where(size == 1, history.prev_phoneme, self._next[chunk])
        return History(
            np.where(size == 0, history.prev_phoneme, self._last[chunk]),
            np.where(size == 0, history.prev2_phoneme, prev2),
            self.hashes[chunk],
            np.where(stress == 0, history.last_stress_marks, stress),
            np.where(has_vowel, self.marks[chunk], history.last_vowel_marks),
            np.where(has_vowel, self._last_vowel[chunk], history.last_vowel),
            np.where(has_vowel, history.last_vowel, history.second_last_vowel),
        )

    def compute_histories(
        self,
        chunks: Int[np.ndarray, " letters"],
        starts: Int[np.ndarray, " words"],
        lengths: Int[np.ndarray, " words"],
    ) -> History:
        """Compute the history before each letter of words with known chunks.

        Args:
            chunks: Numbers of the chunks, one word after another.
            starts: Index of the first letter of each word.
            lengths: Number of letters of each word.
        """
        histories = History.empty(len(chunks))
        current = History.empty(len(starts))
        for i in range(max(lengths, default=0)):
            active = np.flatnonzero(lengths > i)
            place = starts[active] + i
            for all_places, value in zip(histories, current, strict=True):
                all_places[place] = value[active]
            updated = self.update_history(current.select(active), chunks[place])
            for value, new in zip(current, updated, strict=True):
                value[active] = new
        return histories


def sound_kind(chunk: Chunk) -> int:
    """Return the kind of sound: vowel, glide or liquid, nasal, voiceless, voiced, or unknown."""
    if any(map(_ipa.is_vowel, chunk)):
        return VOWEL
    if not chunk:
        return UNKNOWN
    has = dict(zip(_ipa.FEATURES, _ipa.features(chunk[-1]), strict=True))
    if has["nasal"] and has["consonant"]:
        return 3
    if has["vowel"] or has["sonorant"]:
        return 2
    if has["consonant"]:
        return 5 if has["voiced"] else 4
    return UNKNOWN


def fine_sound_kind(chunk: Chunk) -> int:
    """Return the kind plus a multiple of `NUM_KINDS` for the place of articulation."""
    if not chunk:
        return UNKNOWN
    has = dict(zip(_ipa.FEATURES, _ipa.features(chunk[-1]).tolist(), strict=True))
    detail = 2 * has["front"] + 4 * has["close"] + 1 if has["vowel"] else 1 + int(4 * has["place"])
    return sound_kind(chunk) + NUM_KINDS * int(detail)


def chunk_indices(
    words: Sequence[AlignedWord], inventory: Inventory
) -> Int[np.ndarray, " letters"]:
    """Return the numbers of the chunks of aligned words, one word after another."""
    return np.array([inventory.index[chunk] for word in words for chunk in word.chunks], int)


def _marks(chunk: Chunk) -> str:
    """Return the diacritics; those of consonants are distinguished from those of vowels."""
    return "|".join(("" if _ipa.is_vowel(p) else ".") + _ipa.split_marks(p)[1] for p in chunk)


def _bases(chunk: Chunk) -> str:
    """Return the symbols without diacritics."""
    return "|".join(_ipa.split_marks(phoneme)[0] for phoneme in chunk)


def _voice(chunk: Chunk) -> str:
    """Return the voicing of consonants, and the height and backness of vowels."""
    parts = []
    for phoneme in chunk:
        has = dict(zip(_ipa.FEATURES, _ipa.features(phoneme).tolist(), strict=True))
        place = f"{has['height']:.1f} {has['backness']:.1f}" if has["vowel"] else "consonant"
        parts.append(f"{place} {has['voiced']:.0f}")
    return "|".join(parts)


def _stress_marks(chunk: Chunk) -> int:
    """Return a hash of the marks of the last vowel that has any, else 0."""
    marks = [_ipa.split_marks(p)[1] for p in chunk if _ipa.is_vowel(p)]
    marks = [text for text in marks if text]
    return hash_text(marks[-1]) if marks else 0


def _last_vowel(chunk: Chunk) -> int:
    """Return a hash of the last vowel, else 0."""
    vowels = [phoneme for phoneme in chunk if _ipa.is_vowel(phoneme)]
    return hash_text(vowels[-1]) if vowels else 0
