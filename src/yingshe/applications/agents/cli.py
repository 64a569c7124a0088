"""`yingshe train ENVIRONMENT`: meta-train a learner to act in environments of a family."""

import dataclasses
import inspect
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax

from yingshe import zoo
from yingshe._cli_support.options import build, options_of, parse
from yingshe._cli_support.run_options import RunOptions, next_run_dir
from yingshe._cli_support.task_source import learner_options, names_of, prefixed, split_at_learner
from yingshe.applications.agents.environments import ENVIRONMENTS
from yingshe.applications.agents.imitation import ImitationConfig
from yingshe.applications.agents.planners.beside import teachers
from yingshe.applications.agents.ppo import PPOConfig
from yingshe.applications.agents.reading import fitting
from yingshe.applications.agents.reinforce import imitate, reinforce
from yingshe.errors import UserError, did_you_mean
from yingshe.learners import LEARNERS

_SUITS = {"bandit": "deep_sets", "mdp": "value_iteration_network"}
"""The learner, where none is named; "gru" for all others."""


@dataclass(frozen=True)
class LearnFrom:
    """What the agent learns from, beside its own play."""

    teacher: str | None = None
    """Imitate a planner that is known for these environments, instead of reinforcement."""
    start: Path | None = None
    """A run or file of a trained learner to start from, of the same options."""


def run(words: Sequence[str]) -> None:
    """Train as the words say, and print where the learner is."""
    name = words[0]
    before, learner_name, after = split_at_learner(words[1:])
    learner_name = learner_name or _SUITS.get(name, "gru")
    # A learner's own options that the environments decide are none of the user's.
    # pyright takes properties that make abstract fields concrete for arguments.
    usual = ENVIRONMENTS[name]()  # pyright: ignore[reportCallIssue]
    decided = set(fitting(learner_name, usual))
    taught = any(word.partition("=")[0] == "--teacher" for word in words)
    config = ImitationConfig if taught else PPOConfig
    others = names_of(config) | names_of(RunOptions) | names_of(LearnFrom)
    own = _without(learner_options(learner_name, prefixed=others), decided)
    clashing = names_of(options_of(ENVIRONMENTS[name])) & (others | names_of(own))
    family_options = options_of(ENVIRONMENTS[name], prefix="family", prefixed=clashing)
    together = dataclasses.make_dataclass(
        "Train",
        [
            ("family", family_options),
            ("learner", own),
            ("training", config),
            ("source", LearnFrom),
            ("run", RunOptions),
        ],
    )
    options = parse(
        together,
        [prefixed(word, clashing) for word in before] + after,
        prog=f"yingshe train {name} {learner_name}",
        description=f"{inspect.getdoc(ENVIRONMENTS[name])}",
    )
    family = build(ENVIRONMENTS[name], options.family)
    learner_key, train_key = jax.random.split(jax.random.key(options.run.seed))
    learner = build(
        LEARNERS[learner_name], options.learner, **fitting(learner_name, family), key=learner_key
    )
    if options.source.start is not None:
        learner = zoo.load(options.source.start)
    folder = options.run.run or next_run_dir(f"{name}-{learner_name}")
    if taught:
        known = teachers(family)
        if options.source.teacher not in known:
            raise UserError(
                f"There is no teacher '{options.source.teacher}' for '{name}'."
                + (did_you_mean(options.source.teacher, known) or " There is none at all.")
            )
        teacher = known[options.source.teacher]()
        imitate(
            learner, family, teacher, options.training, key=train_key, run_dir=folder, progress=True
        )
    else:
        reinforce(learner, family, options.training, key=train_key, run_dir=folder, progress=True)
    last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
    print(
        f"trained for {last['step']} steps in {last['seconds']:.0f} s: a trial's return is "
        f"{-last['validation_loss']:.2f}\nthe run is in {folder}; judge it in new environments:\n"
        f"  yingshe evaluate {folder}"
    )


def _without(options: type, names: set[str]) -> type:
    """The same options but for some."""
    fields = [
        (field.name, field.type, field)
        for field in dataclasses.fields(options)
        if field.name not in names
    ]
    return dataclasses.make_dataclass(options.__name__, fields, frozen=True)
