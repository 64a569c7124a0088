"""Policies built from others: functions as policies, and policies that take turns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.applications.policy import Policy

PolicyFn = Callable[[Float[np.ndarray, "n 21"]], Float[np.ndarray, "n 4"]]
"""Function from n observations to n actions."""


@dataclass(frozen=True)
class StatelessPolicy:
    """Policy of a function from observations to actions.

    Args:
        fn: The function.
    """

    fn: PolicyFn

    def init_state(self, task: Any) -> tuple[()]:
        """Return the empty state.

        Args:
            task: Not used.

        Returns:
            The empty state.
        """
        return ()

    def act(
        self, state: tuple[()], step: Float[np.ndarray, "n 21"], key: PRNGKeyArray
    ) -> tuple[Float[np.ndarray, "n 4"], tuple[()]]:
        """Choose one action for each observation.

        Args:
            state: Not used.
            step: Observations of n environments.
            key: Not used.

        Returns:
            Actions (n, 4), and no further information.
        """
        return self.fn(step), ()

    def update(self, state: tuple[()], step: Any, action: Any, result: Any) -> tuple[()]:
        """Return the empty state.

        Args:
            state: Not used.
            step: Not used.
            action: Not used.
            result: Not used.

        Returns:
            The empty state.
        """
        return state


def as_policy(policy: Policy | PolicyFn) -> Policy:
    """Return a policy, given one or a function from observations to actions.

    Args:
        policy: The policy or function.

    Returns:
        The policy.
    """
    return policy if isinstance(policy, Policy) else StatelessPolicy(policy)


@dataclass
class RoundRobinState:
    """State of policies that take turns; it is changed in place."""

    states: list[Any]
    """One state for each policy."""
    steps_taken: int = 0
    """Number of time steps so far."""

    def turn(self, steps: int) -> int:
        """Return the number of the policy that acts now.

        Args:
            steps: Number of time steps of a turn.

        Returns:
            Number of the policy, from 0.
        """
        return self.steps_taken // steps % len(self.states)


class RoundRobinPolicy:
    """Policies that act in turns of a fixed number of time steps.

    Args:
        policies: The policies, or functions from observations to actions.
        steps: Number of time steps of a turn.
    """

    def __init__(self, policies: Sequence[Policy | PolicyFn], *, steps: int):
        self._policies, self._steps = tuple(as_policy(policy) for policy in policies), steps

    def init_state(self, task: Any) -> RoundRobinState:
        """Return the state before the first time step.

        Args:
            task: Name of the task.

        Returns:
            The initial state of all policies.
        """
        return RoundRobinState([policy.init_state(task) for policy in self._policies])

    def act(
        self, state: RoundRobinState, step: Float[np.ndarray, "n 21"], key: PRNGKeyArray
    ) -> tuple[Float[np.ndarray, "n 4"], Any]:
        """Choose the actions of the policy whose turn it is.

        Args:
            state: State of all policies.
            step: Observations of n environments.
            key: PRNG key.

        Returns:
            Actions (n, 4), and the information of the acting policy.
        """
        turn = state.turn(self._steps)
        return self._policies[turn].act(state.states[turn], step, key)

    def update(
        self, state: RoundRobinState, step: Any, action: Any, result: Any
    ) -> RoundRobinState:
        """Return the state after a time step of the policy whose turn it is.

        Args:
            state: State of all policies.
            step: Observations before the actions.
            action: The actions.
            result: Flags of the goals that are reached.

        Returns:
            The same object, changed in place.
        """
        turn = state.turn(self._steps)
        state.states[turn] = self._policies[turn].update(state.states[turn], step, action, result)
        state.steps_taken += 1
        return state
