"""The contract that every family of tasks keeps."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.pairs import Pairs
from yingshe.prediction import Prediction
from yingshe.standardizer import Standardizer

Oracle = Callable[[Pairs, Float[Array, "m x_dim"]], Prediction]
"""(support, x) -> the Bayes-optimal prediction of y at each row of x, given its real pairs."""


class Family(eqx.Module):
    """A distribution over tasks. Options are static fields with plain values, or other families."""

    x_dim: eqx.AbstractVar[int]
    """Number of inputs."""

    y_dim: eqx.AbstractVar[int]
    """Number of outputs; for classification the number of classes."""

    @abstractmethod
    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        """Draw one task and n of its pairs. Jittable; batch with `jax.vmap` over keys."""

    @property
    @abstractmethod
    def oracle(self) -> Oracle | None:
        """The Bayes-optimal predictor, jittable, or None where it is not known."""


class FunctionPrior(Family):
    """A family whose tasks are functions f of x, drawn apart from the inputs: y = f(x) + ε.

    | symbol | distribution |
    |---|---|
    | x | `sample_inputs` |
    | f | `sample_function` |
    | ε | N(0, noise² I), independent for each pair |
    """

    noise: eqx.AbstractVar[float]
    """Standard deviation of ε, in units of y."""

    @abstractmethod
    def sample_inputs(self, key: PRNGKeyArray, n: int) -> Float[Array, "n x_dim"]:
        """Draw n inputs."""

    @abstractmethod
    def sample_function(
        self, key: PRNGKeyArray, x: Float[Array, "n x_dim"]
    ) -> Float[Array, "n y_dim"]:
        """Draw one function and give its values at x, without noise."""

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        function_key, x_key, noise_key = jax.random.split(key, 3)
        x = self.sample_inputs(x_key, n)
        f = self.sample_function(function_key, x)
        return Pairs(x, f + self.noise * jax.random.normal(noise_key, f.shape))


@runtime_checkable
class HasMarginalLikelihood(Protocol):
    """A family that knows how probable a task's outputs are: this weighs it against others."""

    def log_marginal_likelihood(self, pairs: Pairs) -> Float[Array, ""]:
        """The log p(y | x) of the real pairs in nats, averaged over the tasks of the family."""
        ...


@runtime_checkable
class HasStandardizer(Protocol):
    """A family in the user's units: training on it runs in standardised ones."""

    @property
    def standardizer(self) -> Standardizer | None:
        """Learned from meta-train tasks only; None to train in the user's units."""
        ...


def oracle_prequential(oracle: Oracle, pairs: Pairs) -> Prediction:
    """The limit of prequential error: pair t predicted from pairs 1..t-1, for every t of one task.

    Returns predictions batched along the n pairs. Steps through t, so that the memory is that of
    one prediction; batch over tasks with `jax.vmap`.
    """
    steps = jnp.arange(len(pairs))

    def predict(t):
        x = jax.lax.dynamic_slice_in_dim(pairs.x, t, 1)
        return jax.tree.map(lambda leaf: leaf[0], oracle(pairs.only(steps < t), x))

    return jax.lax.map(predict, steps)
