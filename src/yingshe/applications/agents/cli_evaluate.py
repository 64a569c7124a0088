"""`yingshe evaluate RUN`, where the run is an agent's: what it earns in new environments."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
from rich.console import Console

from yingshe._cli_support.loaded_model import LoadedModel
from yingshe._cli_support.options import parse
from yingshe._cli_support.output import check_writable
from yingshe.applications.agents.environments import ENVIRONMENTS, EnvironmentFamily
from yingshe.applications.agents.judge import (
    comparison,
    mean_with_interval,
    planner_returns,
    returns,
)
from yingshe.applications.agents.planners.beside import beside
from yingshe.applications.agents.reading import LearnerPlays
from yingshe.errors import UserError
from yingshe.serialization import write_atomically


@dataclass(frozen=True)
class EvaluateAgentOptions:
    """What is measured and what is written."""

    trials: int = 2000
    """Trials, each in an environment of its own; all players meet the same ones and the same
    luck."""
    greedy: bool = True
    """Take the most probable actions; --no-greedy draws them, as in training."""
    planners: bool = True
    """Let the planners that are known for these environments play as well."""
    seed: int = 1000
    """Seed of environments and luck."""
    json: Path | None = None
    """Write the figures here."""


def run(trained: LoadedModel, words: Sequence[str]) -> None:
    """Evaluate as the words say, and print the table."""
    options = parse(EvaluateAgentOptions, words, prog=f"yingshe evaluate {trained.name}")
    check_writable(options.json)
    if options.trials < 2:
        raise UserError(f"trials is {options.trials}; an interval wants at least 2.")
    family = environments_of(trained)
    key = jax.random.key(options.seed)
    player = LearnerPlays(trained.learner, greedy=options.greedy)
    found = {"agent": returns(family, player, key, trials=options.trials)}
    if options.planners:
        for name, make in beside(family).items():
            found[name] = planner_returns(family, make(), key, trials=options.trials)
    Console().print(comparison(found, first="agent"))
    if options.json is not None:
        figures = {
            name: {
                "return": mean_with_interval(values.sum(axis=1)),
                "episodes": values.mean(axis=0).tolist(),
            }
            for name, values in found.items()
        }
        write_atomically(options.json, (json.dumps(figures, indent=1) + "\n").encode())
        print(f"figures: {options.json}")


def environments_of(trained: LoadedModel) -> EnvironmentFamily:
    """The environments it was trained in. Raises UserError where they cannot be made here."""
    described = trained.metadata["environments"]
    if described["name"] not in ENVIRONMENTS:
        raise UserError(
            f"{trained.name} acts in {described['name']}, which only Python can make: "
            "see GymnasiumFamily.play."
        )
    return ENVIRONMENTS[described["name"]](**described["options"])
