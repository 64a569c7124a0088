"""Agents that adapt to a new environment while acting in it."""

from typing import TYPE_CHECKING

from yingshe.applications.agents._encoding import learner_dims, learner_kwargs
from yingshe.applications.agents.dagger import DAggerConfig
from yingshe.applications.agents.environments import EnvDistribution
from yingshe.applications.agents.evaluation import evaluate_policy, return_curve
from yingshe.applications.agents.model import Agent, LearnerPolicy
from yingshe.applications.agents.ppo import PPOConfig
from yingshe.applications.agents.rollout import rollout, rollout_batch
from yingshe.applications.agents.tasks import ENVIRONMENTS
from yingshe.applications.agents.training import train_dagger, train_ppo

if TYPE_CHECKING:
    from yingshe.applications.agents.gymnasium_envs import GymnasiumEnvDistribution

__all__ = [
    "ENVIRONMENTS",
    "Agent",
    "DAggerConfig",
    "EnvDistribution",
    "GymnasiumEnvDistribution",
    "LearnerPolicy",
    "PPOConfig",
    "evaluate_policy",
    "learner_dims",
    "learner_kwargs",
    "return_curve",
    "rollout",
    "rollout_batch",
    "train_dagger",
    "train_ppo",
]


def __getattr__(name: str):
    # Gymnasium is an optional dependency.
    if name == "GymnasiumEnvDistribution":
        from yingshe.applications.agents.gymnasium_envs import GymnasiumEnvDistribution

        return GymnasiumEnvDistribution
    raise AttributeError(f"module 'yingshe.applications.agents' has no attribute '{name}'")
