"""Interface of every family of tasks."""

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
    """Distribution over tasks. Options are static fields with plain values, or other families."""

    x_dim: eqx.AbstractVar[int]
    """Number of inputs."""

    y_dim: eqx.AbstractVar[int]
    """Number of outputs; for classification the number of classes."""

    @abstractmethod
    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        """Draw one task and n of its pairs; jittable, batch with `jax.vmap` over keys.

        Args:
            key: PRNG key.
            n: Number of pairs.

        Returns:
            n pairs of one task.
        """

    @property
    @abstractmethod
    def oracle(self) -> Oracle | None:
        """Bayes-optimal predictor, jittable, or None if it is unknown."""


class FunctionPrior(Family):
    """Prior over functions: each task is a function f, independent of its inputs: y = f(x) + ε.

    | symbol | distribution |
    |---|---|
    | x | `sample_inputs` |
    | f | `sample_function` |
    | ε | N(0, noise_std² I), independent for each pair |
    """

    noise_std: eqx.AbstractVar[float]
    """Standard deviation of ε, in units of y."""

    @abstractmethod
    def sample_inputs(self, key: PRNGKeyArray, n: int) -> Float[Array, "n x_dim"]:
        """Draw n inputs.

        Args:
            key: PRNG key.
            n: Number of inputs.

        Returns:
            Inputs, shape (n, x_dim).
        """

    @abstractmethod
    def sample_function(
        self, key: PRNGKeyArray, x: Float[Array, "n x_dim"]
    ) -> Float[Array, "n y_dim"]:
        """Draw one function.

        Args:
            key: PRNG key.
            x: Inputs, shape (n, x_dim).

        Returns:
            Its values at x, without noise.
        """

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        function_key, x_key, noise_key = jax.random.split(key, 3)
        x = self.sample_inputs(x_key, n)
        f = self.sample_function(function_key, x)
        return Pairs(x, f + self.noise_std * jax.random.normal(noise_key, f.shape))


@runtime_checkable
class HasMarginalLikelihood(Protocol):
    """Family with a computable marginal likelihood, so that `Mixture` can weight it."""

    def log_marginal_likelihood(self, pairs: Pairs) -> Float[Array, ""]:
        """Return log p(y | x) of the real pairs in nats, averaged over the tasks of the family.

        Args:
            pairs: n pairs of one task.

        Returns:
            Log marginal likelihood.
        """
        ...


@runtime_checkable
class HasStandardizer(Protocol):
    """Family in the user's units, on which learners train in standardized units."""

    @property
    def standardizer(self) -> Standardizer | None:
        """Standardizer fitted to meta-train tasks; None to train in the user's units."""
        ...


def oracle_prequential(oracle: Oracle, pairs: Pairs) -> Prediction:
    """Predict pair t from pairs 1 … t−1 by the oracle, for every t: the lowest expected error.

    Steps through t, so that the memory is that of one prediction; batch with `jax.vmap`.

    Args:
        oracle: Bayes-optimal predictor of the family.
        pairs: n pairs of one task.

    Returns:
        Predictions batched along the n pairs.
    """
    steps = jnp.arange(len(pairs))

    def predict(t):
        x = jax.lax.dynamic_slice_in_dim(pairs.x, t, 1)
        return jax.tree.map(lambda leaf: leaf[0], oracle(pairs.masked(steps < t), x))

    return jax.lax.map(predict, steps)
