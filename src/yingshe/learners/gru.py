"""Gated recurrent unit as a learner."""

import jax
import jax.numpy as jnp

from yingshe.learners._recurrent import Carry, Gates, RecurrentLearner

_UPDATE_BIAS = 1.0  # initial bias of the update gate: a new network forgets slowly


def _gru(state: Carry, gates: Gates) -> Carry:
    (h,) = state
    reset, update, candidate_from_token, candidate_from_h = gates
    candidate = jnp.tanh(candidate_from_token + jax.nn.sigmoid(reset) * candidate_from_h)
    return (candidate + jax.nn.sigmoid(update) * (h - candidate),)


class GRU(RecurrentLearner):
    """GRU meta-learner (RL²-style black box): a gated recurrent unit observes (x, y) pairs.

        r, z = σ(a + h U)      n = tanh(a_n + r ⊙ h U_n)      h ← (1 − z) ⊙ n + z ⊙ h

    with a = t W, t the pair (x, y) and its embedding by a layer of `hidden` units. A prediction at
    x is a network of h and x with two layers of `hidden` units. State: h.

    References:
        Cho et al., Learning Phrase Representations, 2014 (here with the reset after the product).
        Hochreiter, Younger & Conwell, Learning to Learn Using Gradient Descent, 2001.
        Santoro et al., Memory-Augmented Neural Networks, 2016.
    """

    cell = staticmethod(_gru)
    gates = (("both", 0.0), ("both", _UPDATE_BIAS), ("token", 0.0), ("h", 0.0))
    num_state_vectors = 1
