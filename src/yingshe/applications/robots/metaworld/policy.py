"""A policy that has read a few demonstrations."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from yingshe.applications.robots.metaworld.demonstrations import Demonstration
from yingshe.applications.robots.metaworld.features import Y_DIM, action, inputs, outputs
from yingshe.errors import UserError
from yingshe.learners import Attention, Learner
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import GaussianMixture

_AT_MOST = 256  # moments read; of longer demonstrations, evenly spaced ones


class Policy:
    """A learner that reads demonstrations as (observation, action) pairs, and is then the policy.

    >>> policy = Policy(ys.load("ml45")).read(demonstrate("door-lock-v3", 3, seed=0))
    >>> reached = Worlds("door-lock-v3", seed=1).run(Nudged(policy), steps=300)
    """

    def __init__(self, learner: Learner):
        self.learner = (
            learner.with_capacity(_AT_MOST) if isinstance(learner, Attention) else learner
        )
        self.mapping: Mapping = adapt(self.learner, *_pairs([]))

    def read(self, demonstrations: Sequence[Demonstration]) -> "Policy":
        """The policy of these demonstrations. Raises UserError where there are none."""
        if not demonstrations:
            raise UserError("There are no demonstrations to read.")
        x, y = _pairs(demonstrations)
        kept = np.linspace(0, len(x) - 1, min(len(x), _AT_MOST)).astype(int)
        other = Policy.__new__(Policy)
        other.learner, other.mapping = self.learner, adapt(self.learner, x[kept], y[kept])
        return other

    def __call__(self, seen: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        """The actions at n observations (`worlds.OBSERVED`): of several that are possible, where
        the learner has a mixture, the most probable one, never what lies between.
        """
        predicted = self.mapping(np.asarray(_inputs(seen)))
        if not isinstance(predicted, GaussianMixture):
            return action(np.asarray(predicted.mean))
        best = jnp.argmax(predicted.logits, axis=-1, keepdims=True)
        return action(np.asarray(jnp.take_along_axis(predicted.means, best, axis=-1)[..., 0]))


def _pairs(demonstrations: Sequence[Demonstration]) -> tuple[np.ndarray, np.ndarray]:
    seen = np.concatenate([np.zeros((0, 21), np.float32), *(d.seen for d in demonstrations)])
    acted = np.concatenate([np.zeros((0, Y_DIM), np.float32), *(d.acted for d in demonstrations)])
    return np.asarray(_inputs(seen)), np.asarray(outputs(jnp.asarray(acted)))


_inputs = jax.jit(inputs)
