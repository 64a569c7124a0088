"""Deep Sets learner: interchangeable items, such as the arms of a bandit."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense
from yingshe.learners._likelihood import Likelihood, make_prediction, num_distribution_params
from yingshe.learners._set_learner import SetLearner, mean_and_max
from yingshe.prediction import Prediction

Sums = Float[Array, "*n items features"]


class DeepSetsLearner(SetLearner):
    """Permutation-equivariant meta-learner (Deep Sets) over interchangeable items.

    The first columns of y are items (the arms of a bandit, classes), the other columns come with
    them (a reward). With ψ = (1, other columns, learned features of x and these), the state is

        S_j = Σ_t y_tj ψ_t      for each item j,

    and the prediction of item j is a network of S_j, x, and the mean and maximum of the hidden
    units of all items. The network is shared by all items, so that its parameters do not depend on
    their number.

    References:
        Zaheer et al., Deep Sets, 2017, section 3.1.
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Likelihood = eqx.field(static=True)
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
        likelihood: Likelihood = "gaussian",
        num_extra_outputs: int = 0,
        hidden: int = 32,
        num_features: int = 4,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: Number of inputs.
            y_dim: Number of items plus `num_extra_outputs`.
            likelihood: "gaussian", "gaussian_mixture", "point" or "categorical".
            num_extra_outputs: Number of columns at the end of y that are not items.
            hidden: Width of each layer.
            num_features: Number of learned features of a pair.
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the likelihood is unknown, or no item is left.
        """
        if not 0 <= num_extra_outputs < y_dim:
            raise UserError(
                f"num_extra_outputs must be at least 0 and below y_dim = {y_dim}, so that an item "
                f"is left, got {num_extra_outputs}."
            )
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.num_extra_outputs, self.hidden = num_extra_outputs, hidden
        self.num_features = num_features
        encoder_key, first_key, second_key, item_key, pooled_key = jax.random.split(key, 5)
        self.encoder = Dense(x_dim + num_extra_outputs, num_features, key=encoder_key)
        width = 2 + (1 + num_extra_outputs + num_features) + x_dim
        self.first = Dense(width, hidden, key=first_key)
        self.second = Dense(3 * hidden, hidden, key=second_key)
        per_item = num_distribution_params(likelihood, 1)
        self.item_head = Dense(hidden, per_item, scale=0.1, key=item_key)
        extra = num_distribution_params(likelihood, num_extra_outputs)
        self.pooled_head = Dense(2 * hidden, extra, scale=0.1, key=pooled_key)

    @property
    def num_items(self) -> int:
        """Number of items."""
        return self.y_dim - self.num_extra_outputs

    def init_state(self) -> Sums:
        return jnp.zeros((self.num_items, 1 + self.num_extra_outputs + self.num_features))

    def encode(self, x: Float[Array, "*n x_dim"]) -> Float[Array, "*n x_dim"]:
        return x

    def pair_statistics(self, encoding: Float[Array, "*n x_dim"], y: Float[Array, "*n y_dim"]):
        x, items, extra = encoding, y[..., : self.num_items], y[..., self.num_items :]
        learned = jax.nn.silu(self.encoder(jnp.concatenate([x, extra], axis=-1)))
        psi = jnp.concatenate([jnp.ones_like(x[..., :1]), extra, learned], axis=-1)
        return items[..., :, None] * psi[..., None, :]

    def decode(self, sums: Sums, encoding: Float[Array, "*n x_dim"]) -> Prediction:
        counts = jnp.abs(sums[..., :1])
        # Means, their uncertainty, and counts: of the order of 1 after any number of pairs.
        features = [sums / (1 + counts), jax.lax.rsqrt(1 + counts), jnp.log1p(counts) / 4]
        x = encoding[..., None, :]
        features.append(jnp.broadcast_to(x, (*sums.shape[:-1], self.x_dim)))
        h = jax.nn.silu(self.first(jnp.concatenate(features, axis=-1)))
        pooled = mean_and_max(h)[..., None, :]
        pooled = jnp.broadcast_to(pooled, (*h.shape[:-1], 2 * self.hidden))
        h = jax.nn.silu(self.second(jnp.concatenate([h, pooled], axis=-1)))
        items = self.item_head(h)  # (..., items, raw numbers per item)
        extra = self.pooled_head(mean_and_max(h))
        if self.likelihood == "gaussian":
            means, scales = jnp.split(extra, 2, axis=-1)
            raw = jnp.concatenate([items[..., 0], means, items[..., 1], scales], axis=-1)
        else:
            raw = jnp.concatenate([items.reshape(*items.shape[:-2], -1), extra], axis=-1)
        return make_prediction(self.likelihood, raw, self.y_dim)
