"""Recursive least squares on learned features: the exact posterior, one pair at a time."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError, did_you_mean
from yingshe.learners.base import Learner
from yingshe.learners.features import FourierMLP
from yingshe.linalg import cholesky, solve_lower
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Gaussian, Point, Prediction

_OUTPUTS = ("gaussian", "squared_error", "categorical")
_NATS_A_DEVIATION = 200.0  # what a learned feature costs for each unit of its root mean square
_AT_MOST = 128  # so many inputs of a batch are enough to tell how much a feature does
_TINY = 1e-3  # keeps the gradient of a root finite where a feature has vanished
_SMALLEST_NOISE = 1e-7  # variance, in units of a whitened weight's: the recursion divides by it


class RLSState(NamedTuple):
    """Posterior of the whitened weights, N(mean, root rootᵀ): one covariance for all outputs."""

    mean: Float[Array, "f y_dim"]
    root: Float[Array, "f f"]


class RLS(Learner):
    """Bayesian linear regression on learned features, trained in closed form and run recursively.

    y = φ(x)ᵀ(w₀ + L v) + σ ε with v ~ N(0, I) and φ(x) = (1, x, learned features of x); w₀, L, σ
    and the features are meta-learned. Reading a pair is a Kalman step, so the state is the exact
    posterior. With `drift` the weights follow a stationary Ornstein-Uhlenbeck process,
    v_t = a v_{t-1} + √(1 - a²) ε_t with a learned a, and old pairs fade.

    Training needs no recurrence: with K = ΦLLᵀΦᵀ + σ²I = CCᵀ, the vector e = C⁻¹(y - Φw₀) holds all
    one-step-ahead errors, standardised, and the diagonal of C their standard deviations; drift
    multiplies the first term of K by a^|s-t|.

    After Harrison, Sharma and Pavone, Meta-Learning Priors for Efficient Online Bayesian Regression
    (ALPaCA), 2018, sections 3-4. The recursion keeps a square root of the covariance (Potter 1963;
    Bierman, Factorization Methods, 1977, section V.3), which cannot lose positive-definiteness.

    Args:
        features: learned features beside 1 and x; 0 for plain linear regression.
        highest_frequency: of the waves that the features start from, in cycles per unit of x.
        output: "gaussian"; "squared_error" (the same estimate, trained on its squared error); or
            "categorical": least squares on one-hot classes, passed through a learned softmax.
        drift: let the task change along the sequence.
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    features: int = eqx.field(static=True)
    highest_frequency: float = eqx.field(static=True)
    output: Literal["gaussian", "squared_error", "categorical"] = eqx.field(static=True)
    drift: bool = eqx.field(static=True)

    basis: FourierMLP | None
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
        features: int = 64,
        highest_frequency: float = 4.0,
        output: Literal["gaussian", "squared_error", "categorical"] = "gaussian",
        drift: bool = False,
        key: PRNGKeyArray,
    ):
        if output not in _OUTPUTS:
            raise UserError(f"RLS has no output '{output}'." + did_you_mean(output, _OUTPUTS))
        self.x_dim, self.y_dim = x_dim, y_dim
        self.features, self.highest_frequency = features, highest_frequency
        self.output, self.drift = output, drift
        width = 1 + x_dim + features
        self.basis = None
        if features:
            hidden = 2 * features
            self.basis = FourierMLP(x_dim, features, features, hidden, highest_frequency, key=key)
        self.prior_mean = jnp.zeros((width, y_dim))
        self.prior_factor = jnp.eye(width)
        self.log_noise = jnp.asarray(-1.0)
        self.log_scale = jnp.zeros(y_dim)
        self.drift_logit = jnp.asarray(3.0) if drift else None
        self.temperature = jnp.asarray([2.0, 0.0]) if output == "categorical" else None

    def init_state(self) -> RLSState:
        width = 1 + self.x_dim + self.features
        return RLSState(jnp.zeros((width, self.y_dim)), jnp.eye(width))

    def observe(self, state, x, y):
        prior, phi = self._features(x)
        mean, root = self._transition(state)
        v = root.T @ phi
        noise = self._noise()
        total = v @ v + noise
        error = (y - prior) / jnp.exp(self.log_scale) - phi @ mean
        column = root @ v / total  # the Kalman gain
        shrink = 1 / (1 + jnp.sqrt(noise / total))
        return RLSState(mean + jnp.outer(column, error), root - shrink * jnp.outer(column, v))

    def predict(self, state, x):
        prior, phi = self._features(x)
        mean, root = self._transition(state)
        v = root.T @ phi
        return self._prediction(prior, phi @ mean, v @ v + self._noise())

    def prequential(self, pairs: Pairs) -> Prediction:
        prior, phi = jax.vmap(self._features)(pairs.x)  # (n, y_dim), (n, f)
        real = pairs.mask[:, None]
        phi = jnp.where(real, phi, 0.0)
        residual = jnp.where(real, (pairs.y - prior) / jnp.exp(self.log_scale), 0.0)
        signal = phi @ phi.T
        if self.drift_logit is not None:
            time = jnp.cumsum(pairs.mask)
            apart = jnp.abs(time[:, None] - time[None, :])
            signal *= jax.nn.sigmoid(self.drift_logit) ** apart
        # What rounding may take from the pivots of n pairs without noise; the recursion needs none.
        jitter = 0.5 * jnp.finfo(signal.dtype).eps * jnp.trace(signal)
        factor = cholesky(signal + (self._noise() + jitter) * jnp.eye(len(pairs)))
        errors = solve_lower(factor, residual)
        deviation = jnp.diagonal(factor)
        return jax.vmap(self._prediction)(
            prior, residual - deviation[:, None] * errors, deviation**2
        )

    def complexity(self, pairs: Pairs) -> Float[Array, ""]:
        """How much the learned features do, in nats: 200 Σ_j s_j.

        s_j is the root mean square, over the real inputs of a batch of tasks, of the j-th function
        that the features bring in beside a linear model: the mean of each output, and the ways in
        which tasks differ; in units of the outputs' scale. It is an exponential prior on each
        deviation from the simple model (Simpson et al., Penalising Model Component Complexity,
        2017, section 3), and many of them vanish at its mode.
        """
        if self.basis is None:
            return jnp.zeros(())
        linear = 1 + self.x_dim
        every = -(-pairs.mask.size // _AT_MOST)
        x, real = pairs.x.reshape(-1, self.x_dim)[::every], pairs.mask.reshape(-1)[::every]
        learned = jax.vmap(self.basis)(x)
        means = learned @ (self.prior_mean[linear:] / jnp.exp(self.log_scale))
        directions = learned @ jnp.tril(self.prior_factor)[linear:]
        functions = jnp.concatenate([means, directions], axis=-1)
        squares = jnp.sum(functions**2 * real[:, None], axis=0) / jnp.maximum(jnp.sum(real), 1)
        return _NATS_A_DEVIATION * jnp.sum(jnp.sqrt(squares + _TINY**2) - _TINY)

    def _features(self, x: Float[Array, " x_dim"]):
        """The prior mean of y, and the features whose weights are a priori N(0, I)."""
        phi = jnp.concatenate([jnp.ones(1), x])
        if self.basis is not None:
            phi = jnp.concatenate([phi, self.basis(x)])
        return phi @ self.prior_mean, phi @ jnp.tril(self.prior_factor)

    def _noise(self) -> Float[Array, ""]:
        return jnp.exp(2 * self.log_noise) + _SMALLEST_NOISE

    def _transition(self, state: RLSState) -> RLSState:
        """One step of the Ornstein-Uhlenbeck process; it leaves the prior as it is."""
        if self.drift_logit is None:
            return state
        a = jax.nn.sigmoid(self.drift_logit)
        spread = a**2 * state.root @ state.root.T + (1 - a**2) * jnp.eye(state.root.shape[0])
        return RLSState(a * state.mean, cholesky(spread))

    def _prediction(self, prior, estimate, variance) -> Prediction:
        """From the prior mean of y, the whitened estimate and its (shared) variance."""
        scale = jnp.exp(self.log_scale)
        if self.temperature is not None:
            sharpness = jnp.exp(self.temperature[0])
            doubt = jnp.sqrt(1 + jnp.exp(self.temperature[1]) * variance)
            return Categorical(sharpness * (prior + scale * estimate) / doubt)
        mean = prior + scale * estimate
        if self.output == "squared_error":
            return Point(mean)
        return Gaussian(mean, jnp.broadcast_to(scale**2 * variance, mean.shape))
