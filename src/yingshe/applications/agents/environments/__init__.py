"""Families of environments in pure JAX, whose tasks an agent finds out about as it plays."""

from yingshe.applications.agents.environments.acrobot import Acrobot, Links
from yingshe.applications.agents.environments.bandit import Bandit
from yingshe.applications.agents.environments.base import (
    Action,
    EnvironmentFamily,
    EnvironmentState,
    Step,
    Task,
)
from yingshe.applications.agents.environments.cartpole import Cart, CartPole
from yingshe.applications.agents.environments.hidden_goal import HiddenGoal
from yingshe.applications.agents.environments.pendulum import Pendulum, Rod
from yingshe.applications.agents.environments.tabular_mdp import MDP, TabularMDP

ENVIRONMENTS: dict[str, type[EnvironmentFamily]] = {
    "bandit": Bandit,
    "mdp": TabularMDP,
    "grid": HiddenGoal,
    "cartpole": CartPole,
    "pendulum": Pendulum,
    "acrobot": Acrobot,
}

__all__ = [
    "ENVIRONMENTS",
    "MDP",
    "Acrobot",
    "Action",
    "Bandit",
    "Cart",
    "CartPole",
    "EnvironmentFamily",
    "EnvironmentState",
    "HiddenGoal",
    "Links",
    "Pendulum",
    "Rod",
    "Step",
    "TabularMDP",
    "Task",
]
