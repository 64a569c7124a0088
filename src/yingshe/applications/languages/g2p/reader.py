"""A language that has been read: from letters to phonemes, by a beam search over choices."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from yingshe.applications.languages.g2p.align import Aligned, Chunk
from yingshe.applications.languages.g2p.choice import Choices, Weights, log_chances
from yingshe.applications.languages.g2p.contexts import (
    TEMPLATES,
    History,
    Windows,
    letter_contexts,
    look_around,
    mix,
    reading_contexts,
)
from yingshe.applications.languages.g2p.influence import Influence
from yingshe.applications.languages.g2p.inventory import (
    Inventory,
    fine_kind_of,
    to_floats,
)
from yingshe.applications.languages.g2p.reranking import Reranker, Ways
from yingshe.applications.languages.g2p.sounds import SoundPrior

_TARGETS = [template.split(" → ")[1] for template in TEMPLATES]
_SEEN = 24  # chunks that a letter was seen with, the commonest; more are noise
_GUESSES = 3  # chunks that a letter may stand for beside those it was seen with
_SURE = 20  # times a letter was seen, from which on it stands for nothing else
_LIKELY = 0.1  # chance of a guess
_FLOOR = 0.01  # chance of what the prior does not expect


class Options(NamedTuple):
    """What each letter may stand for, padded."""

    chunks: Int[np.ndarray, "letters options"]
    real: Bool[np.ndarray, "letters options"]
    offsets: Float[np.ndarray, "letters options"]
    """Logits before any weight."""


class Spelling:
    """What the letters of one language may stand for."""

    def __init__(self, words: Sequence[Aligned], prior: SoundPrior, trust: float):
        """What `words` show; `trust` multiplies the prior's log-chances."""
        self.words = len(words)
        self.counts, self._prior, self._trust = counts_of(words), prior, trust
        self.influence = Influence.learn(words)
        counts = self.counts
        seen = [chunk for chunks in counts.values() for chunk in chunks]
        guessed = [c for known in prior.table if len(known) == 1 for c in prior.chances(known)]
        self.inventory = Inventory([*seen, *guessed, ()])
        self._native = list(dict.fromkeys(seen)) or [()]
        self.kinds = {letter: fine_kind_of(_commonest(chunks)) for letter, chunks in counts.items()}
        self._cache: dict[str, dict[int, float]] = {}

    def of(self, letter: str) -> dict[int, float]:
        """The numbers of chunks, and their offsets."""
        if letter not in self._cache:
            self._cache[letter] = self._find(letter)
        return self._cache[letter]

    def _find(self, letter: str) -> dict[int, float]:
        seen = dict(Counter(self.counts.get(letter, {})).most_common(_SEEN))
        expected = self._prior.chances(letter)
        chances = dict(expected)
        if sum(seen.values()) < _SURE and expected:
            # What the language is known to have takes the place of what only sounds like it.
            alike = self._prior.table_of([letter], self._native)[0]
            for chunk, chance in zip(self._native, alike.tolist(), strict=True):
                chances[chunk] = max(chances.get(chunk, 0.0), chance)
        likely = sorted(chances, key=lambda chunk: -chances[chunk])[:_GUESSES]
        guesses = [c for c in likely if chances[c] > _LIKELY or not seen]
        options = [*seen, *(guesses if sum(seen.values()) < _SURE else [])] or [()]
        if not expected:
            return {self.inventory.number[chunk]: 0.0 for chunk in options}
        return {
            self.inventory.number[chunk]: self._trust
            * float(np.log(chances.get(chunk, 0) + _FLOOR))
            for chunk in dict.fromkeys(options)
        }

    def look_around(self, words: Sequence[Sequence[str]]) -> Windows:
        """The windows of words."""
        return look_around(words, self._kinds_of(words), self.influence)

    def _kinds_of(self, words: Sequence[Sequence[str]]) -> dict[str, int]:
        """The kinds of sound of all letters of words."""
        kinds = dict(self.kinds)
        for letter in {letter for word in words for letter in word} - set(kinds):
            kinds[letter] = fine_kind_of(next(iter(self._prior.chances(letter)), ()))
        return kinds

    def options(self, letters: Sequence[str]) -> Options:
        found = [self.of(letter) for letter in letters]
        most = max(map(len, found))
        chunks, offsets = np.zeros((len(found), most), int), np.zeros((len(found), most))
        real = np.zeros((len(found), most), bool)
        for i, options in enumerate(found):
            chunks[i, : len(options)], real[i, : len(options)] = list(options), True
            offsets[i, : len(options)] = list(options.values())
        return Options(chunks, real, offsets)


def counts_of(words: Sequence[Aligned]) -> dict[str, Counter[Chunk]]:
    """How often each letter stands for each chunk."""
    counts: dict[str, Counter[Chunk]] = defaultdict(Counter)
    for word in words:
        for letter, chunk in zip(word.letters, word.chunks, strict=True):
            counts[letter][chunk] += 1
    return dict(counts)


