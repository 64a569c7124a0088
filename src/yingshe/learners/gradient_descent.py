"""Gradient descent as the update rule: its starting point and its step sizes are meta-learned."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners.base import Learner, scan_prequential
from yingshe.learners.layers import Dense
from yingshe.learners.output import Output, output_width
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Gaussian, Point, Prediction

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
    number of pairs read before. The first θ and the step size α of every single weight are
    meta-learned (Finn et al., Model-Agnostic Meta-Learning, 2017; Li et al., Meta-SGD, 2017), and
    so is the decay δ ≥ 0, without which noise in y never averages out.

    With `step="plain"` s is 0: the step of Meta-SGD. "normalised" is the step of an implicit (for a
    linear model: normalised LMS; Nagumo & Noda, 1967) method: however large x or α, it never
    overshoots y, so that errors stay bounded over any number of pairs.

    A Gaussian output has the variance v + u (1 + k/τ)^(−p), what is still unknown after k pairs of
    a typical task; v, u, τ, p > 0 are learned for each output.
    """

    first: Weights
    log_steps: Weights
    raw_decay: Float[Array, ""]
    log_variance: Float[Array, "4 y_dim"] | None

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: Output = eqx.field(static=True)
    inner_hidden: tuple[int, ...] = eqx.field(static=True)
    step: str = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: Output = "gaussian",
        inner_hidden: tuple[int, ...] = (),
        step: str = "normalised",
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Raises UserError for an unknown output or step, and for output="mixture": one inner model
        has one answer.

        Args:
            x_dim: number of inputs.
            y_dim: number of outputs, or of classes.
            output: "gaussian", "squared_error" or "categorical".
            inner_hidden: widths of the inner model's hidden layers; () is a linear model, (40, 40)
                is MAML's network.
            step: "normalised" or "plain".
            key: for the initial parameters.

        """
        output_width(output, y_dim)  # raises for an unknown name
        if output == "mixture":
            raise UserError(
                "GradientDescent has one inner model and so no mixture; choose 'gaussian', "
                "'squared_error' or 'categorical'."
            )
        if step not in ("normalised", "plain"):
            raise UserError(f"step is '{step}'; it must be 'normalised' or 'plain'.")
        self.x_dim, self.y_dim, self.output = x_dim, y_dim, output
        self.inner_hidden, self.step = tuple(inner_hidden), step
        widths = (x_dim, *self.inner_hidden, y_dim)
        keys = jax.random.split(key, len(widths) - 1)
        # The last layer starts at zero: the first answer is the same for every x.
        scales = [1.0] * len(self.inner_hidden) + [0.0]
        self.first = tuple(
            Dense(inputs, outputs, scale=scale, key=layer_key)
            for inputs, outputs, scale, layer_key in zip(
                widths[:-1], widths[1:], scales, keys, strict=True
            )
        )
        self.log_steps = jax.tree.map(
            lambda leaf: jnp.full(leaf.shape, jnp.log(_FIRST_STEP_SIZE)), self.first
        )
        self.raw_decay = jnp.log(jnp.expm1(_FIRST_DECAY))
        self.log_variance = None
        if output == "gaussian":
            at_start = jnp.array([-4.0, 0.0, 0.0, 0.0])  # of v, u, τ and p
            self.log_variance = jnp.repeat(at_start[:, None], y_dim, axis=1)

    def init_state(self) -> GradientDescentState:
        return GradientDescentState(self.first, jnp.zeros(()))

    def observe(self, state: GradientDescentState, x, y) -> GradientDescentState:
        answer, gradient_of = jax.vjp(lambda weights: _model(weights, x), state.weights)
        error = (jax.nn.softmax(answer) if self.output == "categorical" else answer) - y
        (gradient,) = gradient_of(error)
        decay = 1 + jax.nn.softplus(self.raw_decay) * state.read
        step = jax.tree.map(lambda log, g: jnp.exp(log) / decay * g, self.log_steps, gradient)
        if self.step == "normalised":
            products = jax.tree.map(lambda g, s: jnp.sum(g * s), gradient, step)
            # A pair met exactly has no gradient; its step is 0 / 1, not 0 / 0.
            power = sum(jax.tree.leaves(products)) / jnp.maximum(jnp.sum(error**2), 1e-20)
            step = jax.tree.map(lambda s: s / (1 + power), step)
        weights = jax.tree.map(jnp.subtract, state.weights, step)
        return GradientDescentState(weights, state.read + 1)

    def predict(self, state: GradientDescentState, x) -> Prediction:
        answer = _model(state.weights, x)
        if self.output == "categorical":
            return Categorical(answer)
        if self.log_variance is None:
            return Point(answer)
        known, unknown, patience, power = jnp.exp(self.log_variance)
        unknown *= (1 + state.read / patience) ** -power
        return Gaussian(answer, _LEAST_VARIANCE + known + unknown)

    def prequential(self, pairs: Pairs) -> Prediction:
        return scan_prequential(self, pairs)


def _model(weights: Weights, x: Float[Array, " x_dim"]) -> Float[Array, " y_dim"]:
    *hidden, last = weights
    for layer in hidden:
        x = jax.nn.silu(layer(x))
    return last(x)
