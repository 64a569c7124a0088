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
    """What `AdaptedModel` needs of a mapping; `yingshe.Mapping` is one."""

    def __call__(self, x: Any) -> Any:
        """Return the prediction at a batch of inputs (rows, x_dim)."""
        ...

    def observe(self: M, x: Any, y: Any) -> M:
        """Return the mapping after more pairs, one a row."""
        ...

    def save(self, path: str | os.PathLike, *, metadata: dict[str, Any] | None = None) -> None:
        """Write learner and state to one file."""
        ...


@runtime_checkable
class Codec(Protocol[X, Y, Out]):
    """Converts between an application's objects and the inputs and outputs of a mapping."""

    def encode_x(self, x: Sequence[X]) -> Any:
        """Return the learner's inputs (rows, x_dim); an x may give several rows."""
        ...

    def encode_y(self, y: Sequence[Y]) -> Any:
        """Return the learner's outputs (rows, y_dim), or class numbers (rows,)."""
        ...

    def decode(self, prediction: Any, x: Sequence[X]) -> list[Out]:
        """Return one result for each x from the batched prediction."""
        ...

    def metadata(self) -> dict[str, Any]:
        """Return plain JSON from which the codec can be built again."""
        ...


@runtime_checkable
class SupportsRefit(Protocol):
    """A codec that depends on the pairs observed: labels met so far, counts of endings."""

    def refit(self, mapping: Any, x: Sequence[Any], y: Sequence[Any]) -> tuple[Any, Any]:
        """Return the codec and the mapping after more pairs."""
        ...


@dataclasses.dataclass(frozen=True)
class AdaptedModel(Generic[X, Y, Out]):
    """A mapping from an application's inputs to its outputs, adapted to one task.

    It is not changed by `observe`, which returns a new one.

    Args:
        codec: Encoder and decoder.
        mapping: The adapted learner between them.
    """

    codec: Codec[X, Y, Out]
    mapping: Adapted

    def __call__(self, x: X) -> Out:
        """Return the result at one input."""
        return self.predict([x])[0]

    def predict(self, x: Sequence[X]) -> list[Out]:
        """Return the results at several inputs, faster than one after another."""
        if not len(x):
            return []
        return self.codec.decode(self.mapping(self.codec.encode_x(x)), x)

    def observe(self: A, x: X, y: Y) -> A:
        """Return the model after one more pair."""
        return self.observe_many([x], [y])

    def observe_many(self: A, x: Sequence[X], y: Sequence[Y]) -> A:
        """Return the model after several more pairs.

        Args:
            x: Inputs.
            y: One output for each.

        Raises:
            UserError: There are not as many of both.
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
        """Write learner, state and codec to one file; it holds no pickle."""
        self.mapping.save(path, metadata=self.codec.metadata())
