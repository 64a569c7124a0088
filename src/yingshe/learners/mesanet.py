"""MesaNet: layers of fast weights that solve their least-squares problem at every pair."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.learners._fast_weights import FastWeightLearner, FastWeightNetwork
from yingshe.learners._layers import FourierFeatures
from yingshe.learners._likelihood import Output, num_distribution_params
from yingshe.learners._memories import MesaMemory
from yingshe.learners.base import scan_prequential
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction

_RATE = 0.5  # β starts at sigmoid(0)


class MesaNet(FastWeightLearner):
    """Layers of fast weights (G, R): G ← γ G + β v kᵀ, R = (γ H + β k kᵀ + Λ)⁻¹, read as G R q.

    Each layer solves regularised least squares over the pairs read so far, exactly. Λ starts so
    that the first head is linear regression on x, the second the posterior mean of a smooth
    Gaussian process, the third so heavy that what is left is linear attention, a periodogram of y;
    further heads repeat these. The first head's answer is where the predictive mean starts, so
    that training only polishes.

    After von Oswald et al., MesaNet: Sequence Modeling by Locally Optimal Test-Time Training, 2025.
    """

    use_decay: bool = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Output = "gaussian",
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
            x_dim: number of inputs.
            y_dim: number of outputs, or of classes.
            likelihood: "gaussian", "gaussian_mixture", "point" or "categorical".
            layers: layers of fast weights.
            heads: memories in each layer.
            width: width of a token.
            num_frequencies: number of frequencies; a key has x_dim + 1 + 2 num_frequencies numbers.
            max_frequency: the largest one at the start, in cycles per unit of x; they are
                learned.
            use_decay: learn γ, for tasks that drift; otherwise γ = 1, which trains many times faster.
            key: for the initial parameters.

        """
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.layers, self.heads, self.width = layers, heads, width
        self.num_frequencies, self.max_frequency, self.use_decay = (
            num_frequencies,
            max_frequency,
            use_decay,
        )
        phi_key, psi_key, network_key = jax.random.split(key, 3)
        classes = likelihood == "categorical"
        ridges = _first_ridges(heads, x_dim, num_frequencies, max_frequency)
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
        if likelihood != "gaussian_mixture":  # whose means are not its first outputs
            means = jnp.arange(y_dim)
            skip = network.skip.at[means, means].set(1.0)
            network = eqx.tree_at(lambda net: net.skip, network, skip)
        self.network = network

    def prequential(self, pairs: Pairs) -> Prediction:
        if self.use_decay:
            return scan_prequential(self, pairs)
        return super().prequential(pairs)


def _first_ridges(
    heads: int, x_dim: int, num_frequencies: int, highest: float
) -> Float[Array, "heads dk"]:
    """The logarithm of Λ for a linear, a smooth and a heavily regularised head, and so on."""
    plain = jnp.zeros(x_dim + 1)
    frequencies = jnp.tile(
        highest / max(num_frequencies, 1) * jnp.arange(1.0, num_frequencies + 1), 2
    )
    linear = jnp.concatenate(
        [plain + jnp.log(0.25 * _RATE), jnp.full(2 * num_frequencies, jnp.log(1000.0))]
    )
    smooth = jnp.concatenate([plain, frequencies + jnp.log(_RATE)])
    heavy = jnp.full_like(linear, jnp.log(50.0))
    return jnp.stack([(linear, smooth, heavy)[head % 3] for head in range(heads)])
