"""Policies that are not learned: what agents are to stand beside, and the limits of all."""

from yingshe.applications.agents.planners.bandit_optimum import bayes_optimal_value
from yingshe.applications.agents.planners.beside import beside, teachers
from yingshe.applications.agents.planners.grid import Search, search_plan
from yingshe.applications.agents.planners.mdps import optimal_value
from yingshe.applications.agents.planners.play import Move, Policy, play, play_policy

__all__ = [
    "Move",
    "Policy",
    "Search",
    "bayes_optimal_value",
    "beside",
    "optimal_value",
    "play",
    "play_policy",
    "search_plan",
    "teachers",
]
