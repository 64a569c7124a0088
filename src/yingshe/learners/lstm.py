"""The long short-term memory as a learner."""

import jax
import jax.numpy as jnp

from yingshe.learners._recurrent import Gates, Hidden, RecurrentLearner

_REMEMBER = 1.0  # first bias of the forget gate (Jozefowicz et al., 2015)


def _lstm(state: Hidden, gates: Gates) -> Hidden:
    _, c = state
    write, forget, value, show = gates
    c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(write) * jnp.tanh(value)
    return jax.nn.sigmoid(show) * jnp.tanh(c), c


class LSTM(RecurrentLearner):
    """A black box that learns how to learn: a long short-term memory reads (x, y) pairs.

        i, f, o = σ(a + h U)   g = tanh(a_g + h U_g)   c ← f ⊙ c + i ⊙ g   h ← o ⊙ tanh(c)

    with a = t W, t the pair (x, y) and a layer of `hidden` units that reads it. A prediction at x
    is a network of h and x with two layers of `hidden` units. State: h and c.

    The cell is that of Hochreiter & Schmidhuber, Long Short-Term Memory, 1997, with the forget gate
    of Gers et al., 2000; as a learner: Hochreiter, Younger & Conwell, Learning to Learn Using
    Gradient Descent, 2001.
    """

    cell = staticmethod(_lstm)
    gates = (("both", 0.0), ("both", _REMEMBER), ("both", 0.0), ("both", 0.0))
    parts = 2
