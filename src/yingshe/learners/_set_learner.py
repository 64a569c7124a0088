"""Learners whose state is a sum over the observed pairs, and whose networks pool over a set."""

from abc import abstractmethod
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class SetLearner(Learner):
    """Learner with the state S = Σ_t s(x_t, y_t): the order of pairs does not matter.

    A subclass gives the encoding of an input, the statistics s of a pair, and the prediction.
    """

    @abstractmethod
    def encode(self, x: Float[Array, "*n x_dim"]) -> Any:
        """Encode inputs for `pair_statistics` and `decode`."""

    @abstractmethod
    def pair_statistics(self, encoding: Any, y: Float[Array, "*n y_dim"]) -> Float[Array, "..."]:
        """Return the term that a pair adds to the state."""

    @abstractmethod
    def decode(self, sums: Float[Array, "..."], encoding: Any) -> Prediction:
        """Return the prediction at an encoded input, given the state."""

    def observe(self, state, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]):
        return state + self.pair_statistics(self.encode(x), y)

    def predict(self, state, x: Float[Array, " x_dim"]) -> Prediction:
        return self.decode(state, self.encode(x))

    def prequential(self, pairs: Pairs) -> Prediction:
        encoding = self.encode(pairs.x)
        statistics = self.pair_statistics(encoding, pairs.y)
        real = pairs.mask.reshape(-1, *(1,) * (statistics.ndim - 1))
        statistics = jnp.where(real, statistics, 0.0)
        return self.decode(jnp.cumsum(statistics, axis=0) - statistics, encoding)


def mean_over_set(
    h: Float[Array, "*n items hidden"], present: Array | None = None
) -> Float[Array, "*n hidden"]:
    """Return the mean over the items of a set.

    Args:
        h: Hidden units of each item; 0 for an absent item.
        present: Mask of the items, shape (..., items); None if all are present.
    """
    if present is None:
        return h.mean(axis=-2)
    return jnp.sum(h, axis=-2) / jnp.maximum(jnp.sum(present, axis=-1, keepdims=True), 1)


def mean_and_max(
    h: Float[Array, "*n items hidden"], present: Array | None = None
) -> Float[Array, "*n pooled"]:
    """Return the mean and the maximum over the items of a set, concatenated.

    Args:
        h: Hidden units of each item; 0 for an absent item.
        present: Mask of the items, shape (..., items); None if all are present.
    """
    return jnp.concatenate([mean_over_set(h, present), h.max(axis=-2)], axis=-1)