def choices_of(words: Sequence[Aligned], spelling: Spelling) -> Choices:
    """The choice at every letter that may stand for several chunks, one of which is the right one.

    The phonemes before it are the right ones.
    """
    inventory = spelling.inventory
    spelled = [word.letters for word in words]
    windows = spelling.look_around(spelled)
    options = spelling.options([letter for word in spelled for letter in word])
    right = to_floats(words, inventory)
    histories = inventory.histories(right, windows.starts, windows.lengths)
    is_right = (options.chunks == right[:, None]) & options.real
    open_ = is_right.any(axis=1) & (options.real.sum(axis=1) > 1)
    place, option = np.nonzero(options.real & open_[:, None])
    chunk = options.chunks[place, option]
    keys = np.empty((len(place), len(TEMPLATES)), np.uint64)
    reading = reading_contexts(windows.parts, histories)
    for number, codes in (*letter_contexts(windows.parts), *reading):
        keys[:, number] = _joined(codes[place], number, chunk, inventory)
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    return Choices(keys, options.offsets[place, option], is_right[place, option], starts)


class Reader:
    """From words to phonemes and their probabilities."""

    def __init__(self, spelling: Spelling, weights: Weights, reranker: Reranker | None = None):
        self.spelling, self.weights, self.reranker = spelling, weights, reranker

    def __call__(self, words: Sequence[Sequence[str]], *, beam: int = 8) -> list[Ways]:
        """Of each word its likeliest pronunciations, the likeliest first, with probabilities.

        Those in the beam that say the same by different letters are added up, and all are reranked.
        """
        windows = self.spelling.look_around(words)
        options = self.spelling.options([letter for word in words for letter in word])
        before = options.offsets + self._letter_scores(windows, options)
        inventory = self.spelling.inventory
        score = np.full((len(words), beam), -np.inf)
        score[:, 0] = 0
        history = History.empty(len(words), beam)
        said = np.zeros((len(words), beam, max(windows.lengths)), int)
        for i in range(max(windows.lengths)):
            going = np.flatnonzero(windows.lengths > i)
            place = windows.starts[going] + i
            here = Options(*(part[place] for part in options))
            logits = before[place][:, None] + self._reading_scores(
                windows, place, history.at(going), here
            )
            logits = np.where(here.real[:, None], logits, -np.inf)
            total = (score[going][..., None] + log_chances(logits)).reshape(len(going), -1)
            kept = np.argsort(-total, axis=1, kind="stable")[:, :beam]
            score[going] = np.take_along_axis(total, kept, axis=1)
            came, option = kept // here.chunks.shape[1], kept % here.chunks.shape[1]
            chunk = np.take_along_axis(here.chunks, option, axis=1)
            said[going] = said[going[:, None], came]
            said[going, :, i] = chunk
            then = inventory.after(history.at((going[:, None], came)), chunk)
            for part, new in zip(history, then, strict=True):
                part[going] = new
        found = [
            _pronunciations(said[w, :, : len(word)], score[w], inventory)
            for w, word in enumerate(words)
        ]
        return found if self.reranker is None else [self.reranker(ways) for ways in found]

    def _letter_scores(
        self, windows: Windows, options: Options
    ) -> Float[np.ndarray, "letters options"]:
        """Of the templates that look at letters alone."""
        place, option = np.nonzero(options.real)
        chunk = options.chunks[place, option]
        found = letter_contexts(windows.parts)
        keys = np.empty((len(place), len(found)), np.uint64)
        for column, (number, codes) in enumerate(found):
            keys[:, column] = _joined(codes[place], number, chunk, self.spelling.inventory)
        scores = np.zeros(options.chunks.shape)
        scores[place, option] = self.weights.sum(keys)
        return scores

    def _reading_scores(
        self, windows: Windows, place, history: History, options: Options
    ) -> Float[np.ndarray, "words beam options"]:
        """Of the templates that look at what was said."""
        parts = {name: part[:, None] for name, part in windows.at(place).items()}
        chunks = options.chunks[:, None]
        inventory = self.spelling.inventory
        keys = [
            _joined(codes[..., None], number, chunks, inventory)
            for number, codes in reading_contexts(parts, history)
        ]
        return self.weights.sum(np.stack(np.broadcast_arrays(*keys), axis=-1))


def _joined(codes, number: int, chunk, inventory: Inventory):
    """The keys of contexts together with what the letter stands for."""
    return mix(codes, inventory.targets[_TARGETS[number]][chunk])


def _commonest(chunks: Mapping[Chunk, int]) -> Chunk:
    """Of those that are sounded, the one seen most."""
    return max((c for c in chunks if c), key=lambda chunk: chunks[chunk], default=())


def _pronunciations(said, scores, inventory: Inventory) -> Ways:
    found: dict[tuple[str, ...], float] = defaultdict(float)
    for chunks, score in zip(said, scores, strict=True):
        if np.isfinite(score):
            found[tuple(p for c in chunks for p in inventory.chunks[c])] += float(np.exp(score))
    return dict(sorted(found.items(), key=lambda item: -item[1]))
