"""Intent classifier: a meta-trained learner between a text encoder and the names of intents."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import jax.numpy as jnp
import numpy as np

from yingshe import zoo
from yingshe.applications.adapted import AdaptedModel
from yingshe.errors import UserError
from yingshe.learners import Learner, MatchingNetwork
from yingshe.learners.matching_network import MatchingNetworkState
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import Prediction
from yingshe.serialization import read_learner
from yingshe.text import TextEncoder, get_encoder

ZOO_MODEL = "intents"
"""Name of the trained learner in the zoo."""


class IntentPrediction(NamedTuple):
    """Predicted intent of a sentence."""

    intent: str | None
    """Most probable label; None where out-of-scope is more probable than every label."""
    probability: float
    """Probability of `intent`, or of out-of-scope where it is None."""
    out_of_scope_probability: float
    """Probability that the sentence has none of the labels."""
    probabilities: dict[str, float]
    """Label -> probability; together with `out_of_scope_probability` they sum to 1."""


@dataclass(frozen=True)
class IntentCodec:
    """Converts sentences to vectors, and class probabilities to predictions.

    Args:
        encoder: Text encoder that the learner was trained with.
        labels: Labels observed so far; class i of the learner is `labels[i]`, and its last class
            is out-of-scope.
    """

    encoder: TextEncoder
    labels: tuple[str, ...] = ()

    def encode_x(self, x: Sequence[str]) -> np.ndarray:
        if not self.labels:
            raise UserError(
                "There are no intents yet; observe a few sentences of each intent first."
            )
        return self.encoder(x)

    def encode_y(self, y: Sequence[str]) -> np.ndarray:
        return np.array([self.labels.index(str(label)) for label in y], int)

    def decode(self, prediction: Prediction, x: Sequence[str]) -> list[IntentPrediction]:
        predictions = []
        for row in np.asarray(prediction.mean, float):
            best = int(np.argmax(row))
            label = self.labels[best] if best < len(self.labels) else None
            probabilities = dict(zip(self.labels, row[:-1].tolist(), strict=True))
            predictions.append(
                IntentPrediction(label, float(row[best]), float(row[-1]), probabilities)
            )
        return predictions

    def metadata(self) -> dict[str, Any]:
        return {"labels": list(self.labels), "encoder": self.encoder.name}

    def refit(
        self, mapping: Mapping, x: Sequence[str], y: Sequence[str]
    ) -> "tuple[IntentCodec, Mapping]":
        """Add new labels as classes, then observe the pairs.

        Args:
            mapping: Learner adapted to the labels so far.
            x: Sentences.
            y: One label for each.

        Returns:
            The codec with the new labels, and the adapted learner with their classes.
        """
        codec = replace(self, labels=tuple(dict.fromkeys((*self.labels, *map(str, y)))))
        grown = _grow(mapping, len(codec.labels), len(x))
        return codec, grown.observe(codec.encode_x(x), codec.encode_y(y))


@dataclass(frozen=True)
class IntentClassifier(AdaptedModel[str, str, IntentPrediction]):
    """Intent classifier that adapts to a few sentences of each intent, in any language.

    ```python
    f = IntentClassifier.from_pretrained()
    f = f.observe_many(["kapcsold fel a lámpát", "mennyi az idő"], ["light on", "time"])
    f("kapcsold fel a villanyt").intent
    ```

    `observe` and `observe_many` return a new classifier and take no gradient step. Labels may be
    added at any time, in any number.

    Args:
        codec: Text encoder and labels.
        mapping: Learner adapted to the sentences so far.
    """

    codec: IntentCodec
    mapping: Mapping

    @classmethod
    def from_learner(cls, learner: Learner, encoder: TextEncoder) -> "IntentClassifier":
        """Return a classifier without any intent.

        Args:
            learner: `MatchingNetwork` that was trained with out-of-scope sentences.
            encoder: Text encoder that it was trained with.

        Returns:
            The classifier.

        Raises:
            UserError: The learner has another type, or other inputs than the encoder's vectors.
        """
        if not isinstance(learner, MatchingNetwork) or not learner.out_of_scope:
            raise UserError(
                "learner must be a MatchingNetwork with out_of_scope=True, "
                f"got {type(learner).__name__}."
            )
        if learner.x_dim != encoder.width:
            raise UserError(
                f"learner has {learner.x_dim} inputs, and the encoder '{encoder.name}' gives "
                f"{encoder.width}; use the encoder that the learner was trained with."
            )
        learner = learner.with_num_classes(1, learner.capacity)
        prior = adapt(learner, np.zeros((0, learner.x_dim)), np.zeros((0, 1)))
        return cls(IntentCodec(encoder), prior)

    @classmethod
    def from_pretrained(cls, path_or_name: str | os.PathLike = ZOO_MODEL) -> "IntentClassifier":
        """Return a classifier without any intent, with a trained learner and its encoder.

        Args:
            path_or_name: Run directory, file, or name of a zoo model.

        Returns:
            The classifier.

        Raises:
            UserError: The learner cannot be read, or its encoder is not installed.
        """
        learner, _, metadata = read_learner(zoo.resolve(path_or_name))
        return cls.from_learner(learner, get_encoder(_get_encoder_name(metadata)))

    @classmethod
    def load(cls, path: str | os.PathLike) -> "IntentClassifier":
        """Read a file that `save` wrote.

        Args:
            path: The file.

        Returns:
            The classifier, with the intents that it had.

        Raises:
            UserError: The file is missing or damaged, or holds something else.
        """
        learner, state, metadata = read_learner(path, kind="mapping")
        if "labels" not in metadata:
            raise UserError(f"{path} is not a saved IntentClassifier: it has no labels.")
        encoder = get_encoder(metadata["encoder"])
        return cls(IntentCodec(encoder, tuple(metadata["labels"])), Mapping(learner, state))

    @property
    def encoder(self) -> TextEncoder:
        """Text encoder."""
        return self.codec.encoder

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels observed so far, in the order of their first sentences."""
        return self.codec.labels


def _grow(mapping: Mapping, num_labels: int, num_new: int) -> Mapping:
    """Return the mapping with classes for more labels, and memory for more sentences.

    The last class, out-of-scope, stays the last.
    """
    learner, state = cast(MatchingNetwork, mapping.learner), mapping.state
    more, capacity = num_labels + 1 - learner.y_dim, learner.capacity
    while capacity < int(state.num_pairs) + num_new:
        capacity *= 2
    if not more and capacity == learner.capacity:
        return mapping
    y = jnp.insert(state.y, np.full(more, learner.y_dim - 1), 0.0, axis=1)
    rows = ((0, capacity - learner.capacity), (0, 0))
    state = MatchingNetworkState(jnp.pad(state.embeddings, rows), jnp.pad(y, rows), state.num_pairs)
    return Mapping(learner.with_num_classes(num_labels + 1, capacity), state)


def _get_encoder_name(metadata: dict[str, Any]) -> str:
    run = metadata.get("metadata", {})
    if "encoder" not in run:
        raise UserError(
            "This learner's file names no text encoder; train one with `yingshe intents train`."
        )
    return run["encoder"]
