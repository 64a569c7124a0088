"""Recovery of a policy whose hand has come to rest before the goal."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.applications.policy import Policy
from yingshe.applications.robots.metaworld.control import PolicyFn, as_policy

_MIN_MOTION = 0.002  # m per time step; less counts as no motion
_PATIENCE = 8  # time steps without motion before a push
_PUSH_STEPS = 5
_ALONG_SCALE, _RANDOM_SCALE = 0.5, 0.3  # of the largest action: along the last motion; random
_FORCE_INCREASE, _MAX_FORCE = 0.25, 3.0  # each further push is stronger
_SMOOTHING = 0.8  # of the estimate of the last motion


@dataclass
class StallRecoveryState:
    """State of the recovery in n environments; it is changed in place."""

    inner: Any
    """State of the wrapped policy."""
    rng: np.random.Generator
    """Random number generator of the pushes."""
    hand: Float[np.ndarray, "n 3"] | None = None
    """Last position of the hand; None before the first time step."""
    motion: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    """Smoothed last motion (n, 3), m per time step."""
    push: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    """Displacement that is added while a push lasts (n, 3)."""
    still_steps: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Number of time steps without motion (n,)."""
    push_steps_left: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    """Remaining time steps of the push (n,)."""
    num_pushes: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Number of pushes so far (n,)."""

    def start(self, hand: Float[np.ndarray, "n 3"]) -> None:
        """Set all counters for n environments.

        Args:
            hand: Positions of the hand.
        """
        n = len(hand)
        self.hand, self.motion, self.push = hand.copy(), np.zeros((n, 3)), np.zeros((n, 3))
        self.still_steps, self.num_pushes = np.zeros(n), np.zeros(n)
        self.push_steps_left = np.zeros(n, int)


class StallRecovery:
    """Policy wrapper that pushes a hand at rest.

    A policy learned from examples may stop shortly before a change of phase, where its predictions
    for both phases cancel. After 8 time steps without motion the hand is pushed for 5, along its
    last motion and at random.

    Args:
        policy: Policy to wrap, or a function from observations to actions.
        seed: Seed of the random part of the pushes.
    """

    def __init__(self, policy: Policy | PolicyFn, *, seed: int = 0):
        self._policy, self._seed = as_policy(policy), seed

    def init_state(self, task: Any) -> StallRecoveryState:
        """Return the state before the first time step.

        Args:
            task: Name of the task.

        Returns:
            The initial state.
        """
        return StallRecoveryState(self._policy.init_state(task), np.random.default_rng(self._seed))

    def act(
        self, state: StallRecoveryState, step: Float[np.ndarray, "n 21"], key: PRNGKeyArray
    ) -> tuple[Float[np.ndarray, "n 4"], Any]:
        """Choose the actions of the wrapped policy, with pushes where the hand is at rest.

        Args:
            state: State of the recovery.
            step: Observations of n environments.
            key: PRNG key.

        Returns:
            Actions (n, 4), and the information of the wrapped policy.
        """
        action, info = self._policy.act(state.inner, step, key)
        return _recover(state, np.array(action, np.float32), step[:, :3]), info

    def update(
        self, state: StallRecoveryState, step: Any, action: Any, result: Any
    ) -> StallRecoveryState:
        """Return the state after the wrapped policy's update.

        Args:
            state: State of the recovery.
            step: Observations before the actions.
            action: The actions.
            result: Flags of the goals that are reached.

        Returns:
            The same object, changed in place.
        """
        state.inner = self._policy.update(state.inner, step, action, result)
        return state


def _recover(
    state: StallRecoveryState, action: Float[np.ndarray, "n 4"], hand: Float[np.ndarray, "n 3"]
) -> Float[np.ndarray, "n 4"]:
    if state.hand is None:
        state.start(hand)
    motion = hand - state.hand
    state.hand = hand.copy()
    moving = np.linalg.norm(motion, axis=1) > _MIN_MOTION
    smooth = _SMOOTHING * state.motion + (1 - _SMOOTHING) * motion
    state.motion = np.where(moving[:, None], smooth, state.motion)
    state.still_steps = np.where(moving, 0, state.still_steps + 1)
    begins = (state.still_steps >= _PATIENCE) & (state.push_steps_left == 0)
    state.num_pushes += begins
    speed = np.linalg.norm(state.motion, axis=1, keepdims=True)
    direction = state.motion / np.maximum(speed, 1e-6)
    force = np.minimum(1 + _FORCE_INCREASE * (state.num_pushes - 1), _MAX_FORCE)[:, None]
    noise = state.rng.normal(size=hand.shape)
    push = force * (_ALONG_SCALE * direction + _RANDOM_SCALE * noise)
    state.push = np.where(begins[:, None], push, state.push)
    state.push_steps_left = np.where(begins, _PUSH_STEPS, np.maximum(state.push_steps_left - 1, 0))
    state.still_steps = np.where(begins, 0, state.still_steps)
    pushed = np.clip(action[:, :3], -1, 1) + state.push
    action[:, :3] = np.where((state.push_steps_left > 0)[:, None], pushed, action[:, :3])
    return action
