"""Distributions over environments in pure JAX; an agent identifies each task while it acts."""

from yingshe.applications.agents.environments.acrobot import Acrobot, AcrobotParams
from yingshe.applications.agents.environments.bandit import Bandit
from yingshe.applications.agents.environments.base import (
    Action,
    EnvDistribution,
    EnvState,
    Task,
    TimeStep,
)
from yingshe.applications.agents.environments.cartpole import CartPole, CartPoleParams
from yingshe.applications.agents.environments.hidden_goal import HiddenGoal
from yingshe.applications.agents.environments.pendulum import Pendulum, PendulumParams
from yingshe.applications.agents.environments.tabular_mdp import MDPParams, TabularMDP

__all__ = [
    "Acrobot",
    "AcrobotParams",
    "Action",
    "Bandit",
    "CartPole",
    "CartPoleParams",
    "EnvDistribution",
    "EnvState",
    "HiddenGoal",
    "MDPParams",
    "Pendulum",
    "PendulumParams",
    "TabularMDP",
    "Task",
    "TimeStep",
]
