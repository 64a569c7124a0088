"""Agents that learn a new environment while acting in it."""

from typing import TYPE_CHECKING

from yingshe.applications.agents.agent import Agent
from yingshe.applications.agents.environments import ENVIRONMENTS, EnvironmentFamily
from yingshe.applications.agents.imitation import ImitationConfig
from yingshe.applications.agents.judge import planner_returns, returns
from yingshe.applications.agents.play import play
from yingshe.applications.agents.ppo import PPOConfig
from yingshe.applications.agents.reading import LearnerPlays, dimensions
from yingshe.applications.agents.reinforce import imitate, reinforce

if TYPE_CHECKING:
    from yingshe.applications.agents.gymnasium_family import GymnasiumFamily

__all__ = [
    "ENVIRONMENTS",
    "Agent",
    "EnvironmentFamily",
    "GymnasiumFamily",
    "ImitationConfig",
    "LearnerPlays",
    "PPOConfig",
    "dimensions",
    "imitate",
    "planner_returns",
    "play",
    "reinforce",
    "returns",
]


def __getattr__(name: str):
    # Gymnasium is an extra: only who asks for it needs it.
    if name == "GymnasiumFamily":
        from yingshe.applications.agents.gymnasium_family import GymnasiumFamily

        return GymnasiumFamily
    raise AttributeError(f"module 'yingshe.applications.agents' has no attribute '{name}'")
