"""DeltaNet: layers of fast weights that are written by the gated delta rule."""

import equinox as eqx
import jax
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from yingshe.learners.base import Learner
from yingshe.learners.fast_weights import FastWeightNetwork
from yingshe.learners.layers import Waves
from yingshe.learners.memories import DeltaMemory
from yingshe.learners.output import Output, output_width, to_prediction
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class DeltaNet(Learner):
    """Layers of fast weights: matrices that each pair changes by S ← γ S (I - β k kᵀ) + β v kᵀ.

    Keys k hold x as waves of learned frequency, values v hold y likewise, β and γ depend on the
    token; a query reads the matrix of the pairs before it as a set of hypotheses (`WaveReader`).
    For mappings that no linear model holds, such as sawtooth waves, take `output="mixture"`.

    After Schlag et al., Linear Transformers Are Secretly Fast Weight Programmers, 2021, and Yang
    et al., Gated Delta Networks: Improving Mamba2 with Delta Rule, 2024.
    """

    network: FastWeightNetwork
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: Output = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    heads: int = eqx.field(static=True)
    width: int = eqx.field(static=True)
    waves: int = eqx.field(static=True)
    highest_frequency: float = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: Output = "gaussian",
        layers: int = 2,
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

    def init_state(self) -> PyTree[Array]:
        return self.network.init_state()

    def observe(
        self, state: PyTree[Array], x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> PyTree[Array]:
        return self.network.observe(state, x, y)

    def predict(self, state: PyTree[Array], x: Float[Array, " x_dim"]) -> Prediction:
        return to_prediction(self.output, self.network.predict(state, x), self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        return to_prediction(self.output, self.network.prequential(pairs), self.y_dim)
