"""DeltaNet: layers of fast weights with the gated delta rule."""

import jax
from jaxtyping import PRNGKeyArray

from yingshe.learners._fast_weights import FastWeightLearner, FastWeightNetwork
from yingshe.learners._features import FourierFeatures
from yingshe.learners._likelihood import Likelihood, num_distribution_params
from yingshe.learners._memories import DeltaMemory


class DeltaNet(FastWeightLearner):
    """DeltaNet: fast-weight layers that each pair updates by S ← γ S (I - β k kᵀ) + β v kᵀ.

    Keys k hold Fourier features of x with learned frequencies, values v those of y; β and γ depend
    on the token. A query reads the matrix of the earlier pairs as a set of hypotheses about the
    task's frequency. For functions with jumps, such as sawtooth waves, use
    `likelihood="gaussian_mixture"`.

    References:
        Schlag et al., Linear Transformers Are Secretly Fast Weight Programmers, 2021.
        Yang et al., Gated Delta Networks: Improving Mamba2 with Delta Rule, 2024.
    """

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Likelihood = "gaussian",
        layers: int = 1,
        heads: int = 1,
        width: int = 96,
        num_frequencies: int = 40,
        max_frequency: float = 5.5,
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
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the likelihood is unknown.
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
