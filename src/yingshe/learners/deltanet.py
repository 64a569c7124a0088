"""DeltaNet: layers of fast weights that are written by the gated delta rule."""

import jax
from jaxtyping import PRNGKeyArray

from yingshe.learners._fast_weights import FastWeightLearner, FastWeightNetwork
from yingshe.learners._layers import FourierFeatures
from yingshe.learners._likelihood import Output, num_distribution_params
from yingshe.learners._memories import DeltaMemory


class DeltaNet(FastWeightLearner):
    """Layers of fast weights: matrices that each pair changes by S ← γ S (I - β k kᵀ) + β v kᵀ.

    Keys k hold x as num_frequencies of learned frequency, values v hold y likewise, β and γ depend on the
    token; a query reads the matrix of the pairs before it as a set of hypotheses (`FourierReadout`).
    For mappings that no linear model holds, such as sawtooth num_frequencies, take `likelihood="gaussian_mixture"`.

    After Schlag et al., Linear Transformers Are Secretly Fast Weight Programmers, 2021, and Yang
    et al., Gated Delta Networks: Improving Mamba2 with Delta Rule, 2024.
    """

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Output = "gaussian",
        layers: int = 1,
        heads: int = 1,
        width: int = 96,
        num_frequencies: int = 40,
        max_frequency: float = 5.5,
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
            key: for the initial parameters.

        """
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.layers, self.heads, self.width = layers, heads, width
        self.num_frequencies, self.max_frequency = num_frequencies, max_frequency
        phi_key, psi_key, network_key = jax.random.split(key, 3)
        classes = likelihood == "categorical"
        self.network = FastWeightNetwork(
            FourierFeatures(x_dim, num_frequencies, max_frequency, key=phi_key),
            FourierFeatures(y_dim, 0 if classes else y_dim, 1.0, key=psi_key),
            num_distribution_params(likelihood, y_dim),
            DeltaMemory,
            heads=heads,
            layers=layers,
            width=width,
            beta_init_logit=-1.5,
            key=network_key,
        )
