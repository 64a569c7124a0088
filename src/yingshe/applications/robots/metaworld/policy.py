"""A policy that has read a few demonstrations."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from yingshe.applications.robots.metaworld.demonstrations import Demonstration
from yingshe.applications.robots.metaworld.features import (
    Y_DIM,
    action,
    alike,
    inputs,
    outputs,
)
from yingshe.errors import UserError
from yingshe.learners import AttentiveProcess, Learner
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import GaussianMixture

_AT_MOST = 256  # moments that the learner reads; of longer demonstrations, evenly spaced ones
_NEAR = (
    0.03  # m, to a moment that was shown: so near, what was done there goes before the learner's
)


class Policy:
    """A learner that reads demonstrations as (observation, action) pairs, and is then the policy.

    With d the distance to the nearest moment that was shown, its action is w a + (1 - w) b, where
    w = exp(-(d / 3 cm)²), a is what the expert did at the nearest moment and b what the learner
    would do: near what was shown nothing is better than to repeat it, and a learner that has met
    many kinds of manipulation knows what to do elsewhere.

    >>> policy = Policy(ys.load("metaworld-ml45")).read(demonstrate("door-lock-v3", 3, seed=0))
    >>> reached = Worlds("door-lock-v3", seed=1).run(Nudged(policy), steps=300)
    """

    def __init__(self, learner: Learner):
        self.learner = (
            learner.with_capacity(_AT_MOST) if isinstance(learner, AttentiveProcess) else learner
        )
        self._show(*_pairs([]))

    def read(self, demonstrations: Sequence[Demonstration]) -> "Policy":
        """The policy of these demonstrations. Raises UserError where there are none."""
        if not demonstrations:
            raise UserError("There are no demonstrations to read.")
        other = Policy.__new__(Policy)
        other.learner = self.learner
        other._show(*_pairs(demonstrations))
        return other

    def _show(self, x: np.ndarray, y: np.ndarray) -> None:
        kept = np.linspace(0, len(x) - 1, min(len(x), _AT_MOST)).astype(int)
        self.mapping: Mapping = adapt(self.learner, x[kept], y[kept])
        self._shown, self._done = alike(x), np.clip(action(y), -1, 1)

    def __call__(self, seen: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        """The actions at n observations (`worlds.OBSERVED`), -1 to 1."""
        x = np.asarray(_inputs(seen))
        learned = np.clip(self._learned(x), -1, 1)
        if not len(self._shown):
            return learned
        apart = np.linalg.norm(alike(x)[:, None] - self._shown[None], axis=2)
        repeated = self._done[apart.argmin(axis=1)]
        weight = np.exp(-((apart.min(axis=1, keepdims=True) / _NEAR) ** 2))
        return weight * repeated + (1 - weight) * learned

    def _learned(self, x: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        """What the learner would do: of several actions that are possible, where it has a mixture,
        the most probable one, never what lies between.
        """
        predicted = self.mapping(x)
        if not isinstance(predicted, GaussianMixture):
            return action(np.asarray(predicted.mean))
        best = jnp.argmax(predicted.logits, axis=-1, keepdims=True)
        return action(np.asarray(jnp.take_along_axis(predicted.means, best, axis=-1)[..., 0]))


def _pairs(demonstrations: Sequence[Demonstration]) -> tuple[np.ndarray, np.ndarray]:
    seen = np.concatenate([np.zeros((0, 21), np.float32), *(d.seen for d in demonstrations)])
    acted = np.concatenate([np.zeros((0, Y_DIM), np.float32), *(d.acted for d in demonstrations)])
    return np.asarray(_inputs(seen)), np.asarray(outputs(jnp.asarray(acted)))


_inputs = jax.jit(inputs)
