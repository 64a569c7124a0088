"""DeltaNet: layers of fast weights that are written by the gated delta rule."""

import jax
from jaxtyping import PRNGKeyArray

from yingshe.learners.fast_weights import FastWeightLearner, FastWeightNetwork
from yingshe.learners.layers import Waves
from yingshe.learners.memories import DeltaMemory
from yingshe.learners.output import Output, output_width


class DeltaNet(FastWeightLearner):
    """Layers of fast weights: matrices that each pair changes by S ← γ S (I - β k kᵀ) + β v kᵀ.

    Keys k hold x as waves of learned frequency, values v hold y likewise, β and γ depend on the
    token; a query reads the matrix of the pairs before it as a set of hypotheses (`WaveReader`).
    For mappings that no linear model holds, such as sawtooth waves, take `output="mixture"`.

    After Schlag et al., Linear Transformers Are Secretly Fast Weight Programmers, 2021, and Yang
    et al., Gated Delta Networks: Improving Mamba2 with Delta Rule, 2024.
    """

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: Output = "gaussian",
        layers: int = 1,
        heads: int = 1,
        width: int = 96,
        waves: int = 40,
        highest_frequency: float = 5.5,
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
            key: for the initial parameters.

        """
        self.x_dim, self.y_dim, self.output = x_dim, y_dim, output
        self.layers, self.heads, self.width = layers, heads, width
        self.waves, self.highest_frequency = waves, highest_frequency
        phi_key, psi_key, network_key = jax.random.split(key, 3)
        classes = output == "categorical"
        self.network = FastWeightNetwork(
            Waves(x_dim, waves, highest_frequency, key=phi_key),
            Waves(y_dim, 0 if classes else y_dim, 1.0, key=psi_key),
            output_width(output, y_dim),
            DeltaMemory,
            heads=heads,
            layers=layers,
            width=width,
            rate=-1.5,
            key=network_key,
        )
