"""Examples of intents: a user's table, and few-shot episodes of the languages of a corpus."""

import functools
import hashlib
import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from yingshe.applications.languages.intents._corpus import Corpus, load_corpus
from yingshe.errors import UserError
from yingshe.serialization import write_atomically
from yingshe.tasks.table import check_columns_exist, read_frame, to_strings
from yingshe.text import get_encoder

WAYS = 10
"""Number of intents of an episode."""
_MIN_TEMPLATES = 2  # of an intent: one for its support, another for its queries


class Examples(NamedTuple):
    """Encoded sentences of one language, ready for sampling episodes."""

    corpus: Corpus
    x: Float[np.ndarray, "sentences width"]
    rows: dict[int, dict[int, Int[np.ndarray, " n"]]]
    """Intent -> template -> rows of x, for intents with at least two templates."""


class Episode(NamedTuple):
    """Support and query of a few-shot task, as rows of `Examples.x`."""

    support: Int[np.ndarray, " support"]
    support_labels: Int[np.ndarray, " support"]
    """Intents, numbered from 0 in each episode."""
    query: Int[np.ndarray, " query"]
    query_labels: Int[np.ndarray, " query"]
    """Intents; `WAYS` for an out-of-scope sentence."""


@functools.lru_cache(maxsize=128)
def load_examples(
    language: str, encoder: str, *, seed: int = 0, cache: Path | None = None
) -> Examples:
    """Sample and encode the sentences of a language.

    Args:
        language: Code of the language.
        encoder: Name of the text encoder.
        seed: Seed of the corpus.
        cache: Folder that stores vectors for other runs; None stores none.

    Returns:
        The encoded corpus.

    Raises:
        UserError: The language or the encoder does not exist, or the encoder is not installed.
    """
    corpus = load_corpus(language, seed=seed)
    rows: dict[int, dict[int, Int[np.ndarray, " n"]]] = {}
    for intent in range(len(corpus.intents)):
        in_intent = np.flatnonzero(corpus.intent_ids == intent)
        template_ids = corpus.template_ids[in_intent]
        templates = np.unique(template_ids)
        if len(templates) >= _MIN_TEMPLATES:
            rows[intent] = {int(t): in_intent[template_ids == t] for t in templates}
    return Examples(corpus, _encode(corpus, encoder, cache), rows)


def sample_episode(
    examples: Examples,
    generator: np.random.Generator,
    shots: int,
    *,
    intents: Sequence[int] | None = None,
    num_query: int = 3,
    num_out_of_scope: int = 0,
) -> Episode:
    """Sample a few-shot episode of ten intents.

    Half of an intent's templates give its support, the other half its queries. An intent with few
    templates gives fewer sentences than requested. With the same generator state, a support of
    fewer shots is a subset of one of more shots, and the queries are the same.

    Args:
        examples: Encoded sentences of a language.
        generator: Source of randomness.
        shots: Support sentences per intent.
        intents: Intents that may be sampled; None allows all.
        num_query: Queries per intent.
        num_out_of_scope: Queries of other intents, which are out of scope.

    Returns:
        The episode.
    """
    order = generator.permutation(list(examples.rows) if intents is None else list(intents))
    support, query = [], []
    for label, intent in enumerate(order[:WAYS]):
        templates = examples.rows[int(intent)]
        shuffled = generator.permutation(list(templates))
        half = len(shuffled) // 2
        sentences = [generator.permutation(templates[int(t)]) for t in shuffled[:half]]
        rounds = [s[i] for i in range(max(map(len, sentences))) for s in sentences if i < len(s)]
        support += [(row, label) for row in rounds[:shots]]
        held_out = [generator.choice(templates[int(t)]) for t in shuffled[half:][:num_query]]
        query += [(row, label) for row in held_out]
    for intent in order[WAYS : WAYS + num_out_of_scope]:
        templates = list(examples.rows[int(intent)].values())
        query.append((generator.choice(templates[generator.integers(len(templates))]), WAYS))
    support_rows, support_labels = np.array(support, int).reshape(-1, 2).T
    query_rows, query_labels = np.array(query, int).reshape(-1, 2).T
    return Episode(support_rows, support_labels, query_rows, query_labels)


def read_examples(
    path: str | os.PathLike, *, text: str = "sentence", label: str = "label"
) -> tuple[list[str], list[str]]:
    """Read sentences and labels of a table.

    Warns of rows that lack a sentence or a label, which are left out, and of sentences with
    several labels.

    Args:
        path: Table, in any format that `yingshe train` reads.
        text: Column of the sentences.
        label: Column of the labels.

    Returns:
        Sentences, and one label for each.

    Raises:
        UserError: A column is missing, the sentences are numbers, or no row is complete.
    """
    frame = read_frame(Path(path))
    check_columns_exist(frame, [text, label])
    if frame[text].dtype.is_numeric():
        raise UserError(f"Column '{text}' holds numbers; name the column of sentences by --text.")
    columns = to_strings(frame[text]), to_strings(frame[label])
    rows = [
        (s, name) for s, name in zip(*columns, strict=True) if s is not None and name is not None
    ]
    if not rows:
        raise UserError(f"{path}: every row misses a sentence or a label.")
    if num_incomplete := len(frame) - len(rows):
        warnings.warn(
            f"{path}: {num_incomplete} of {len(frame)} rows lack a sentence or a label.",
            stacklevel=2,
        )
    labels: dict[str, set[str]] = {}
    for sentence, name in rows:
        labels.setdefault(sentence, set()).add(name)
    for sentence, names in labels.items():
        if len(names) > 1:
            warnings.warn(
                f"{path}: '{sentence}' has several labels: {', '.join(sorted(names))}.",
                stacklevel=2,
            )
    return [s for s, _ in rows], [name for _, name in rows]


def _encode(corpus: Corpus, encoder: str, cache: Path | None) -> Float[np.ndarray, "n width"]:
    encode = get_encoder(encoder)
    if cache is None:
        return encode(corpus.sentences)
    # The vector of one sentence distinguishes this version of the encoder from earlier ones.
    first = np.round(encode(corpus.sentences[:1]), 2) + 0.0
    text = "\n".join(corpus.sentences).encode()
    digest = hashlib.sha256(text + first.astype(np.float32).tobytes()).hexdigest()[:12]
    path = cache / f"{corpus.language}-{encode.name}-{digest}.npy"
    if path.exists():
        return np.load(path).astype(np.float32)
    x = encode(corpus.sentences)
    cache.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.save(buffer, x.astype(np.float16))
    write_atomically(path, buffer.getvalue())
    return x
