"""Baselines of agents: classical algorithms, optimal policies, and reference policies."""

from yingshe.applications.agents.baselines.bayes_optimal_bandit import bayes_optimal_value
from yingshe.applications.agents.baselines.hidden_goal import BeliefOptimalPolicy, search_plan
from yingshe.applications.agents.baselines.mdps import optimal_value
from yingshe.applications.agents.baselines.reference_policies import FullyObservable, Memoryless
from yingshe.applications.agents.baselines.registry import baseline_policies, experts

__all__ = [
    "BeliefOptimalPolicy",
    "FullyObservable",
    "Memoryless",
    "baseline_policies",
    "bayes_optimal_value",
    "experts",
    "optimal_value",
    "search_plan",
]
