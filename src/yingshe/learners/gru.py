"""The gated recurrent unit as a learner."""

import jax
import jax.numpy as jnp

from yingshe.learners._recurrent import Gates, Hidden, RecurrentLearner

_REMEMBER = 1.0  # first bias of the update gate: a new network forgets slowly


def _gru(state: Hidden, gates: Gates) -> Hidden:
    (h,) = state
    reset, keep, new_from_token, new_from_h = gates
    new = jnp.tanh(new_from_token + jax.nn.sigmoid(reset) * new_from_h)
    return (new + jax.nn.sigmoid(keep) * (h - new),)


class GRU(RecurrentLearner):
    """A black box that learns how to learn: a gated recurrent unit reads (x, y) pairs.

        r, z = σ(a + h U)      n = tanh(a_n + r ⊙ h U_n)      h ← (1 − z) ⊙ n + z ⊙ h

    with a = t W, t the pair (x, y) and a layer of `hidden` units that reads it. A prediction at x
    is a network of h and x with two layers of `hidden` units. State: h.

    The cell is that of Cho et al., Learning Phrase Representations, 2014, with the reset after the
    product; recurrent networks as learners: Hochreiter, Younger & Conwell, Learning to Learn Using
    Gradient Descent, 2001; Santoro et al., Memory-Augmented Neural Networks, 2016.
    """

    cell = staticmethod(_gru)
    gates = (("both", 0.0), ("both", _REMEMBER), ("token", 0.0), ("h", 0.0))
    parts = 1
