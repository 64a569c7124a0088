"""MesaNet: layers of fast weights that solve their least-squares problem at every pair."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.learners._fast_weights import FastWeightLearner, FastWeightNetwork
from yingshe.learners._features import FourierFeatures
from yingshe.learners._likelihood import Likelihood, num_distribution_params
from yingshe.learners._memories import MesaMemory
from yingshe.learners.base import scan_prequential
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

_BETA_INIT = 0.5  # β starts at sigmoid(0)


class MesaNet(FastWeightLearner):
    """MesaNet: fast-weight layers that solve regularized least squares over the observed pairs.

    G ← γ G + β v kᵀ and R = (γ H + β k kᵀ + Λ)⁻¹; a query q reads G R q. The initial Λ makes the
    first head linear regression on x, and the second the posterior mean of a smooth Gaussian
    process. The third is so heavily regularized that it is linear attention, a periodogram of y.
    Further heads repeat these. The predictive mean starts as the output of the first head.

    References:
        von Oswald et al., MesaNet: Sequence Modeling by Locally Optimal Test-Time Training, 2025.
    """

    use_decay: bool = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Likelihood = "gaussian",
        layers: int = 1,
        heads: int = 3,
        width: int = 96,
        num_frequencies: int = 40,
        max_frequency: float = 5.5,
        use_decay: bool = False,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: Number of inputs.
            y_dim: Number of outputs, or of classes.
            likelihood: "gaussian", "gaussian_mixture", "point" or "categorical".
            layers: Number of fast-weight layers.
            heads: Number of memories per layer.
            width: Width of a token.
            num_frequencies: Number of frequencies; a key has x_dim + 1 + 2 num_frequencies entries.
            max_frequency: Largest initial frequency, in cycles per unit of x; frequencies are
                learned.
            use_decay: Learn γ, for tasks that drift; otherwise γ = 1, which trains many times
                faster.
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the likelihood is unknown.
        """
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.layers, self.heads, self.width = layers, heads, width
        self.num_frequencies, self.max_frequency = num_frequencies, max_frequency
        self.use_decay = use_decay
        phi_key, psi_key, network_key = jax.random.split(key, 3)
        classes = likelihood == "categorical"
        ridges = _init_log_ridges(heads, x_dim, num_frequencies, max_frequency)
        network = FastWeightNetwork(
            FourierFeatures(x_dim, num_frequencies, max_frequency, key=phi_key),
            FourierFeatures(y_dim, 0 if classes else y_dim, 1.0, key=psi_key),
            num_distribution_params(likelihood, y_dim),
            lambda dk, dv: MesaMemory(ridges, dv, use_decay),
            heads=heads,
            layers=layers,
            width=width,
            beta_init_logit=0.0,
            key=network_key,
        )
        if likelihood != "gaussian_mixture":  # whose means are not its first raw numbers
            means = jnp.arange(y_dim)
            skip = network.skip.at[means, means].set(1.0)
            network = eqx.tree_at(lambda net: net.skip, network, skip)
        self.network = network

    def prequential(self, pairs: Pairs) -> Prediction:
        if self.use_decay:
            return scan_prequential(self, pairs)
        return super().prequential(pairs)


def _init_log_ridges(
    heads: int, x_dim: int, num_frequencies: int, max_frequency: float
) -> Float[Array, "heads dk"]:
    """Return the initial log Λ of a linear, a smooth and a heavily regularized head, and so on."""
    linear_part = jnp.zeros(x_dim + 1)
    frequencies = jnp.tile(
        max_frequency / max(num_frequencies, 1) * jnp.arange(1.0, num_frequencies + 1), 2
    )
    linear = jnp.concatenate(
        [
            linear_part + jnp.log(0.25 * _BETA_INIT),
            jnp.full(2 * num_frequencies, jnp.log(1000.0)),
        ]
    )
    smooth = jnp.concatenate([linear_part, frequencies + jnp.log(_BETA_INIT)])
    heavy = jnp.full_like(linear, jnp.log(50.0))
    return jnp.stack([(linear, smooth, heavy)[head % 3] for head in range(heads)])
