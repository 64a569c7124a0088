"""The gated recurrent unit as a learner."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from yingshe.learners.base import Learner
from yingshe.learners.output import Output, output_width, to_prediction
from yingshe.learners.recurrent import Gates, Hidden, RecurrentNetwork
from yingshe.pairs import Pairs

_REMEMBER = 1.0  # first bias of the update gate: a new network forgets slowly


class GRU(Learner):
    """A black box that learns how to learn: a gated recurrent unit reads (x, y) pairs.

        r, z = σ(a + h U)      n = tanh(a_n + r ⊙ h U_n)      h ← (1 − z) ⊙ n + z ⊙ h

    with a = t W, t the pair (x, y) and a layer of `hidden` units that reads it. A prediction at x
    is a network of h and x with two layers of `hidden` units. State: h.

    The cell is that of Cho et al., Learning Phrase Representations, 2014, with the reset after the
    product; recurrent networks as learners: Hochreiter, Younger & Conwell, Learning to Learn Using
    Gradient Descent, 2001; Santoro et al., Memory-Augmented Neural Networks, 2016.
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
        gates = (("both", 0.0), ("both", _REMEMBER), ("token", 0.0), ("h", 0.0))
        self.network = RecurrentNetwork(_gru, gates, 1, x_dim, y_dim, hidden, width, key=key)

    def init_state(self) -> Hidden:
        return self.network.start

    def observe(self, state: Hidden, x, y) -> Hidden:
        return self.network.read(state, x, y)

    def predict(self, state: Hidden, x):
        return to_prediction(self.output, self.network.answer(state[0], x), self.y_dim)

    def prequential(self, pairs: Pairs):
        h, *_ = self.network.states_before(pairs)
        return to_prediction(self.output, self.network.answer(h, pairs.x), self.y_dim)


def _gru(state: Hidden, gates: Gates) -> Hidden:
    (h,) = state
    reset, keep, new_from_token, new_from_h = gates
    new = jnp.tanh(new_from_token + jax.nn.sigmoid(reset) * new_from_h)
    return (new + jax.nn.sigmoid(keep) * (h - new),)
