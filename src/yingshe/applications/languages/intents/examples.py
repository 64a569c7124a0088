"""Sentences of a language as an encoder reads them, and episodes of teaching and asking."""

import functools
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from yingshe.applications.languages.intents.corpus import Corpus, corpus
from yingshe.serialization import write_atomically
from yingshe.text import get_encoder

WAYS = 10
"""Intents of an episode."""
_FEWEST = 2  # templates of an intent: one to teach it by, another to ask by


class Examples(NamedTuple):
    """A language, ready to draw episodes from."""

    corpus: Corpus
    x: Float[np.ndarray, "sentences width"]
    rows: dict[int, dict[int, Int[np.ndarray, " n"]]]
    """intent -> template -> its sentences, for intents of two templates at least."""


class Episode(NamedTuple):
    """What a learner is taught and asked: rows of `Examples.x`, intents numbered from 0."""

    taught: Int[np.ndarray, " taught"]
    taught_intent: Int[np.ndarray, " taught"]
    asked: Int[np.ndarray, " asked"]
    asked_intent: Int[np.ndarray, " asked"]
    """The number of intents where a sentence is of none of them."""


@functools.lru_cache(maxsize=128)
def examples(language: str, encoder: str, *, seed: int = 0, cache: Path | None = None) -> Examples:
    """The sentences of a language, read by the encoder of that name; kept in a folder `cache`."""
    found = corpus(language, seed=seed)
    rows: dict[int, dict[int, Int[np.ndarray, " n"]]] = {}
    for intent in range(len(found.intents)):
        own = np.flatnonzero(found.intent == intent)
        templates = np.unique(found.template[own])
        if len(templates) >= _FEWEST:
            rows[intent] = {int(t): own[found.template[own] == t] for t in templates}
    return Examples(found, _read(found, encoder, cache), rows)


def _read(found: Corpus, encoder: str, cache: Path | None) -> Float[np.ndarray, "n width"]:
    encode = get_encoder(encoder)
    if cache is None:
        return encode(found.sentences)
    # What the encoder makes of one sentence tells it from its earlier versions.
    first = np.round(encode(found.sentences[:1]), 2) + 0.0
    text = "\n".join(found.sentences).encode()
    digest = hashlib.sha256(text + first.astype(np.float32).tobytes()).hexdigest()[:12]
    path = cache / f"{found.language}-{encoder}-{digest}.npy"
    if path.exists():
        return np.load(path).astype(np.float32)
    x = encode(found.sentences)
    cache.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.save(buffer, x.astype(np.float16))
    write_atomically(path, buffer.getvalue())
    return x


def episode(
    known: Examples,
    generator: np.random.Generator,
    shots: int,
    *,
    intents: Sequence[int] | None = None,
    asked: int = 3,
    outside: int = 0,
) -> Episode:
    """Ten intents, `shots` sentences of each to teach, `asked` to ask, and `outside` of no intent.

    An intent's templates are dealt in halves: what is asked is of a template that taught nothing.
    A sentence from outside is of another intent. An intent of few templates gives fewer than
    `shots` or `asked`. `intents` limits which intents may be drawn.
    """
    chosen = generator.permutation(list(known.rows) if intents is None else list(intents))
    taught, asking = [], []
    for number, intent in enumerate(chosen[:WAYS]):
        templates = known.rows[int(intent)]
        order = generator.permutation(list(templates))
        half = len(order) // 2
        shuffled = [generator.permutation(templates[int(t)]) for t in order[:half]]
        rounds = [s[i] for i in range(max(map(len, shuffled))) for s in shuffled if i < len(s)]
        taught += [(row, number) for row in rounds[:shots]]
        others = [generator.choice(templates[int(t)]) for t in order[half:][:asked]]
        asking += [(row, number) for row in others]
    for intent in chosen[WAYS : WAYS + outside]:
        templates = list(known.rows[int(intent)].values())
        asking.append((generator.choice(templates[generator.integers(len(templates))]), WAYS))
    taught_rows, taught_intent = np.array(taught, int).reshape(-1, 2).T
    asked_rows, asked_intent = np.array(asking, int).reshape(-1, 2).T
    return Episode(taught_rows, taught_intent, asked_rows, asked_intent)
