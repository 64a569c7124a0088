"""Gradient descent as the update rule: its starting point and its step sizes are meta-learned."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense
from yingshe.learners._likelihood import Output, num_distribution_params
from yingshe.learners.base import Learner, scan_prequential
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Gaussian, PointEstimate, Prediction

_FIRST_STEP_SIZE = 1.0
_FIRST_DECAY = 0.1
_LEAST_VARIANCE = 1e-6  # keeps the likelihood of noise-free tasks bounded

Weights = tuple[Dense, ...]


class GradientDescentState(NamedTuple):
    """The inner model's weights after `read` pairs."""

    weights: Weights
    read: Float[Array, ""]


class GradientDescent(Learner):
    """An inner model f(x; W, b) that takes one gradient step on each pair it reads.

        θ ← θ − α_k ⊙ g / (1 + s),    g = Jᵀe,    s = gᵀ(α_k ⊙ g) / ‖e‖²,    α_k = α / (1 + δ k)

    θ are all weights of the inner model, e the derivative of the pair's loss by the model's outputs
    (f(x) − y for regression, probabilities − y for classes), J that of the outputs by θ, and k the
    number of pairs read before. The init_params θ and the step size α of every single weight are
    meta-learned (Finn et al., Model-Agnostic Meta-Learning, 2017; Li et al., Meta-SGD, 2017), and
    so is the decay δ ≥ 0, without which noise in y never averages out.

    With `update="sgd"` s is 0: the step of Meta-SGD. "nlms" is the step of an implicit (for a
    linear model: normalised LMS; Nagumo & Noda, 1967) method: however large x or α, it never
    overshoots y, so that errors stay bounded over any number of pairs.

    A Gaussian likelihood has the variance v + u (1 + k/τ)^(−p), what is still epistemic after k pairs of
    a typical task; v, u, τ, p > 0 are learned for each likelihood.
    """

    init_params: Weights
    log_lr: Weights
    raw_decay: Float[Array, ""]
    log_variance: Float[Array, "4 y_dim"] | None

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Output = eqx.field(static=True)
    hidden_sizes: tuple[int, ...] = eqx.field(static=True)
    update: str = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Output = "gaussian",
        hidden_sizes: tuple[int, ...] = (),
        update: str = "nlms",
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Raises UserError for an epistemic likelihood or step, and for likelihood="gaussian_mixture": one inner model
        has one answer.

        Args:
            x_dim: number of inputs.
            y_dim: number of outputs, or of classes.
            likelihood: "gaussian", "point" or "categorical".
            hidden_sizes: widths of the inner model's hidden layers; () is a linear model, (40, 40)
                is MAML's network.
            update: "nlms" or "sgd".
            key: for the initial parameters.

        """
        num_distribution_params(likelihood, y_dim)  # raises for an epistemic name
        if likelihood == "gaussian_mixture":
            raise UserError(
                "GradientDescent has no likelihood 'gaussian_mixture', because its inner model gives "
                "one answer; choose 'gaussian', 'point' or 'categorical'."
            )
        if update not in ("nlms", "sgd"):
            raise UserError(f"update is '{update}'; it must be 'nlms' or 'sgd'.")
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.hidden_sizes, self.update = tuple(hidden_sizes), update
        widths = (x_dim, *self.hidden_sizes, y_dim)
        keys = jax.random.split(key, len(widths) - 1)
        # The last layer starts at zero: the init_params answer is the same for every x.
        scales = [1.0] * len(self.hidden_sizes) + [0.0]
        self.init_params = tuple(
            Dense(inputs, outputs, scale=scale, key=layer_key)
            for inputs, outputs, scale, layer_key in zip(
                widths[:-1], widths[1:], scales, keys, strict=True
            )
        )
        self.log_lr = jax.tree.map(
            lambda leaf: jnp.full(leaf.shape, jnp.log(_FIRST_STEP_SIZE)), self.init_params
        )
        self.raw_decay = jnp.log(jnp.expm1(_FIRST_DECAY))
        self.log_variance = None
        if likelihood == "gaussian":
            at_start = jnp.array([-4.0, 0.0, 0.0, 0.0])  # of v, u, τ and p
            self.log_variance = jnp.repeat(at_start[:, None], y_dim, axis=1)

    def init_state(self) -> GradientDescentState:
        return GradientDescentState(self.init_params, jnp.zeros(()))

    def observe(self, state: GradientDescentState, x, y) -> GradientDescentState:
        answer, gradient_of = jax.vjp(lambda weights: _model(weights, x), state.weights)
        error = (jax.nn.softmax(answer) if self.likelihood == "categorical" else answer) - y
        (gradient,) = gradient_of(error)
        decay = 1 + jax.nn.softplus(self.raw_decay) * state.read
        step = jax.tree.map(lambda log, g: jnp.exp(log) / decay * g, self.log_lr, gradient)
        if self.update == "nlms":
            products = jax.tree.map(lambda g, s: jnp.sum(g * s), gradient, step)
            # A pair met exactly has no gradient; its step is 0 / 1, not 0 / 0.
            exponent = sum(jax.tree.leaves(products)) / jnp.maximum(jnp.sum(error**2), 1e-20)
            step = jax.tree.map(lambda s: s / (1 + exponent), step)
        weights = jax.tree.map(jnp.subtract, state.weights, step)
        return GradientDescentState(weights, state.read + 1)

    def predict(self, state: GradientDescentState, x) -> Prediction:
        answer = _model(state.weights, x)
        if self.likelihood == "categorical":
            return Categorical(answer)
        if self.log_variance is None:
            return PointEstimate(answer)
        noise_floor, epistemic, time_constant, exponent = jnp.exp(self.log_variance)
        epistemic *= (1 + state.read / time_constant) ** -exponent
        return Gaussian(answer, _LEAST_VARIANCE + noise_floor + epistemic)

    def prequential(self, pairs: Pairs) -> Prediction:
        return scan_prequential(self, pairs)


def _model(weights: Weights, x: Float[Array, " x_dim"]) -> Float[Array, " y_dim"]:
    *hidden, last = weights
    for layer in hidden:
        x = jax.nn.silu(layer(x))
    return last(x)
