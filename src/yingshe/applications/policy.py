"""Policies: one protocol for learned agents, baselines and robot controllers."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import PRNGKeyArray


@runtime_checkable
class Policy(Protocol):
    """Policy that may learn from the outcomes of its actions.

    The methods of compiled policies are pure. Controllers outside of JAX may have mutable states.
    """

    def init_state(self, task: Any) -> Any:
        """Return the state before the first time step.

        Args:
            task: The true task; reference policies use it, all others ignore it.

        Returns:
            Initial state.
        """
        ...

    def act(self, state: Any, step: Any, key: PRNGKeyArray) -> tuple[Any, Any]:
        """Choose an action.

        Args:
            state: State of the policy.
            step: Observation at this time step.
            key: PRNG key of this choice.

        Returns:
            The action, and information about the choice; `()` if there is none.
        """
        ...

    def update(self, state: Any, step: Any, action: Any, result: Any) -> Any:
        """Return the state after the outcome of an action.

        Args:
            state: State of the policy.
            step: Observation before the action.
            action: The action taken.
            result: Outcome of the action.

        Returns:
            New state.
        """
        ...


@runtime_checkable
class PlansEpisodes(Protocol):
    """Policy that plans once per episode, because planning at every time step is expensive."""

    def begin_episode(self, state: Any, key: PRNGKeyArray) -> Any:
        """Return the state with a plan for the next episode.

        Args:
            state: State of the policy.
            key: PRNG key of the plan.

        Returns:
            New state.
        """
        ...


@runtime_checkable
class SwitchesTask(Protocol):
    """Reference policy that receives the new task when the task changes."""

    def switch_task(self, state: Any, task: Any) -> Any:
        """Return the state for a new task.

        Args:
            state: State of the policy.
            task: The new task.

        Returns:
            New state.
        """
        ...


@runtime_checkable
class Simulation(Protocol):
    """Environment outside of JAX, stepped from Python."""

    def reset(self) -> Any:
        """Start the episode.

        Returns:
            First observation.
        """
        ...

    def advance(self, action: Any) -> tuple[Any, Any]:
        """Apply an action.

        Args:
            action: Action of the policy.

        Returns:
            Outcome of the action, and the next observation.
        """
        ...


class Transition(NamedTuple):
    """Time step of `simulate`."""

    step: Any
    """Observation before the action."""
    action: Any
    """Action of the policy."""
    info: Any
    """Information about the choice of the action."""
    result: Any
    """Outcome of the action."""
    seconds: float
    """Wall-clock seconds of `act` and `update`, without the simulation."""
    state: Any
    """State of the policy after the update."""


def simulate(
    simulation: Simulation,
    policy: Policy,
    *,
    task: Any,
    steps: int,
    keys: Any,
    switch: tuple[int, Any] | None = None,
) -> Iterator[Transition]:
    """Run a policy in a simulation and yield every time step.

    Args:
        simulation: The environment.
        policy: The policy; it starts from its initial state.
        task: The true task, passed to `init_state`.
        steps: Number of time steps.
        keys: PRNG keys, indexed by time step.
        switch: Time step and new task, passed to policies with `switch_task`. The simulation must
            change its task itself.

    Yields:
        Every time step.
    """
    state = policy.init_state(task)
    step = simulation.reset()
    for t in range(steps):
        if switch is not None and t == switch[0] and isinstance(policy, SwitchesTask):
            state = policy.switch_task(state, switch[1])
        start = time.perf_counter()
        action, info = policy.act(state, step, keys[t])
        seconds = time.perf_counter() - start
        result, next_step = simulation.advance(action)
        start = time.perf_counter()
        state = policy.update(state, step, action, result)
        seconds += time.perf_counter() - start
        yield Transition(step, action, info, result, seconds, state)
        step = next_step
