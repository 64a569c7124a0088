"""Which planners stand beside an agent, and which can teach it."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from yingshe.applications.agents.environments import (
    Action,
    Bandit,
    EnvironmentFamily,
    HiddenGoal,
    TabularMDP,
)
from yingshe.applications.agents.planners import bandits, grid, mdps
from yingshe.applications.agents.planners.play import Move, Policy
from yingshe.applications.agents.play import Outcome, Seen


class PolicyPlays(eqx.Module):
    """A planner as a player, for whoever wants its actions one at a time: a pupil."""

    policy: Policy

    def begin(self, task) -> Any:
        return self.policy.init()

    def act(self, state: Any, seen: Seen, key: PRNGKeyArray) -> tuple[Action, tuple[()]]:
        # `learn` cannot begin an episode: it does not know yet whether there is another.
        _, act_key = jax.random.split(key)
        return self.policy.act(self._begun(state, seen, key), seen.observation, act_key), ()

    def learn(self, state: Any, seen: Seen, action: Action, outcome: Outcome) -> Any:
        begun = self._begun(state, seen, jax.random.key(0))
        move = Move(
            seen.observation, action, outcome.reward, outcome.observation, outcome.terminated
        )
        return self.policy.learn(begun, move)

    def _begun(self, state: Any, seen: Seen, key: PRNGKeyArray) -> Any:
        begun = self.policy.begin(state, key)
        return jax.tree.map(lambda new, old: jnp.where(seen.start, new, old), begun, state)


class _Constants(NamedTuple):
    """Of policies for bandits."""

    epsilon: float
    width: float
    """Of UCB1's intervals."""
    samples: int
    """Of optimistic Thompson sampling."""


# Tuned on instances of seed 100, which no table reports: 1,000 bandits, 500 MDPs.
_CONSTANTS = {  # by pulls; about the same for 5, 10 and 50 arms
    10: _Constants(epsilon=0.005, width=0.1, samples=16),
    100: _Constants(epsilon=0.01, width=0.2, samples=8),
    500: _Constants(epsilon=0.05, width=0.2, samples=8),
}


def beside(family: EnvironmentFamily) -> dict[str, Callable[[], Policy]]:
    """Planners for these environments by name, each made by a call; none where none is known.

    Their constants are tuned, for bandits at the most similar number of pulls. All know how tasks
    are drawn.
    """
    if isinstance(family, Bandit):
        arms, pulls = family.arms, family.pulls
        constants = _CONSTANTS[min(_CONSTANTS, key=lambda tuned: abs(math.log(tuned / pulls)))]
        return {
            "random": lambda: bandits.RandomArm(arms),
            "greedy": lambda: bandits.Greedy(arms),
            "ε-greedy": lambda: bandits.EpsilonGreedy(arms, constants.epsilon),
            "Thompson": lambda: bandits.Thompson(arms),
            "optimistic Thompson": lambda: bandits.OptimisticThompson(arms, constants.samples),
            "UCB1": lambda: bandits.UCB1(arms, constants.width),
            "Gittins": lambda: bandits.Gittins(arms, pulls),
            "finite-horizon Gittins": lambda: bandits.FiniteHorizonGittins(arms, pulls),
        }
    if isinstance(family, TabularMDP):
        return {
            "random": lambda: mdps.RandomChoice(family),
            "greedy": lambda: mdps.Greedy(family),
            "ε-greedy": lambda: mdps.EpsilonGreedy(family, epsilon=0.02),
            "PSRL": lambda: mdps.PSRL(family),
            "OPSRL": lambda: mdps.OPSRL(family, samples=2),
            "UCRL2": lambda: mdps.UCRL2(family, scale=0.02),
            "BEB": lambda: mdps.BEB(family, bonus=10.0),
        }
    if isinstance(family, HiddenGoal):
        return {"belief-optimal": lambda: grid.Search(family)}
    return {}


_TEACHERS = ("Gittins", "finite-horizon Gittins", "belief-optimal")


def teachers(family: EnvironmentFamily) -> dict[str, Callable[[], PolicyPlays]]:
    """Those of them that are worth imitating, as players; in words of a command line."""
    return {
        name.lower().replace(" ", "-"): lambda make=make: PolicyPlays(make())
        for name, make in beside(family).items()
        if name in _TEACHERS
    }
