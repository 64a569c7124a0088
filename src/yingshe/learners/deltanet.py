"""DeltaNet."""
import equinox as eqx
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray
from yingshe.learners.base import Learner
from yingshe.learners.fast_weights import FastWeightNetwork
from yingshe.learners.memories import DeltaMemory, MesaMemory
from yingshe.learners.output import output_width, to_prediction
from yingshe.pairs import Pairs


class DeltaNet(Learner):
    network: FastWeightNetwork
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: str = eqx.field(static=True)
    layers: int = eqx.field(static=True)
    width: int = eqx.field(static=True)
    heads: int = eqx.field(static=True)
    frequencies: int = eqx.field(static=True)
    highest: float = eqx.field(static=True)
    rate: float = eqx.field(static=True)
    hidden: int = eqx.field(static=True)

    def __init__(self, x_dim, y_dim, *, output="gaussian", layers=2, width=96, heads=1, frequencies=48, highest=5.5, rate=-1.5, hidden=192, key: PRNGKeyArray):
        self.x_dim, self.y_dim, self.output, self.layers, self.width, self.heads, self.frequencies, self.highest, self.rate, self.hidden = x_dim, y_dim, output, layers, width, heads, frequencies, highest, rate, hidden
        def make(i, dk, dv):
            return tuple(DeltaMemory(dk, dv) for _ in range(heads))
        self.network = FastWeightNetwork(x_dim, y_dim, output_width(output, y_dim), make, layers=layers, width=width, hidden=hidden, frequencies=frequencies, highest=highest, value_frequencies=0 if output == "categorical" else y_dim, rate=rate, key=key)

    def init_state(self):
        return self.network.init_state()

    def observe(self, state, x, y):
        return self.network.chunk(state, Pairs(x[None], y[None]))[0]

    def predict(self, state, x):
        nothing = Pairs(x[None], jnp.zeros((1, self.y_dim)), jnp.zeros(1, bool))
        return to_prediction(self.output, self.network.chunk(state, nothing)[1][0], self.y_dim)

    def prequential(self, pairs):
        return to_prediction(self.output, self.network.chunk(None, pairs)[1], self.y_dim)
