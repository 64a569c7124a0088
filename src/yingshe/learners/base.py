"""Interface of every learner."""

import inspect
from abc import abstractmethod
from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

State = PyTree[Array]  # arrays only, of constant size: it scans, shards and serializes


class Learner(eqx.Module):
    """Meta-learner: a recurrent network that adapts to a task by observing its (x, y) pairs.

    Written for one task and one pair; batch with `jax.vmap` at the edge. The constructor takes
    `x_dim`, `y_dim`, options with plain values, and `key`. Every argument except `key` is a static
    field of the same name, so that a saved learner can be rebuilt from its hyperparameters.
    """

    x_dim: eqx.AbstractVar[int]
    """Number of inputs."""

    y_dim: eqx.AbstractVar[int]
    """Number of outputs, or of classes."""

    likelihood: eqx.AbstractVar[str]
    """Distribution of the predictions: "gaussian", "gaussian_mixture", "point" or "categorical"."""

    @abstractmethod
    def init_state(self) -> State:
        """Return the state before any pair."""

    @abstractmethod
    def observe(self, state: State, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]) -> State:
        """Return the state after one more pair.

        Time and memory do not depend on the number of pairs observed before.

        Args:
            state: State before the pair.
            x: Input, shape (x_dim,).
            y: Output, shape (y_dim,); one-hot for classes.

        Returns:
            State of the same structure, shapes and types.
        """

    @abstractmethod
    def predict(self, state: State, x: Float[Array, " x_dim"]) -> Prediction:
        """Return the distribution of y at x, given the pairs observed so far.

        Args:
            state: State after the observed pairs.
            x: Input, shape (x_dim,).

        Returns:
            Prediction of the kind that `likelihood` names.
        """

    @abstractmethod
    def prequential(self, pairs: Pairs) -> Prediction:
        """Predict pair t from pairs 1 … t−1, for every t.

        The same mathematics as `observe` and `predict`, in the form that trains fastest.

        Args:
            pairs: n pairs of one task.

        Returns:
            Predictions batched along the n pairs.
        """

    def neg_log_prior(self, pairs: Pairs) -> Float[Array, ""]:
        """Return minus the log-prior of the learner's own parameters; 0 by default.

        Training on recorded tasks adds it once to the loss of all their pairs, so that training
        finds the parameters of maximum posterior probability (MAP). A task distribution with
        unlimited tasks gives it no weight.

        Args:
            pairs: Batch of tasks at whose inputs the prior is evaluated.

        Returns:
            Nats, up to a constant.
        """
        return jnp.zeros(())


@runtime_checkable
class SupportsBatchObserve(Protocol):
    """Learner that observes many pairs faster than one after another."""

    def observe_batch(self, state: Any, pairs: Pairs) -> Any:
        """Return the state after all real pairs, equal to that of `observe` for each in order.

        Args:
            state: State before the pairs.
            pairs: n pairs of one task; padding changes nothing.

        Returns:
            State of the same structure.
        """
        ...


def observe_all(learner: Learner, state: State, pairs: Pairs) -> State:
    """Return the state after all real pairs of one task, in their order.

    Args:
        learner: Learner that observes.
        state: State before the pairs.
        pairs: n pairs of one task; padding changes nothing.

    Returns:
        State of the same structure.
    """
    if isinstance(learner, SupportsBatchObserve):
        return learner.observe_batch(state, pairs)

    def step(state, pair):
        x, y, real = pair
        return _where(real, learner.observe(state, x, y), state), None

    return jax.lax.scan(step, state, (pairs.x, pairs.y, pairs.mask))[0]


def scan_prequential(learner: Learner, pairs: Pairs) -> Prediction:
    """Return `Learner.prequential` by a scan of predict, then observe: correct for every learner.

    Args:
        learner: Learner with `predict` and `observe`.
        pairs: n pairs of one task.

    Returns:
        Predictions batched along the n pairs.
    """

    def step(state, pair):
        x, y, real = pair
        prediction = learner.predict(state, x)
        return _where(real, learner.observe(state, x, y), state), prediction

    return jax.lax.scan(step, learner.init_state(), (pairs.x, pairs.y, pairs.mask))[1]


def hyperparameters(learner: Learner) -> dict[str, Any]:
    """Return the constructor arguments of a learner, except `key`.

    Args:
        learner: Any learner.

    Returns:
        Arguments by name; they build a learner of the same structure.
    """
    names = inspect.signature(type(learner)).parameters
    return {name: getattr(learner, name) for name in names if name != "key"}


def _where(condition, new: State, old: State) -> State:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)
