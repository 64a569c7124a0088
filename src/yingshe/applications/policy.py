"""Policies: one protocol for learned agents, baselines and robot controllers."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import PRNGKeyArray


@runtime_checkable
class Policy(Protocol):
    """A way to act that may learn from what its actions bring.

    Pure for policies that are compiled; controllers outside of JAX may keep mutable states.
    """

    def init_state(self, task: Any) -> Any:
        """Return the state before the first time step.

        Args:
            task: The true task, for reference policies that are given it; others ignore it.
        """
        ...

    def act(self, state: Any, step: Any, key: PRNGKeyArray) -> tuple[Any, Any]:
        """Choose an action.

        Args:
            state: State of the policy.
            step: What is observed at this time step.
            key: PRNG key of this choice.

        Returns:
            The action, and information about the choice (`()` where there is none).
        """
        ...

    def update(self, state: Any, step: Any, action: Any, result: Any) -> Any:
        """Return the state after the outcome of an action.

        Args:
            state: State of the policy.
            step: What was observed before the action.
            action: The action taken.
            result: What it brought.
        """
        ...


@runtime_checkable
class PlansEpisodes(Protocol):
    """A policy that plans once an episode, which would be wasteful at every time step."""

    def begin_episode(self, state: Any, key: PRNGKeyArray) -> Any:
        """Return the state with a plan for the episode that begins."""
        ...


@runtime_checkable
class SwitchesTask(Protocol):
    """A reference policy that is given the new task when the task changes."""

    def switch_task(self, state: Any, task: Any) -> Any:
        """Return the state that knows the new task."""
        ...


@runtime_checkable
class Simulation(Protocol):
    """An environment outside of JAX, stepped from Python."""

    def reset(self) -> Any:
        """Start the episode and return what is observed first."""
        ...

    def advance(self, action: Any) -> tuple[Any, Any]:
        """Apply an action; return its result, and what is observed next."""
        ...


class Transition(NamedTuple):
    """One time step of `simulate`."""

    step: Any
    """What was observed."""
    action: Any
    info: Any
    result: Any
    """What the action brought."""
    seconds: float
    """Wall-clock time of the policy: `act` and `update`, without the simulation."""
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
        policy: The policy; it gets a new state.
        task: The true task, for policies that are given it.
        steps: Number of time steps.
        keys: PRNG keys by time step: anything that can be indexed by a number.
        switch: Time step and new task, told only to policies with `switch_task`; the simulation
            changes by itself.
    """
    state = policy.init_state(task)
    step = simulation.reset()
    for t in range(steps):
        if switch is not None and t == switch[0] and isinstance(policy, SwitchesTask):
            state = policy.switch_task(state, switch[1])
        start = time.perf_counter()
        action, info = policy.act(state, step, keys[t])
        seconds = time.perf_counter() - start
        result, following = simulation.advance(action)
        start = time.perf_counter()
        state = policy.update(state, step, action, result)
        seconds += time.perf_counter() - start
        yield Transition(step, action, info, result, seconds, state)
        step = following
