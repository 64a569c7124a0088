"""The long short-term memory as a learner."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from yingshe.learners.base import Learner
from yingshe.learners.output import Output, output_width, to_prediction
from yingshe.learners.recurrent import Gates, Hidden, RecurrentNetwork
from yingshe.pairs import Pairs

_REMEMBER = 1.0  # first bias of the forget gate (Jozefowicz et al., 2015)


class LSTM(Learner):
    """A black box that learns how to learn: a long short-term memory reads (x, y) pairs.

        i, f, o = σ(a + h U)   g = tanh(a_g + h U_g)   c ← f ⊙ c + i ⊙ g   h ← o ⊙ tanh(c)

    with a = t W, t the pair (x, y) and a layer of `hidden` units that reads it. A prediction at x
    is a network of h and x with two layers of `hidden` units. State: h and c.

    The cell is that of Hochreiter & Schmidhuber, Long Short-Term Memory, 1997, with the forget gate
    of Gers et al., 2000; as a learner: Hochreiter, Younger & Conwell, Learning to Learn Using
    Gradient Descent, 2001.
    """

    network: RecurrentNetwork
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: Output = eqx.field(static=True)
    hidden: int = eqx.field(static=True)

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: Output = "gaussian",
        hidden: int = 128,
        key: PRNGKeyArray,
    ):
        """Raises UserError for an unknown output."""
        self.x_dim, self.y_dim, self.output, self.hidden = x_dim, y_dim, output, hidden
        width = output_width(output, y_dim)
        gates = (("both", 0.0), ("both", _REMEMBER), ("both", 0.0), ("both", 0.0))
        self.network = RecurrentNetwork(_lstm, gates, 2, x_dim, y_dim, hidden, width, key=key)

    def init_state(self) -> Hidden:
        return self.network.start

    def observe(self, state: Hidden, x, y) -> Hidden:
        return self.network.read(state, x, y)

    def predict(self, state: Hidden, x):
        return to_prediction(self.output, self.network.answer(state[0], x), self.y_dim)

    def prequential(self, pairs: Pairs):
        h, *_ = self.network.states_before(pairs)
        return to_prediction(self.output, self.network.answer(h, pairs.x), self.y_dim)


def _lstm(state: Hidden, gates: Gates) -> Hidden:
    _, c = state
    write, forget, value, show = gates
    c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(write) * jnp.tanh(value)
    return jax.nn.sigmoid(show) * jnp.tanh(c), c
