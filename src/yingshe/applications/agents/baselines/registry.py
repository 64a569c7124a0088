"""Baselines and experts by distribution over environments."""

import math
from collections.abc import Callable
from typing import NamedTuple

from yingshe.applications.agents.baselines import bandits, hidden_goal, mdps
from yingshe.applications.agents.environments import (
    Bandit,
    EnvDistribution,
    HiddenGoal,
    TabularMDP,
)
from yingshe.applications.policy import Policy

RANDOM = "random"
"""Name of the random policy."""


class _Constants(NamedTuple):
    """Constants of policies for bandits."""

    epsilon: float
    bonus_scale: float
    """Scale of UCB1's bonus."""
    samples: int
    """Number of samples of optimistic Thompson sampling."""


# Tuned on instances of seed 100, which no table reports: 1,000 bandits, 500 MDPs.
_CONSTANTS = {  # by horizon; about the same for 5, 10 and 50 arms
    10: _Constants(epsilon=0.005, bonus_scale=0.1, samples=16),
    100: _Constants(epsilon=0.01, bonus_scale=0.2, samples=8),
    500: _Constants(epsilon=0.05, bonus_scale=0.2, samples=8),
}


def baseline_policies(env_distribution: EnvDistribution) -> dict[str, Callable[[], Policy]]:
    """Return the baselines for these environments.

    All are given the distribution of tasks. Their constants are tuned; a bandit takes those of the
    horizon that is closest in logarithm.

    Args:
        env_distribution: A built-in distribution.

    Returns:
        Name -> function without arguments that makes the policy; empty where none is known.
    """
    if isinstance(env_distribution, Bandit):
        arms, horizon = env_distribution.num_arms, env_distribution.horizon
        constants = _CONSTANTS[min(_CONSTANTS, key=lambda tuned: abs(math.log(tuned / horizon)))]
        return {
            RANDOM: lambda: bandits.RandomArm(arms),
            "greedy": lambda: bandits.Greedy(arms),
            "ε-greedy": lambda: bandits.EpsilonGreedy(arms, constants.epsilon),
            "Thompson": lambda: bandits.Thompson(arms),
            "optimistic Thompson": lambda: bandits.OptimisticThompson(arms, constants.samples),
            "UCB1": lambda: bandits.UCB1(arms, constants.bonus_scale),
            "Gittins": lambda: bandits.Gittins(arms, horizon),
            "finite-horizon Gittins": lambda: bandits.FiniteHorizonGittins(arms, horizon),
        }
    if isinstance(env_distribution, TabularMDP):
        return {
            RANDOM: lambda: mdps.RandomPolicy(env_distribution),
            "greedy": lambda: mdps.GreedyPolicy(env_distribution),
            "ε-greedy": lambda: mdps.EpsilonGreedyPolicy(env_distribution, epsilon=0.02),
            "PSRL": lambda: mdps.PSRL(env_distribution),
            "OPSRL": lambda: mdps.OPSRL(env_distribution, samples=2),
            "UCRL2": lambda: mdps.UCRL2(env_distribution, bonus_scale=0.02),
            "BEB": lambda: mdps.BEB(env_distribution, bonus=10.0),
        }
    if isinstance(env_distribution, HiddenGoal):
        return {"belief-optimal": lambda: hidden_goal.BeliefOptimalPolicy(env_distribution)}
    return {}


_EXPERTS = ("Gittins", "finite-horizon Gittins", "belief-optimal")


def experts(env_distribution: EnvDistribution) -> dict[str, Callable[[], Policy]]:
    """Return the baselines that are worth imitating, under the names of the command line.

    Args:
        env_distribution: A built-in distribution.

    Returns:
        Name, such as "finite-horizon-gittins" -> function that makes the policy.
    """
    return {
        name.lower().replace(" ", "-"): make
        for name, make in baseline_policies(env_distribution).items()
        if name in _EXPERTS
    }
