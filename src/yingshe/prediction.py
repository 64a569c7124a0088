"""Predictive distributions over y."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError

_LOG_2PI = 1.8378770664093453


class Prediction(eqx.Module):
    """Distribution over y, for one input or, with leading axes, for a batch of inputs."""

    mean: eqx.AbstractVar[Float[Array, "*batch y_dim"]]
    """Expected y; for classes their probabilities."""

    variance: eqx.AbstractVar[Float[Array, "*batch y_dim"]]
    """Variance of each output, in squared units of y."""

    @abstractmethod
    def log_prob(self, y: Float[Array, "*batch y_dim"]) -> Float[Array, "*batch"]:
        """Return the log-density (classes: log-probability) of y, summed over the outputs.

        Args:
            y: Outputs, shape (..., y_dim); one-hot for classes.

        Returns:
            Nats, shape (...).
        """

    @abstractmethod
    def loss(self, y: Float[Array, "*batch y_dim"]) -> Float[Array, "*batch"]:
        """Return the training loss: the negative log-likelihood, or the squared error.

        Args:
            y: Outputs, shape (..., y_dim); one-hot for classes.

        Returns:
            Loss, shape (...).
        """

    @abstractmethod
    def sample(self, key: PRNGKeyArray) -> Float[Array, "*batch y_dim"]:
        """Draw one y for each input.

        Args:
            key: PRNG key.

        Returns:
            Sample, shape (..., y_dim).
        """

    @abstractmethod
    def quantile(self, probability: float) -> Float[Array, "*batch y_dim"]:
        """Return the quantile of each output.

        Args:
            probability: Probability that y is below the quantile, between 0 and 1.

        Returns:
            Quantiles, shape (..., y_dim).
        """

    @abstractmethod
    def affine(self, shift: Float[Array, " y_dim"], scale: Float[Array, " y_dim"]) -> "Prediction":
        """Return the distribution of shift + scale · y.

        Args:
            shift: Shift of each output.
            scale: Scale of each output.

        Returns:
            Prediction of the same kind.
        """


class Gaussian(Prediction):
    """Independent normal distributions, one for each output."""

    mean: Float[Array, "*batch y_dim"]
    variance: Float[Array, "*batch y_dim"]

    def log_prob(self, y):
        squares = (y - self.mean) ** 2 / self.variance
        return -0.5 * jnp.sum(squares + jnp.log(self.variance) + _LOG_2PI, axis=-1)

    def loss(self, y):
        return -self.log_prob(y)

    def sample(self, key):
        noise = jax.random.normal(key, self.mean.shape, self.mean.dtype)
        return self.mean + jnp.sqrt(self.variance) * noise

    def quantile(self, probability):
        return self.mean + jnp.sqrt(self.variance) * ndtri(probability)

    def affine(self, shift, scale):
        return Gaussian(shift + scale * self.mean, scale**2 * self.variance)


class GaussianMixture(Prediction):
    """Mixture of K normal distributions for each output (Bishop, Mixture Density Networks, 1994).

    For functions with jumps: near a jump, y lies on one side or the other and never between.
    """

    logits: Float[Array, "*batch y_dim K"]
    means: Float[Array, "*batch y_dim K"]
    variances: Float[Array, "*batch y_dim K"]

    def __init__(
        self,
        logits: Float[Array, "*batch y_dim K"],
        means: Float[Array, "*batch y_dim K"],
        variances: Float[Array, "*batch y_dim K"],
    ):
        self.logits, self.means, self.variances = logits, means, variances

    @property
    def weights(self) -> Float[Array, "*batch y_dim K"]:
        """Weights of the components."""
        return jax.nn.softmax(self.logits)

    @property
    def mean(self):
        return jnp.sum(self.weights * self.means, axis=-1)

    @property
    def variance(self):
        deviations = self.means - self.mean[..., None]
        return jnp.sum(self.weights * (self.variances + deviations**2), axis=-1)

    def log_prob(self, y):
        squares = (y[..., None] - self.means) ** 2 / self.variances
        log_densities = -0.5 * (squares + jnp.log(self.variances) + _LOG_2PI)
        log_weights = jax.nn.log_softmax(self.logits)
        return jnp.sum(jax.nn.logsumexp(log_weights + log_densities, axis=-1), axis=-1)

    def loss(self, y):
        return -self.log_prob(y)

    def sample(self, key):
        component_key, noise_key = jax.random.split(key)
        component = jax.random.categorical(component_key, self.logits)[..., None]
        mean = jnp.take_along_axis(self.means, component, axis=-1)[..., 0]
        variance = jnp.take_along_axis(self.variances, component, axis=-1)[..., 0]
        return mean + jnp.sqrt(variance) * jax.random.normal(noise_key, mean.shape, mean.dtype)

    def quantile(self, probability):
        scales = jnp.sqrt(self.variances)
        ends = self.means + scales * ndtri(probability)

        def bisect(bracket, _):
            low, high = bracket
            middle = (low + high) / 2
            below = jnp.sum(self.weights * ndtr((middle[..., None] - self.means) / scales), axis=-1)
            return (
                jnp.where(below < probability, middle, low),
                jnp.where(below < probability, high, middle),
            ), None

        # The quantile of a mixture lies between the smallest and largest of its components.
        bracket = (ends.min(axis=-1), ends.max(axis=-1))
        (low, high), _ = jax.lax.scan(bisect, bracket, None, length=40)
        return (low + high) / 2

    def affine(self, shift, scale):
        shift, scale = jnp.asarray(shift)[..., None], jnp.asarray(scale)[..., None]
        return GaussianMixture(self.logits, shift + scale * self.means, scale**2 * self.variances)


class PointEstimate(Prediction):
    """Point estimate of y, from a learner trained on the squared error."""

    mean: Float[Array, "*batch y_dim"]

    def __init__(self, mean: Float[Array, "*batch y_dim"]):
        self.mean = mean

    @property
    def variance(self):
        raise UserError(_POINT_ONLY)

    def log_prob(self, y):
        raise UserError(_POINT_ONLY)

    def loss(self, y):
        return jnp.sum((y - self.mean) ** 2, axis=-1)

    def sample(self, key):
        raise UserError(_POINT_ONLY)

    def quantile(self, probability):
        raise UserError(_POINT_ONLY)

    def affine(self, shift, scale):
        return PointEstimate(shift + scale * self.mean)


_POINT_ONLY = (
    "This learner was trained on the squared error and predicts a point, not a distribution; "
    "make it with likelihood='gaussian' to have variances, samples and likelihoods."
)


class Categorical(Prediction):
    """Categorical distribution over y_dim classes; y is one-hot."""

    logits: Float[Array, "*batch y_dim"]

    def __init__(self, logits: Float[Array, "*batch y_dim"]):
        self.logits = logits

    @property
    def probs(self) -> Float[Array, "*batch y_dim"]:
        """Probabilities of the classes."""
        return jax.nn.softmax(self.logits)

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def log_prob(self, y):
        return jnp.sum(y * jax.nn.log_softmax(self.logits), axis=-1)

    def loss(self, y):
        return -self.log_prob(y)

    def sample(self, key):
        classes = jax.random.categorical(key, self.logits)
        return jax.nn.one_hot(classes, self.logits.shape[-1], dtype=self.logits.dtype)

    def quantile(self, probability):
        raise UserError("Classes have no order and so no quantiles; read .probs instead.")

    def affine(self, shift, scale):
        raise UserError("Classes have no units to rescale.")
