"""The contract that every learner keeps."""

import inspect
from abc import abstractmethod
from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

State = PyTree[Array]  # arrays only, of constant size: it scans, shards and serialises


class Learner(eqx.Module):
    """A recurrent network that reads (x, y) pairs of one task and is, from then on, that mapping.

    Written for one task and one pair; batch with `jax.vmap` at the edge. Its constructor takes
    `x_dim`, `y_dim`, options with plain values, and `key`; every argument but `key` is a static
    field of the same name, so that a saved learner can be built again from its hyperparameters.
    """

    x_dim: eqx.AbstractVar[int]
    y_dim: eqx.AbstractVar[int]
    likelihood: eqx.AbstractVar[str]  # "gaussian", "gaussian_mixture", "point" or "categorical"

    @abstractmethod
    def init_state(self) -> State:
        """The state before any pair."""

    @abstractmethod
    def observe(self, state: State, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]) -> State:
        """The state after one more pair. Time and memory do not depend on what was read before."""

    @abstractmethod
    def predict(self, state: State, x: Float[Array, " x_dim"]) -> Prediction:
        """The distribution over y at x, given the pairs read so far."""

    @abstractmethod
    def prequential(self, pairs: Pairs) -> Prediction:
        """Predictions of pair t from pairs 1..t-1, for every t, batched along the pairs.

        The same mathematics as `observe` and `predict`, in the form that trains fastest.
        """


@runtime_checkable
class HasParameterPrior(Protocol):
    """A learner that knows how far it is from a simple one, lest few tasks mislead it.

    Training on recorded tasks adds it to the loss, once for all their pairs: W, b are then those of
    maximum posterior probability. Over a family of endlessly many tasks it has no weight.
    """

    def neg_log_prior(self, pairs: Pairs) -> Float[Array, ""]:
        """Minus the log-prior of the learner's own parameters, in nats, at a batch of tasks."""
        ...


@runtime_checkable
class SupportsBatchObserve(Protocol):
    """A learner that reads many pairs faster than one after another."""

    def read(self, state: Any, pairs: Pairs) -> Any:
        """The state after all real pairs, in their order: that of `observe` for each of them."""
        ...


def observe_all(learner: Learner, state: State, pairs: Pairs) -> State:
    """The state after all real pairs of one task, in their order; padding changes nothing."""
    if isinstance(learner, SupportsBatchObserve):
        return learner.read(state, pairs)

    def step(state, pair):
        x, y, real = pair
        return _where(real, learner.observe(state, x, y), state), None

    return jax.lax.scan(step, state, (pairs.x, pairs.y, pairs.mask))[0]


def scan_prequential(learner: Learner, pairs: Pairs) -> Prediction:
    """`Learner.prequential` by a scan of predict-then-observe: right for every learner."""

    def step(state, pair):
        x, y, real = pair
        prediction = learner.predict(state, x)
        return _where(real, learner.observe(state, x, y), state), prediction

    return jax.lax.scan(step, learner.init_state(), (pairs.x, pairs.y, pairs.mask))[1]


def hyperparameters(learner: Learner) -> dict[str, Any]:
    """The constructor's arguments but `key`: they build a learner of the same structure."""
    names = inspect.signature(type(learner)).parameters
    return {name: getattr(learner, name) for name in names if name != "key"}


def _where(condition, new: State, old: State) -> State:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)
