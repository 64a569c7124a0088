"""A hand that has come to rest is pushed on."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Act = Callable[[Float[np.ndarray, "n 21"]], Float[np.ndarray, "n 4"]]
"""A policy: from n observations to n actions."""

_STILL = 0.002  # m in a step: less is no motion
_PATIENCE = 8  # steps without motion
_PUSH = 5  # steps
_ALONG, _ASIDE = 0.5, 0.3  # of the largest action: along the last motion, and at random
_HARDER, _HARDEST = 0.25, 3.0  # each push that changes nothing is followed by a harder one


class Nudged:
    """A policy, and a push where it has stopped: for one episode in each of n worlds.

    Where a script goes from one phase to the next, a policy that was learned from examples may
    come to rest a little before: what it knows of both sides cancels out. After 8 steps without
    motion the hand is pushed for 5, along its last motion and at random.
    """

    def __init__(self, act: Act, *, seed: int = 0):
        self._act, self._generator = act, np.random.default_rng(seed)
        self._hand: Float[np.ndarray, "n 3"] | None = None

    def __call__(self, seen: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        action, hand = np.array(self._act(seen), np.float32), seen[:, :3]
        if self._hand is None:
            self._begin(hand)
        motion = hand - self._hand
        self._hand = hand.copy()
        moving = np.linalg.norm(motion, axis=1) > _STILL
        smooth = 0.8 * self._motion + 0.2 * motion
        self._motion = np.where(moving[:, None], smooth, self._motion)
        self._still = np.where(moving, 0, self._still + 1)
        begins = (self._still >= _PATIENCE) & (self._left == 0)
        self._pushes += begins
        length = np.linalg.norm(self._motion, axis=1, keepdims=True)
        along = self._motion / np.maximum(length, 1e-6)
        force = np.minimum(1 + _HARDER * (self._pushes - 1), _HARDEST)[:, None]
        push = force * (_ALONG * along + _ASIDE * self._generator.normal(size=hand.shape))
        self._push = np.where(begins[:, None], push, self._push)
        self._left = np.where(begins, _PUSH, np.maximum(self._left - 1, 0))
        self._still = np.where(begins, 0, self._still)
        pushed = np.clip(action[:, :3], -1, 1) + self._push
        action[:, :3] = np.where((self._left > 0)[:, None], pushed, action[:, :3])
        return action

    def _begin(self, hand: Float[np.ndarray, "n 3"]) -> None:
        n = len(hand)
        self._hand, self._motion, self._push = hand.copy(), np.zeros((n, 3)), np.zeros((n, 3))
        self._still, self._left, self._pushes = np.zeros(n), np.zeros(n, int), np.zeros(n)
