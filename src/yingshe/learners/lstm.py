"""Long short-term memory as a learner."""

import jax
import jax.numpy as jnp

from yingshe.learners._recurrent import Carry, Gates, RecurrentLearner

_FORGET_BIAS = 1.0  # initial bias of the forget gate (Jozefowicz et al., 2015)


def _lstm(state: Carry, gates: Gates) -> Carry:
    _, c = state
    input_gate, forget, cell, output = gates
    c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(input_gate) * jnp.tanh(cell)
    return jax.nn.sigmoid(output) * jnp.tanh(c), c


class LSTM(RecurrentLearner):
    """LSTM meta-learner (black box): a long short-term memory observes (x, y) pairs.

        i, f, o = σ(a + h U)   g = tanh(a_g + h U_g)   c ← f ⊙ c + i ⊙ g   h ← o ⊙ tanh(c)

    with a = t W, t the pair (x, y) and its embedding by a layer of `hidden` units. A prediction at
    x is a network of h and x with two layers of `hidden` units. State: h and c.

    References:
        Hochreiter & Schmidhuber, Long Short-Term Memory, 1997.
        Gers et al., Learning to Forget, 2000 (the forget gate).
        Hochreiter, Younger & Conwell, Learning to Learn Using Gradient Descent, 2001.
    """

    cell = staticmethod(_lstm)
    gates = (("both", 0.0), ("both", _FORGET_BIAS), ("both", 0.0), ("both", 0.0))
    num_state_vectors = 2
