"""MesaNet: layers of fast weights that solve their least-squares problem at every pair."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.learners.base import scan_prequential
from yingshe.learners.fast_weights import FastWeightLearner, FastWeightNetwork
from yingshe.learners.layers import Waves
from yingshe.learners.memories import MesaMemory
from yingshe.learners.output import Output, output_width
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

    forgets: bool = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: Output = "gaussian",
        layers: int = 1,
        heads: int = 3,
        width: int = 96,
        waves: int = 40,
        highest_frequency: float = 5.5,
        forgets: bool = False,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: number of inputs.
            y_dim: number of outputs, or of classes.
            output: "gaussian", "mixture", "squared_error" or "categorical".
            layers: layers of fast weights.
            heads: memories in each layer.
            width: width of a token.
            waves: number of frequencies; a key has x_dim + 1 + 2 waves numbers.
            highest_frequency: the largest one at the start, in cycles per unit of x; they are
                learned.
            forgets: learn γ, for tasks that drift; otherwise γ = 1, which trains many times faster.
            key: for the initial parameters.

        """
        self.x_dim, self.y_dim, self.output = x_dim, y_dim, output
        self.layers, self.heads, self.width = layers, heads, width
        self.waves, self.highest_frequency, self.forgets = waves, highest_frequency, forgets
        phi_key, psi_key, network_key = jax.random.split(key, 3)
        classes = output == "categorical"
        ridges = _first_ridges(heads, x_dim, waves, highest_frequency)
        network = FastWeightNetwork(
            Waves(x_dim, waves, highest_frequency, key=phi_key),
            Waves(y_dim, 0 if classes else y_dim, 1.0, key=psi_key),
            output_width(output, y_dim),
            lambda dk, dv: MesaMemory(ridges, dv, forgets),
            heads=heads,
            layers=layers,
            width=width,
            rate=0.0,
            key=network_key,
        )
        if output != "mixture":  # whose means are not its first outputs
            means = jnp.arange(y_dim)
            direct = network.direct.at[means, means].set(1.0)
            network = eqx.tree_at(lambda net: net.direct, network, direct)
        self.network = network

    def prequential(self, pairs: Pairs) -> Prediction:
        if self.forgets:
            return scan_prequential(self, pairs)
        return super().prequential(pairs)


def _first_ridges(heads: int, x_dim: int, waves: int, highest: float) -> Float[Array, "heads dk"]:
    """The logarithm of Λ for a linear, a smooth and a heavily regularised head, and so on."""
    plain = jnp.zeros(x_dim + 1)
    frequencies = jnp.tile(highest / max(waves, 1) * jnp.arange(1.0, waves + 1), 2)
    linear = jnp.concatenate([plain + jnp.log(0.25 * _RATE), jnp.full(2 * waves, jnp.log(1000.0))])
    smooth = jnp.concatenate([plain, frequencies + jnp.log(_RATE)])
    heavy = jnp.full_like(linear, jnp.log(50.0))
    return jnp.stack([(linear, smooth, heavy)[head % 3] for head in range(heads)])
