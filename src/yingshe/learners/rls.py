"""Recursive least squares on learned features: the exact posterior, one pair at a time."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._linalg import cholesky, solve_lower
from yingshe.errors import UserError, did_you_mean
from yingshe.learners._features import FourierMLP
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Gaussian, PointEstimate, Prediction

_LIKELIHOODS = ("gaussian", "point", "categorical")
_PRIOR_RATE = 200.0  # nats per unit of a learned feature's root mean square
_MAX_PRIOR_INPUTS = 128  # inputs of a batch at which the prior is evaluated
_EPSILON = 1e-3  # keeps the gradient of a root finite for a feature that has vanished
_MIN_NOISE = 1e-7  # variance, in units of a whitened weight's: the recursion divides by it


class RLSState(NamedTuple):
    """Posterior N(mean, S Sᵀ) of the whitened weights, with S = sqrt_covariance for all outputs."""

    mean: Float[Array, "f y_dim"]
    sqrt_covariance: Float[Array, "f f"]


class RLS(Learner):
    """Bayesian last layer (ALPaCA): recursive Bayesian linear regression on learned features.

    y = φ(x)ᵀ(w₀ + L v) + σ ε with v ~ N(0, I) and φ(x) = (1, x, learned features of x); w₀, L, σ
    and the features are meta-learned. Observing a pair is a Kalman step, so the state is the exact
    posterior. With `drift` the weights follow a stationary Ornstein-Uhlenbeck process,
    v_t = a v_{t-1} + √(1 - a²) ε_t with a learned a, and old pairs fade.

    Training needs no recurrence. Let K = ΦLLᵀΦᵀ + σ²I = CCᵀ. Then e = C⁻¹(y - Φw₀) holds all
    standardized one-step-ahead errors, and the diagonal of C their standard deviations. Drift
    multiplies the first term of K by a^|s-t|.

    The recursion keeps a square root of the covariance, which cannot lose positive-definiteness.

    References:
        Harrison, Sharma & Pavone, Meta-Learning Priors for Efficient Online Bayesian Regression
            (ALPaCA), 2018, sections 3-4.
        Bierman, Factorization Methods, 1977, section V.3 (square-root recursion, Potter 1963).
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    num_features: int = eqx.field(static=True)
    max_frequency: float = eqx.field(static=True)
    likelihood: Literal["gaussian", "point", "categorical"] = eqx.field(static=True)
    drift: bool = eqx.field(static=True)

    feature_net: FourierMLP | None
    prior_mean: Float[Array, "f y_dim"]
    prior_factor: Float[Array, "f f"]
    log_noise: Float[Array, ""]  # standard deviation, of a whitened weight's
    log_scale: Float[Array, " y_dim"]
    drift_logit: Float[Array, ""] | None
    temperature: Float[Array, "2"] | None

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        num_features: int = 64,
        max_frequency: float = 4.0,
        likelihood: Literal["gaussian", "point", "categorical"] = "gaussian",
        drift: bool = False,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: Number of inputs.
            y_dim: Number of outputs, or of classes.
            num_features: Number of learned features besides 1 and x; 0 for linear regression.
            max_frequency: Largest initial frequency of the features, in cycles per unit of x.
            likelihood: "gaussian"; "point" (the same mean, trained on its squared error); or
                "categorical" (least squares on one-hot classes, then a learned softmax).
            drift: Let the task change along the sequence.
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the likelihood is unknown.
        """
        if likelihood not in _LIKELIHOODS:
            raise UserError(
                f"RLS has no likelihood '{likelihood}'." + did_you_mean(likelihood, _LIKELIHOODS)
            )
        self.x_dim, self.y_dim = x_dim, y_dim
        self.num_features, self.max_frequency = num_features, max_frequency
        self.likelihood, self.drift = likelihood, drift
        width = 1 + x_dim + num_features
        self.feature_net = None
        if num_features:
            hidden = 2 * num_features
            self.feature_net = FourierMLP(
                x_dim, num_features, num_features, hidden, max_frequency, key=key
            )
        self.prior_mean = jnp.zeros((width, y_dim))
        self.prior_factor = jnp.eye(width)
        self.log_noise = jnp.asarray(-1.0)
        self.log_scale = jnp.zeros(y_dim)
        self.drift_logit = jnp.asarray(3.0) if drift else None
        self.temperature = jnp.asarray([2.0, 0.0]) if likelihood == "categorical" else None

    def init_state(self) -> RLSState:
        width = 1 + self.x_dim + self.num_features
        return RLSState(jnp.zeros((width, self.y_dim)), jnp.eye(width))

    def observe(self, state, x, y):
        prior, phi = self._features(x)
        mean, sqrt_covariance = self._transition(state)
        v = sqrt_covariance.T @ phi
        noise = self._noise()
        total = v @ v + noise
        error = (y - prior) / jnp.exp(self.log_scale) - phi @ mean
        gain = sqrt_covariance @ v / total  # the Kalman gain
        shrink = 1 / (1 + jnp.sqrt(noise / total))
        return RLSState(
            mean + jnp.outer(gain, error), sqrt_covariance - shrink * jnp.outer(gain, v)
        )

    def predict(self, state, x):
        prior, phi = self._features(x)
        mean, sqrt_covariance = self._transition(state)
        v = sqrt_covariance.T @ phi
        return self._prediction(prior, phi @ mean, v @ v + self._noise())

    def prequential(self, pairs: Pairs) -> Prediction:
        prior, phi = jax.vmap(self._features)(pairs.x)  # (n, y_dim), (n, f)
        real = pairs.mask[:, None]
        phi = jnp.where(real, phi, 0.0)
        residual = jnp.where(real, (pairs.y - prior) / jnp.exp(self.log_scale), 0.0)
        signal = phi @ phi.T
        if self.drift_logit is not None:
            time = jnp.cumsum(pairs.mask)
            lag = jnp.abs(time[:, None] - time[None, :])
            signal *= jax.nn.sigmoid(self.drift_logit) ** lag
        # Rounding error of the pivots of n pairs without noise; the recursion needs no jitter.
        jitter = 0.5 * jnp.finfo(signal.dtype).eps * jnp.trace(signal)
        factor = cholesky(signal + (self._noise() + jitter) * jnp.eye(len(pairs)))
        errors = solve_lower(factor, residual)
        deviation = jnp.diagonal(factor)
        return jax.vmap(self._prediction)(
            prior, residual - deviation[:, None] * errors, deviation**2
        )

    def neg_log_prior(self, pairs: Pairs) -> Float[Array, ""]:
        """Return minus the log-prior of the learned features, in nats: 200 Σ_j s_j.

        s_j is the root mean square, over the real inputs of a batch of tasks, of the j-th function
        that the features add to a linear model: the mean of each output, and the directions in
        which tasks differ; in units of the outputs' scale. It is an exponential prior on each
        deviation from the linear model, and many deviations vanish at its mode.

        Args:
            pairs: Batch of tasks at whose inputs the prior is evaluated.

        Returns:
            Nats, up to a constant.

        References:
            Simpson et al., Penalising Model Component Complexity, 2017, section 3.
        """
        if self.feature_net is None:
            return jnp.zeros(())
        linear = 1 + self.x_dim
        stride = -(-pairs.mask.size // _MAX_PRIOR_INPUTS)
        x, real = pairs.x.reshape(-1, self.x_dim)[::stride], pairs.mask.reshape(-1)[::stride]
        learned = jax.vmap(self.feature_net)(x)
        means = learned @ (self.prior_mean[linear:] / jnp.exp(self.log_scale))
        directions = learned @ jnp.tril(self.prior_factor)[linear:]
        functions = jnp.concatenate([means, directions], axis=-1)
        squares = jnp.sum(functions**2 * real[:, None], axis=0) / jnp.maximum(jnp.sum(real), 1)
        return _PRIOR_RATE * jnp.sum(jnp.sqrt(squares + _EPSILON**2) - _EPSILON)

    def _features(self, x: Float[Array, " x_dim"]):
        """Return the prior mean of y, and the features whose weights are a priori N(0, I)."""
        phi = jnp.concatenate([jnp.ones(1), x])
        if self.feature_net is not None:
            phi = jnp.concatenate([phi, self.feature_net(x)])
        return phi @ self.prior_mean, phi @ jnp.tril(self.prior_factor)

    def _noise(self) -> Float[Array, ""]:
        return jnp.exp(2 * self.log_noise) + _MIN_NOISE

    def _transition(self, state: RLSState) -> RLSState:
        """Return the state after one step of the Ornstein-Uhlenbeck process."""
        if self.drift_logit is None:
            return state
        a = jax.nn.sigmoid(self.drift_logit)
        root = state.sqrt_covariance
        covariance = a**2 * root @ root.T + (1 - a**2) * jnp.eye(root.shape[0])
        return RLSState(a * state.mean, cholesky(covariance))

    def _prediction(self, prior, estimate, variance) -> Prediction:
        """Return the prediction, given the prior mean, the whitened estimate and its variance."""
        scale = jnp.exp(self.log_scale)
        if self.temperature is not None:
            inv_temperature = jnp.exp(self.temperature[0])
            inflation = jnp.sqrt(1 + jnp.exp(self.temperature[1]) * variance)
            return Categorical(inv_temperature * (prior + scale * estimate) / inflation)
        mean = prior + scale * estimate
        if self.likelihood == "point":
            return PointEstimate(mean)
        return Gaussian(mean, jnp.broadcast_to(scale**2 * variance, mean.shape))
