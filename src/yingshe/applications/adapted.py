"""The adapted object of applications: a mapping with an encoder before it and a decoder after."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from yingshe.errors import UserError

X = TypeVar("X")
Y = TypeVar("Y")
Out = TypeVar("Out")
# Not typing.Self, which runtime checkers of annotations accept in decorated classes only.
M = TypeVar("M", bound="Adapted")
A = TypeVar("A", bound="AdaptedModel")


@runtime_checkable
class Adapted(Protocol):
    """Interface of the mapping in an `AdaptedModel`; `yingshe.Mapping` implements it."""

    def __call__(self, x: Any) -> Any:
        """Predict at a batch of inputs.

        Args:
            x: Inputs, shape (rows, x_dim).

        Returns:
            Batched prediction.
        """
        ...

    def observe(self: M, x: Any, y: Any) -> M:
        """Return the mapping after more pairs.

        Args:
            x: Inputs, one row per pair, shape (rows, x_dim).
            y: Outputs, shape (rows, y_dim), or class numbers, shape (rows,).

        Returns:
            New mapping.
        """
        ...

    def save(self, path: str | os.PathLike, *, metadata: dict[str, Any] | None = None) -> None:
        """Write learner and state to one file.

        Args:
            path: File to write.
            metadata: JSON-serializable data stored in the same file.
        """
        ...


@runtime_checkable
class Codec(Protocol[X, Y, Out]):
    """Converts between an application's objects and the inputs and outputs of a mapping."""

    def encode_x(self, x: Sequence[X]) -> Any:
        """Encode inputs.

        Args:
            x: Inputs of the application.

        Returns:
            Inputs of the learner, shape (rows, x_dim); an input may give several rows.
        """
        ...

    def encode_y(self, y: Sequence[Y]) -> Any:
        """Encode outputs.

        Args:
            y: Outputs of the application.

        Returns:
            Outputs of the learner, shape (rows, y_dim), or class numbers, shape (rows,).
        """
        ...

    def decode(self, prediction: Any, x: Sequence[X]) -> list[Out]:
        """Decode a prediction.

        Args:
            prediction: Batched prediction at the encoded inputs.
            x: Inputs of the application.

        Returns:
            One result for each input.
        """
        ...

    def metadata(self) -> dict[str, Any]:
        """Return plain JSON from which the codec can be rebuilt."""
        ...


@runtime_checkable
class SupportsRefit(Protocol):
    """Codec that depends on the observed pairs, such as their labels or counts of endings."""

    def refit(self, mapping: Any, x: Sequence[Any], y: Sequence[Any]) -> tuple[Any, Any]:
        """Return the codec and the mapping after more pairs.

        Args:
            mapping: Mapping before the pairs.
            x: Inputs of the application.
            y: Outputs, one for each input.

        Returns:
            New codec and new mapping.
        """
        ...


@dataclasses.dataclass(frozen=True)
class AdaptedModel(Generic[X, Y, Out]):
    """Mapping from an application's inputs to its outputs, adapted to one task.

    `observe` returns a new model and leaves this one unchanged.

    Args:
        codec: Encoder and decoder.
        mapping: Adapted learner between them.
    """

    codec: Codec[X, Y, Out]
    mapping: Adapted

    def __call__(self, x: X) -> Out:
        """Predict at one input.

        Args:
            x: Input.

        Returns:
            Result of the decoder.
        """
        return self.predict([x])[0]

    def predict(self, x: Sequence[X]) -> list[Out]:
        """Predict at several inputs, faster than one after another.

        Args:
            x: Inputs.

        Returns:
            One result for each input.
        """
        if not len(x):
            return []
        return self.codec.decode(self.mapping(self.codec.encode_x(x)), x)

    def observe(self: A, x: X, y: Y) -> A:
        """Return the model after one more pair.

        Args:
            x: Input.
            y: Output.

        Returns:
            New model.
        """
        return self.observe_many([x], [y])

    def observe_many(self: A, x: Sequence[X], y: Sequence[Y]) -> A:
        """Return the model after several more pairs.

        Args:
            x: Inputs.
            y: Outputs, one for each input.

        Returns:
            New model.

        Raises:
            UserError: x and y have different lengths.
        """
        if len(x) != len(y):
            raise UserError(f"x has {len(x)} entries and y has {len(y)}; give one y for each x.")
        if not len(x):
            return self
        if isinstance(self.codec, SupportsRefit):
            codec, mapping = self.codec.refit(self.mapping, x, y)
            return dataclasses.replace(self, codec=codec, mapping=mapping)
        mapping = self.mapping.observe(self.codec.encode_x(x), self.codec.encode_y(y))
        return dataclasses.replace(self, mapping=mapping)

    def save(self, path: str | os.PathLike) -> None:
        """Write learner, state and codec to one safetensors file, without pickle.

        Args:
            path: File to write.
        """
        self.mapping.save(path, metadata=self.codec.metadata())
