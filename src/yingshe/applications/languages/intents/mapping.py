"""What a learner has become after it was taught intents by a few sentences of each."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, cast

import jax.numpy as jnp
import numpy as np

from yingshe import zoo
from yingshe.errors import UserError
from yingshe.learners import Learner, MatchingNetwork
from yingshe.learners.matching_network import MatchingNetworkState
from yingshe.mapping import Mapping, adapt
from yingshe.serialization import read_learner
from yingshe.tasks.table import check_columns_exist, read_frame, to_strings
from yingshe.text import TextEncoder, get_encoder


class Answer(NamedTuple):
    """What a sentence asks for."""

    intent: str | None
    """The most probable label; None where it is more probable that it is none of them."""
    probability: float
    """Of that label, or of none."""
    none: float
    """Probability that the sentence is of none of the labels."""
    probabilities: dict[str, float]
    """Of every label; with `none` they sum to 1."""


class Intents:
    """From sentences to what they ask for, in any language, taught by a few sentences of each.

    ```python
    f = Intents.load_learner("intents")
    f = f.teach(["kapcsold fel a lámpát", "mennyi az idő"], ["light on", "time"])
    f("kapcsold fel a villanyt").intent
    ```

    Like every mapping it is not changed by `teach`, which gives a new one; labels may come later,
    and any number of them.
    """

    def __init__(self, learner: Learner, encoder: TextEncoder):
        """Of a `MatchingNetwork` learner that was trained with none of its classes ("none").

        Raises UserError where the learner is another, or reads other vectors than the encoder's.
        """
        if not isinstance(learner, MatchingNetwork) or not learner.out_of_scope:
            raise UserError(
                f"Intents are told by MatchingNetwork with none=True; this is {type(learner).__name__}."
            )
        if learner.x_dim != encoder.width:
            raise UserError(
                f"The learner reads {learner.x_dim} numbers a sentence, and the encoder "
                f"'{encoder.name}' gives {encoder.width}."
            )
        self.encoder, self.labels = encoder, ()
        learner = learner.with_num_classes(1, learner.capacity)
        self._mapping = adapt(learner, np.zeros((0, learner.x_dim)), np.zeros((0, 1)))

    @classmethod
    def load_learner(cls, path_or_name: str | os.PathLike) -> "Intents":
        """Untaught, with the learner of a run folder, a file or the zoo, and the encoder it was
        trained with. Raises UserError where it cannot be read, or the encoder is not installed.
        """
        learner, _, metadata = read_learner(zoo.resolve(path_or_name))
        return cls(learner, get_encoder(_encoder_of(metadata)))

    def teach(self, sentences: Sequence[str], labels: Sequence[str]) -> "Intents":
        """The mapping after these sentences as well, each with its label.

        Raises UserError where there are not as many of both.
        """
        if len(sentences) != len(labels):
            raise UserError(
                f"There are {len(sentences)} sentences and {len(labels)} labels; give one for each."
            )
        known = tuple(dict.fromkeys((*self.labels, *map(str, labels))))
        mapping = _with_room(self._mapping, len(known), len(sentences))
        numbers = np.array([known.index(str(label)) for label in labels], int)
        if len(sentences):
            mapping = mapping.observe(self.encoder(sentences), numbers)
        return self._with(mapping, known)

    def __call__(self, sentence: str) -> Answer:
        """What one sentence asks for."""
        return self.ask([sentence])[0]

    def ask(self, sentences: Sequence[str]) -> list[Answer]:
        """What each sentence asks for. Raises UserError where nothing was taught."""
        if not self.labels:
            raise UserError("No intent was taught yet; teach a few sentences of each first.")
        if not len(sentences):
            return []
        answers = []
        for row in np.asarray(self._mapping(self.encoder(sentences)).mean, float):
            best = int(np.argmax(row))
            label = self.labels[best] if best < len(self.labels) else None
            probabilities = dict(zip(self.labels, row[:-1].tolist(), strict=True))
            answers.append(Answer(label, float(row[best]), float(row[-1]), probabilities))
        return answers

    def save(self, path: str | os.PathLike) -> None:
        """Write learner, labels and what was taught, as vectors, to one file."""
        metadata = {"labels": list(self.labels), "encoder": self.encoder.name}
        self._mapping.save(path, metadata=metadata)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Intents":
        """Read what `save` wrote. Raises UserError where it cannot be."""
        learner, state, metadata = read_learner(path, kind="mapping")
        if "labels" not in metadata:
            raise UserError(f"{path} holds a mapping, but none of intents.")
        found = cls(learner, get_encoder(metadata["encoder"]))
        return found._with(Mapping(learner, state), tuple(metadata["labels"]))

    def _with(self, mapping: Mapping, labels: tuple[str, ...]) -> "Intents":
        other = object.__new__(Intents)
        other.encoder, other.labels, other._mapping = self.encoder, labels, mapping
        return other


def read_examples(path: Path, *, text: str, label: str) -> tuple[list[str], list[str]]:
    """Sentences and labels of a table; rows that miss one are left out, with a warning.

    Warns as well where a sentence has two labels. Raises UserError where a column is missing, the
    sentences are numbers, or every row misses one of both.
    """
    frame = read_frame(path)
    check_columns_exist(frame, [text, label])
    if frame[text].dtype.is_numeric():
        raise UserError(f"Column '{text}' holds numbers; name the column of sentences by --text.")
    columns = to_strings(frame[text]), to_strings(frame[label])
    rows = [
        (s, name) for s, name in zip(*columns, strict=True) if s is not None and name is not None
    ]
    if not rows:
        raise UserError(f"{path}: every row misses a sentence or a label.")
    if lost := len(frame) - len(rows):
        warnings.warn(
            f"{path}: {lost} of {len(frame)} rows lack a sentence or a label.", stacklevel=2
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


def _with_room(mapping: Mapping, labels: int, sentences: int) -> Mapping:
    """The same mapping with room for so many labels before that of none, which moves on, and for
    so many more sentences.
    """
    learner, state = cast(MatchingNetwork, mapping.learner), mapping.state
    more, capacity = labels + 1 - learner.y_dim, learner.capacity
    while capacity < int(state.reads) + sentences:
        capacity *= 2
    if not more and capacity == learner.capacity:
        return mapping
    y = jnp.insert(state.y, np.full(more, learner.y_dim - 1), 0.0, axis=1)
    rows = ((0, capacity - learner.capacity), (0, 0))
    state = MatchingNetworkState(jnp.pad(state.seen, rows), jnp.pad(y, rows), state.reads)
    return Mapping(learner.with_num_classes(labels + 1, capacity), state)


def _encoder_of(metadata: dict) -> str:
    """The encoder that a learner's file names. Raises UserError where it names none."""
    kept = metadata.get("metadata", {})
    if "encoder" not in kept:
        raise UserError("This learner does not say which encoder it reads; train one of intents.")
    return kept["encoder"]
