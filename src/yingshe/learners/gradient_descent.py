"""Gradient descent with a meta-learned initialization and meta-learned learning rates."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense
from yingshe.learners._likelihood import Likelihood, num_distribution_params
from yingshe.learners.base import Learner, scan_prequential
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Gaussian, PointEstimate, Prediction

_INIT_LEARNING_RATE = 1.0
_INIT_DECAY = 0.1
_MIN_VARIANCE = 1e-6  # keeps the likelihood of noise-free tasks bounded

Weights = tuple[Dense, ...]


class GradientDescentState(NamedTuple):
    """Weights of the inner model after `num_pairs` pairs."""

    weights: Weights
    num_pairs: Float[Array, ""]


class GradientDescent(Learner):
    """MAML and Meta-SGD, online: an inner model f(x; θ) takes one gradient step per observed pair.

        θ ← θ − α_k ⊙ g / (1 + s),    g = Jᵀe,    s = gᵀ(α_k ⊙ g) / ‖e‖²,    α_k = α / (1 + δ k)

    θ are all weights of the inner model. e is the derivative of the pair's loss by the model's
    outputs: f(x) − y for regression, probabilities − y for classes. J is the derivative of the
    outputs by θ, and k the number of pairs observed before. The initial θ, the learning rate α of
    each weight and the decay δ ≥ 0 are meta-learned. Without decay, noise in y never averages out.

    With `update="sgd"`, s is 0: the step of Meta-SGD. With `update="nlms"` the step is that of an
    implicit method (for a linear model: normalized LMS). It never overshoots y, whatever the size
    of x or α, so that errors stay bounded over any number of pairs.

    A Gaussian likelihood has the variance v + u (1 + k/τ)^(−p), where the second term is the
    epistemic part after k pairs; v, u, τ, p > 0 are learned for each output.

    References:
        Finn et al., Model-Agnostic Meta-Learning, 2017.
        Li et al., Meta-SGD, 2017.
        Nagumo & Noda, A Learning Method for System Identification, 1967.
    """

    init_params: Weights
    log_lr: Weights
    raw_decay: Float[Array, ""]
    log_variance: Float[Array, "4 y_dim"] | None

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Likelihood = eqx.field(static=True)
    hidden_sizes: tuple[int, ...] = eqx.field(static=True)
    update: str = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Likelihood = "gaussian",
        hidden_sizes: tuple[int, ...] = (),
        update: str = "nlms",
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: Number of inputs.
            y_dim: Number of outputs, or of classes.
            likelihood: "gaussian", "point" or "categorical".
            hidden_sizes: Widths of the inner model's hidden layers; () is a linear model, (40, 40)
                the network of MAML.
            update: Update rule, "nlms" or "sgd".
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If likelihood or update is unknown, or likelihood is "gaussian_mixture".
        """
        num_distribution_params(likelihood, y_dim)  # raises for an unknown name
        if likelihood == "gaussian_mixture":
            raise UserError(
                "GradientDescent has no likelihood 'gaussian_mixture', because its inner model "
                "has one output; choose 'gaussian', 'point' or 'categorical'."
            )
        if update not in ("nlms", "sgd"):
            raise UserError(f"update is '{update}'; it must be 'nlms' or 'sgd'.")
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.hidden_sizes, self.update = tuple(hidden_sizes), update
        widths = (x_dim, *self.hidden_sizes, y_dim)
        keys = jax.random.split(key, len(widths) - 1)
        # The last layer starts at zero: the first prediction is the same for every x.
        scales = [1.0] * len(self.hidden_sizes) + [0.0]
        self.init_params = tuple(
            Dense(in_features, out_features, scale=scale, key=layer_key)
            for in_features, out_features, scale, layer_key in zip(
                widths[:-1], widths[1:], scales, keys, strict=True
            )
        )
        self.log_lr = jax.tree.map(
            lambda leaf: jnp.full(leaf.shape, jnp.log(_INIT_LEARNING_RATE)), self.init_params
        )
        self.raw_decay = jnp.log(jnp.expm1(_INIT_DECAY))
        self.log_variance = None
        if likelihood == "gaussian":
            initial = jnp.array([-4.0, 0.0, 0.0, 0.0])  # of v, u, τ and p
            self.log_variance = jnp.repeat(initial[:, None], y_dim, axis=1)

    def init_state(self) -> GradientDescentState:
        return GradientDescentState(self.init_params, jnp.zeros(()))

    def observe(self, state: GradientDescentState, x, y) -> GradientDescentState:
        output, pull_back = jax.vjp(lambda weights: _model(weights, x), state.weights)
        error = (jax.nn.softmax(output) if self.likelihood == "categorical" else output) - y
        (gradient,) = pull_back(error)
        decay = 1 + jax.nn.softplus(self.raw_decay) * state.num_pairs
        step = jax.tree.map(lambda log, g: jnp.exp(log) / decay * g, self.log_lr, gradient)
        if self.update == "nlms":
            products = jax.tree.map(lambda g, s: jnp.sum(g * s), gradient, step)
            # A pair fitted exactly has no gradient; its step is 0 / 1, not 0 / 0.
            power = sum(jax.tree.leaves(products)) / jnp.maximum(jnp.sum(error**2), 1e-20)
            step = jax.tree.map(lambda s: s / (1 + power), step)
        weights = jax.tree.map(jnp.subtract, state.weights, step)
        return GradientDescentState(weights, state.num_pairs + 1)

    def predict(self, state: GradientDescentState, x) -> Prediction:
        output = _model(state.weights, x)
        if self.likelihood == "categorical":
            return Categorical(output)
        if self.log_variance is None:
            return PointEstimate(output)
        noise_floor, epistemic, time_constant, exponent = jnp.exp(self.log_variance)
        epistemic *= (1 + state.num_pairs / time_constant) ** -exponent
        return Gaussian(output, _MIN_VARIANCE + noise_floor + epistemic)

    def prequential(self, pairs: Pairs) -> Prediction:
        return scan_prequential(self, pairs)


def _model(weights: Weights, x: Float[Array, " x_dim"]) -> Float[Array, " y_dim"]:
    *hidden, last = weights
    for layer in hidden:
        x = jax.nn.silu(layer(x))
    return last(x)
