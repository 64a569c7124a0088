"""Evaluation of agents from the command line."""

import json

import jax
import numpy as np
from rich.console import Console

from yingshe._validation import check_min
from yingshe.applications.agents.baselines import baseline_policies
from yingshe.applications.agents.cli import EvaluateOptions
from yingshe.applications.agents.evaluation import (
    comparison_table,
    evaluate_policy,
    return_curve,
    trial_intervals,
)
from yingshe.applications.agents.model import LearnerPolicy
from yingshe.applications.agents.tasks import build_environments
from yingshe.command_line.loaded_model import LoadedModel
from yingshe.command_line.output import check_writable
from yingshe.errors import UserError
from yingshe.serialization import write_atomically

_MAX_PRINTED_EPISODES = 10


def evaluate(loaded_model: LoadedModel, options: EvaluateOptions) -> None:
    """Compare an agent with baselines in new environments, and print and write the figures."""
    check_writable(options.json, plot=options.plot)
    check_min("tasks", options.tasks, 2)  # an interval needs two
    if "environments" not in loaded_model.metadata:
        raise UserError(f"{loaded_model.name} is not an agent: it was not trained to act.")
    env_distribution = build_environments(loaded_model.metadata["environments"])
    policies = {"agent": lambda: LearnerPolicy(loaded_model.learner, greedy=options.greedy)}
    if options.baselines:
        policies |= baseline_policies(env_distribution)
    key = jax.random.key(options.seed)
    returns = {
        name: evaluate_policy(env_distribution, make(), key, num_trials=options.tasks)
        for name, make in policies.items()
    }
    title, episodes = loaded_model.metadata["environments"]["name"], env_distribution.episodes
    console = Console()
    console.print(comparison_table(returns, reference="agent", seed=options.seed))
    shown = np.linspace(0, episodes - 1, min(episodes, _MAX_PRINTED_EPISODES)).round().astype(int)
    if episodes > 1:
        console.print(
            return_curve(
                returns,
                learners=("agent",),
                title=title,
                seed=options.seed,
                episodes=tuple(shown.tolist()),
            )
        )
    curve = return_curve(returns, learners=("agent",), title=title, seed=options.seed)
    if options.json is not None:
        trials = trial_intervals(returns, reference="agent", seed=options.seed)
        figures = {**curve.to_dict(), "trials": trials}
        text = json.dumps(figures, indent=1, ensure_ascii=False, allow_nan=False)
        write_atomically(options.json, f"{text}\n".encode())
        print(f"figures: {options.json}")
    if options.plot is not None:
        curve.plot(options.plot)
        print(f"plot: {options.plot}")
