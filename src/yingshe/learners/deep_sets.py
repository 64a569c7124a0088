"""A network for alternatives of which none is known from another before it was tried."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense
from yingshe.learners._likelihood import Output, make_prediction, num_distribution_params
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

Sums = Float[Array, "*n alternatives features"]


class DeepSetsLearner(Learner):
    """Remembers of each alternative what came of it, and treats all of them alike.

    The first columns of y are alternatives (the arms of a bandit, classes), the others what came
    with them (a reward). With ψ = (1, others, learned features of x and others), the state is

        S_j = Σ_t y_tj ψ_t      for each alternative j,

    and the answer about j is a network of S_j, x, and the mean and maximum of what the alternatives
    are to that network, the same for all j. Its parameters do not depend on how many there are.

    The equivariant layers are those of Zaheer et al., Deep Sets, 2017, section 3.1.
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Output = eqx.field(static=True)
    num_extra_outputs: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)
    num_features: int = eqx.field(static=True)

    encoder: Dense
    first: Dense
    second: Dense
    item_head: Dense
    pooled_head: Dense

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Output = "gaussian",
        num_extra_outputs: int = 0,
        hidden: int = 32,
        num_features: int = 4,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: number of inputs.
            y_dim: number of alternatives, and of others after them.
            likelihood: "gaussian", "gaussian_mixture", "point" or "categorical".
            num_extra_outputs: columns of y, from its end, that are no alternatives.
            hidden: width of each layer.
            num_features: that are learned of a pair, beside 1 and the others.
            key: for the initial parameters.

        Raises UserError for an unknown output, and where no alternative is left.
        """
        if not 0 <= num_extra_outputs < y_dim:
            raise UserError(
                f"{num_extra_outputs} of {y_dim} outputs are others; an alternative must be left."
            )
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.num_extra_outputs, self.hidden, self.num_features = (
            num_extra_outputs,
            hidden,
            num_features,
        )
        read_key, first_key, second_key, one_key, others_key = jax.random.split(key, 5)
        self.encoder = Dense(x_dim + num_extra_outputs, num_features, key=read_key)
        seen = 2 + (1 + num_extra_outputs + num_features) + x_dim
        self.first = Dense(seen, hidden, key=first_key)
        self.second = Dense(3 * hidden, hidden, key=second_key)
        self.item_head = Dense(
            hidden, num_distribution_params(likelihood, 1), scale=0.1, key=one_key
        )
        width = num_distribution_params(likelihood, num_extra_outputs)
        self.pooled_head = Dense(2 * hidden, width, scale=0.1, key=others_key)

    @property
    def alternatives(self) -> int:
        """How many there are."""
        return self.y_dim - self.num_extra_outputs

    def init_state(self) -> Sums:
        return jnp.zeros((self.alternatives, 1 + self.num_extra_outputs + self.num_features))

    def observe(self, state: Sums, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]) -> Sums:
        return state + self._brought(x, y)

    def predict(self, state: Sums, x: Float[Array, " x_dim"]) -> Prediction:
        return make_prediction(self.likelihood, self._answer(state, x), self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        brought = self._brought(pairs.x, pairs.y) * pairs.mask[:, None, None]
        before = jnp.cumsum(brought, axis=0) - brought
        return make_prediction(self.likelihood, self._answer(before, pairs.x), self.y_dim)

    def _brought(self, x: Float[Array, "*n x_dim"], y: Float[Array, "*n y_dim"]) -> Sums:
        """What a pair adds to the sums."""
        tried, others = y[..., : self.alternatives], y[..., self.alternatives :]
        learned = jax.nn.silu(self.encoder(jnp.concatenate([x, others], axis=-1)))
        psi = jnp.concatenate([jnp.ones_like(x[..., :1]), others, learned], axis=-1)
        return tried[..., :, None] * psi[..., None, :]

    def _answer(self, sums: Sums, x: Float[Array, "*n x_dim"]) -> Float[Array, "*n width"]:
        times = jnp.abs(sums[..., :1])
        # Means, how uncertain they are, and how often: of the order of 1 after any number of pairs.
        seen = [sums / (1 + times), jax.lax.rsqrt(1 + times), jnp.log1p(times) / 4]
        seen.append(jnp.broadcast_to(x[..., None, :], (*sums.shape[:-1], self.x_dim)))
        h = jax.nn.silu(self.first(jnp.concatenate(seen, axis=-1)))
        all_of = jnp.broadcast_to(_pooled(h)[..., None, :], (*h.shape[:-1], 2 * self.hidden))
        h = jax.nn.silu(self.second(jnp.concatenate([h, all_of], axis=-1)))
        own = self.item_head(h)  # (..., alternatives, raw numbers of one)
        beside = self.pooled_head(_pooled(h))
        if self.likelihood != "gaussian":
            return jnp.concatenate([own.reshape(*own.shape[:-2], -1), beside], axis=-1)
        means, scales = jnp.split(beside, 2, axis=-1)
        return jnp.concatenate([own[..., 0], means, own[..., 1], scales], axis=-1)


def _pooled(h: Float[Array, "*n alternatives hidden"]) -> Float[Array, "*n pooled"]:
    """The mean and the maximum over the alternatives."""
    return jnp.concatenate([h.mean(axis=-2), h.max(axis=-2)], axis=-1)
