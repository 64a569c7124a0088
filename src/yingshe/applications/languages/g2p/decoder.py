"""Beam search decoder: from the letters of an adapted language to its phonemes."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from yingshe.applications.languages.g2p._alignment import AlignedWord, Chunk
from yingshe.applications.languages.g2p._feature_templates import (
    TEMPLATES,
    History,
    Windows,
    extract_windows,
    hash_combine,
    history_features,
    letter_features,
)
from yingshe.applications.languages.g2p._grapheme_prior import GraphemePrior
from yingshe.applications.languages.g2p._inventory import (
    Inventory,
    chunk_indices,
    fine_sound_kind,
)
from yingshe.applications.languages.g2p._letter_classes import LetterClasses
from yingshe.applications.languages.g2p._log_linear import Decisions, Weights, log_softmax
from yingshe.applications.languages.g2p._reranking import NBest, Reranker

_TARGETS = [template.split(" → ")[1] for template in TEMPLATES]
_MAX_OBSERVED = 24  # observed chunks per letter, the commonest; more are noise
_NUM_PRIOR_CANDIDATES = 3  # chunks per letter taken from the prior
_MIN_COUNT_CLOSED = 20  # count of a letter, from which on the prior adds no candidates
_MIN_PRIOR_PROB = 0.1  # probability of a candidate taken from the prior
_PROB_FLOOR = 0.01  # added to the prior's probabilities before the logarithm


class Candidates(NamedTuple):
    """Chunks that each of several letters may stand for, padded."""

    chunks: Int[np.ndarray, "letters candidates"]
    """Numbers of the chunks in the inventory."""
    is_valid: Bool[np.ndarray, "letters candidates"]
    """False for padding."""
    offsets: Float[np.ndarray, "letters candidates"]
    """Logits before any weight is added."""


class CandidateTable:
    """Chunks that the letters of one language may stand for.

    Args:
        words: Aligned words of the language.
        prior: Probabilities of chunks in other languages.
        prior_scale: Factor on the log-probabilities of `prior`.
    """

    def __init__(self, words: Sequence[AlignedWord], prior: GraphemePrior, prior_scale: float):
        self.num_words = len(words)
        self.counts, self._prior, self._prior_scale = count_chunks(words), prior, prior_scale
        self.letter_classes = LetterClasses.fit(words)
        counts = self.counts
        observed = [chunk for chunks in counts.values() for chunk in chunks]
        expected = [
            chunk for key in prior.table if len(key) == 1 for chunk in prior.phoneme_probs(key)
        ]
        self.inventory = Inventory([*observed, *expected, ()])
        self._native = list(dict.fromkeys(observed)) or [()]
        self.kinds = {
            letter: fine_sound_kind(_commonest(chunks)) for letter, chunks in counts.items()
        }
        self._cache: dict[str, dict[int, float]] = {}

    def lookup(self, letter: str) -> dict[int, float]:
        """Return the candidates of a letter.

        Args:
            letter: One character.

        Returns:
            Number of a chunk -> offset of its logit.
        """
        if letter not in self._cache:
            self._cache[letter] = self._find(letter)
        return self._cache[letter]

    def windows(self, words: Sequence[Sequence[str]]) -> Windows:
        """Compute the parts of features of words.

        Args:
            words: Letters of each word.

        Returns:
            Parts by name, for all letters.
        """
        kinds = dict(self.kinds)
        for letter in {letter for word in words for letter in word} - set(kinds):
            kinds[letter] = fine_sound_kind(next(iter(self._prior.phoneme_probs(letter)), ()))
        return extract_windows(words, kinds, self.letter_classes)

    def candidates(self, letters: Sequence[str]) -> Candidates:
        """Return the candidates of several letters, padded to the same number.

        Args:
            letters: Letters.

        Returns:
            The candidates, with a mask of the padding.
        """
        rows = [self.lookup(letter) for letter in letters]
        width = max(map(len, rows))
        chunks, offsets = np.zeros((len(rows), width), int), np.zeros((len(rows), width))
        is_valid = np.zeros((len(rows), width), bool)
        for i, row in enumerate(rows):
            chunks[i, : len(row)], is_valid[i, : len(row)] = list(row), True
            offsets[i, : len(row)] = list(row.values())
        return Candidates(chunks, is_valid, offsets)

    def _find(self, letter: str) -> dict[int, float]:
        observed = dict(Counter(self.counts.get(letter, {})).most_common(_MAX_OBSERVED))
        is_closed = sum(observed.values()) >= _MIN_COUNT_CLOSED
        expected = self._prior.phoneme_probs(letter)
        probs = dict(expected)
        if not is_closed and expected:
            # Chunks of the language take the place of similar ones that only the prior expects.
            smoothed = self._prior.smoothed_probs([letter], self._native)[0]
            for chunk, prob in zip(self._native, smoothed.tolist(), strict=True):
                probs[chunk] = max(probs.get(chunk, 0.0), prob)
        likeliest = sorted(probs, key=lambda chunk: -probs[chunk])[:_NUM_PRIOR_CANDIDATES]
        added = [c for c in likeliest if probs[c] > _MIN_PRIOR_PROB or not observed]
        chunks = [*observed, *([] if is_closed else added)] or [()]
        if not expected:
            return {self.inventory.index[chunk]: 0.0 for chunk in chunks}
        return {
            self.inventory.index[chunk]: self._prior_scale
            * float(np.log(probs.get(chunk, 0) + _PROB_FLOOR))
            for chunk in dict.fromkeys(chunks)
        }


def count_chunks(words: Sequence[AlignedWord]) -> dict[str, Counter[Chunk]]:
    """Count the chunks of each letter.

    Args:
        words: Aligned words.

    Returns:
        Letter -> chunk -> count.
    """
    counts: dict[str, Counter[Chunk]] = defaultdict(Counter)
    for word in words:
        for letter, chunk in zip(word.letters, word.chunks, strict=True):
            counts[letter][chunk] += 1
    return dict(counts)


def make_decisions(words: Sequence[AlignedWord], table: CandidateTable) -> Decisions:
    """Return one decision for each letter that has several candidates, one of them correct.

    Features of the history are those of the correct phonemes.

    Args:
        words: Aligned words.
        table: Candidates of the language.

    Returns:
        The decisions, in the order of the letters.
    """
    inventory = table.inventory
    spellings = [word.letters for word in words]
    windows = table.windows(spellings)
    candidates = table.candidates([letter for letters in spellings for letter in letters])
    correct = chunk_indices(words, inventory)
    histories = inventory.compute_histories(correct, windows.starts, windows.lengths)
    is_correct = (candidates.chunks == correct[:, None]) & candidates.is_valid
    is_open = is_correct.any(axis=1) & (candidates.is_valid.sum(axis=1) > 1)
    place, option = np.nonzero(candidates.is_valid & is_open[:, None])
    chunk = candidates.chunks[place, option]
    keys = np.empty((len(place), len(TEMPLATES)), np.uint64)
    from_history = history_features(windows.parts, histories)
    for number, hashes in (*letter_features(windows.parts), *from_history):
        keys[:, number] = _join(hashes[place], number, chunk, inventory)
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    return Decisions(keys, candidates.offsets[place, option], is_correct[place, option], starts)


class BeamDecoder:
    """Beam search from words to pronunciations and their probabilities.

    Args:
        table: Candidates of the language.
        weights: Weights of the features.
        reranker: Reranker of the n-best lists; None for none.
    """

    def __init__(self, table: CandidateTable, weights: Weights, reranker: Reranker | None = None):
        self.table, self.weights, self.reranker = table, weights, reranker

    def __call__(self, words: Sequence[Sequence[str]], *, beam: int = 8) -> list[NBest]:
        """Decode words.

        Paths in the beam with the same phonemes are added up, and the lists are reranked.

        Args:
            words: Letters of each word.
            beam: Number of paths that are followed per word.

        Returns:
            One n-best list per word, the likeliest pronunciation first.
        """
        windows = self.table.windows(words)
        candidates = self.table.candidates([letter for word in words for letter in word])
        letter_logits = candidates.offsets + self._letter_scores(windows, candidates)
        inventory = self.table.inventory
        score = np.full((len(words), beam), -np.inf)
        score[:, 0] = 0
        history = History.empty(len(words), beam)
        prefix = np.zeros((len(words), beam, max(windows.lengths)), int)
        for i in range(max(windows.lengths)):
            active = np.flatnonzero(windows.lengths > i)
            place = windows.starts[active] + i
            here = Candidates(*(part[place] for part in candidates))
            logits = letter_logits[place][:, None] + self._history_scores(
                windows, place, history.select(active), here
            )
            logits = np.where(here.is_valid[:, None], logits, -np.inf)
            total = (score[active][..., None] + log_softmax(logits)).reshape(len(active), -1)
            best = np.argsort(-total, axis=1, kind="stable")[:, :beam]
            score[active] = np.take_along_axis(total, best, axis=1)
            parent, option = best // here.chunks.shape[1], best % here.chunks.shape[1]
            chunk = np.take_along_axis(here.chunks, option, axis=1)
            prefix[active] = prefix[active[:, None], parent]
            prefix[active, :, i] = chunk
            updated = inventory.update_history(history.select((active[:, None], parent)), chunk)
            for field, new in zip(history, updated, strict=True):
                field[active] = new
        results = [
            _merge_paths(prefix[w, :, : len(word)], score[w], inventory)
            for w, word in enumerate(words)
        ]
        if self.reranker is None:
            return results
        return [self.reranker(nbest) for nbest in results]

    def _letter_scores(
        self, windows: Windows, candidates: Candidates
    ) -> Float[np.ndarray, "letters candidates"]:
        """Return the scores of the templates that use letters only."""
        place, option = np.nonzero(candidates.is_valid)
        chunk = candidates.chunks[place, option]
        features = letter_features(windows.parts)
        keys = np.empty((len(place), len(features)), np.uint64)
        for column, (number, hashes) in enumerate(features):
            keys[:, column] = _join(hashes[place], number, chunk, self.table.inventory)
        scores = np.zeros(candidates.chunks.shape)
        scores[place, option] = self.weights.sum(keys)
        return scores

    def _history_scores(
        self, windows: Windows, place, history: History, candidates: Candidates
    ) -> Float[np.ndarray, "words beam candidates"]:
        """Return the scores of the templates that use the phonemes before."""
        parts = {name: part[:, None] for name, part in windows.select(place).items()}
        chunks = candidates.chunks[:, None]
        inventory = self.table.inventory
        keys = [
            _join(hashes[..., None], number, chunks, inventory)
            for number, hashes in history_features(parts, history)
        ]
        return self.weights.sum(np.stack(np.broadcast_arrays(*keys), axis=-1))


def _join(hashes, number: int, chunk, inventory: Inventory):
    """Return keys of features joined with the template's property of a chunk."""
    return hash_combine(hashes, inventory.targets[_TARGETS[number]][chunk])


def _commonest(chunks: Mapping[Chunk, int]) -> Chunk:
    """Return the commonest chunk that is not silent."""
    return max((c for c in chunks if c), key=lambda chunk: chunks[chunk], default=())


def _merge_paths(paths, scores, inventory: Inventory) -> NBest:
    """Add up the probabilities of paths with the same phonemes."""
    probs: dict[tuple[str, ...], float] = defaultdict(float)
    for chunks, score in zip(paths, scores, strict=True):
        if np.isfinite(score):
            probs[tuple(p for c in chunks for p in inventory.chunks[c])] += float(np.exp(score))
    return dict(sorted(probs.items(), key=lambda item: -item[1]))
