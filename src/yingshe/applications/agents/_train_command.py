"""Training of agents from the command line: options of environment, learner and training."""

import dataclasses
import inspect
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax

from yingshe import _format_0_1, zoo
from yingshe.applications.agents._encoding import learner_kwargs
from yingshe.applications.agents.baselines import Memoryless, experts
from yingshe.applications.agents.dagger import DAggerConfig
from yingshe.applications.agents.environments import EnvDistribution
from yingshe.applications.agents.ppo import PPOConfig
from yingshe.applications.agents.tasks import ENVIRONMENTS, RENAMED
from yingshe.applications.agents.training import train_dagger, train_ppo
from yingshe.applications.policy import Policy
from yingshe.command_line.command import HELP, replace_renamed, warn_renamed
from yingshe.command_line.options import build, options_of, parse
from yingshe.command_line.run_options import RunOptions, next_run_dir
from yingshe.command_line.task_source import (
    join_names,
    learner_options,
    names_of,
    prefixed,
    split_at_learner,
    upgrade_options,
)
from yingshe.errors import UserError, did_you_mean
from yingshe.learners import LEARNERS

_DEFAULT_LEARNERS = {"bandit": "deep_sets", "mdp": "value_iteration_network"}
_DEFAULT_LEARNER = "gru"

_USAGE = f"""usage: yingshe agents train ENVIRONMENT [its options] [LEARNER] [other options]

ENVIRONMENT  {", ".join(ENVIRONMENTS)}
LEARNER      {join_names(LEARNERS, indent=13)};
             by default deep_sets for bandits, value_iteration_network for MDPs, gru for all others

`yingshe agents train ENVIRONMENT [LEARNER] --help` lists all their options.
"""


@dataclass(frozen=True)
class SourceOptions:
    """Source of the training signal."""

    expert: str | None = None
    """Expert to imitate with DAgger, instead of reinforcement learning with PPO."""
    init_from: Path | None = None
    """Run directory or file of a trained learner to continue from, of the same kind."""
    memoryless: bool = False
    """Baseline without memory: every time step is treated as the first of a trial."""


def train(args: Sequence[str]) -> None:
    """Train an agent, and print its return and its run directory."""
    if not args or args[0] in HELP:
        print(_USAGE, end="")
        return
    name, learner_name, options = _parse_train(args)
    env_distribution = build(ENVIRONMENTS[name], options.environment)
    learner_key, train_key = jax.random.split(jax.random.key(options.run.seed))
    kwargs = learner_kwargs(learner_name, env_distribution)
    learner = build(LEARNERS[learner_name], options.learner, **kwargs, key=learner_key)
    if options.source.init_from is not None:
        learner = zoo.load(options.source.init_from)
    if options.source.memoryless:
        learner = Memoryless(learner)
    run_dir = options.run.run_dir or next_run_dir(f"{name}-{learner_name}")
    if options.source.expert is not None:
        expert = _make_expert(options.source.expert, name, env_distribution)
        train_dagger(
            learner,
            env_distribution,
            expert,
            options.training,
            key=train_key,
            run_dir=run_dir,
            progress=True,
        )
    else:
        train_ppo(
            learner,
            env_distribution,
            options.training,
            key=train_key,
            run_dir=run_dir,
            progress=True,
        )
    last = json.loads((run_dir / "metrics.jsonl").read_text().splitlines()[-1])
    print(
        f"trained for {last['step']} steps in {last['seconds']:.0f} s: mean return of a trial "
        f"{-last['validation_loss']:.2f}\nrun directory: {run_dir}; evaluate it in new "
        f"environments:\n  yingshe evaluate {run_dir}"
    )


def _parse_train(args: Sequence[str]):
    """Return the environment's key, the learner's key, and all options."""
    name, *words = args
    before, learner_name, after = split_at_learner(words)
    if name in RENAMED:
        # In 0.1 an option before the learner's name that both have was the environment's.
        before = replace_renamed(before, {"--steps": "--episode-steps"})
        warn_renamed(name, RENAMED[name])
        name = RENAMED[name]
    if name not in ENVIRONMENTS:
        raise UserError(f"There is no environment '{name}'." + did_you_mean(name, ENVIRONMENTS))
    learner_name = learner_name or _DEFAULT_LEARNERS.get(name, _DEFAULT_LEARNER)
    # pyright takes properties that make abstract fields concrete for arguments.
    default = ENVIRONMENTS[name]()  # pyright: ignore[reportCallIssue]
    flags = {word.partition("=")[0] for word in words}
    config = DAggerConfig if flags & {"--expert", "--teacher"} else PPOConfig
    common = names_of(config) | names_of(RunOptions) | names_of(SourceOptions)
    # Options that the environments determine are not for the user.
    own = _drop_fields(
        learner_options(learner_name, prefixed=common), set(learner_kwargs(learner_name, default))
    )
    env_names = names_of(options_of(ENVIRONMENTS[name]))
    names = env_names | common | names_of(own)
    before, after = (_upgrade(words, name, learner_name, names) for words in (before, after))
    clashing = env_names & (common | names_of(own))
    env_options = options_of(ENVIRONMENTS[name], prefix="family", prefixed=clashing)
    all_options = dataclasses.make_dataclass(
        "Train",
        [
            ("environment", env_options),
            ("learner", own),
            ("training", config),
            ("source", SourceOptions),
            ("run", RunOptions),
        ],
    )
    options = parse(
        all_options,
        [prefixed(word, clashing) for word in before] + after,
        prog=f"yingshe train {name} {learner_name}",
        description=f"{inspect.getdoc(ENVIRONMENTS[name])}",
    )
    return name, learner_name, options


def _upgrade(args: Sequence[str], name: str, learner_name: str, names: set[str]) -> list[str]:
    """Replace options of 0.1, with a warning for each."""
    table = _format_0_1.TRAIN_AGENT | {"teacher": "expert", "start": "init_from"}
    table |= _format_0_1.ENVIRONMENT_OPTIONS.get(name, {})
    renamed = {
        f"--{old.replace('_', '-')}": f"--{new.replace('_', '-')}"
        for old, new in table.items()
        if new in names and old not in names
    }
    return upgrade_options(replace_renamed(args, renamed), names, learner=learner_name)


def _drop_fields(options: type, names: set[str]) -> type:
    """Return an options dataclass without some of its fields."""
    fields = [
        (field.name, field.type, field)
        for field in dataclasses.fields(options)
        if field.name not in names
    ]
    return dataclasses.make_dataclass(options.__name__, fields, frozen=True)


def _make_expert(expert: str, name: str, env_distribution: EnvDistribution) -> Policy:
    available = experts(env_distribution)
    if expert not in available:
        raise UserError(
            f"There is no expert '{expert}' for '{name}'."
            + (did_you_mean(expert, available) if available else " These environments have none.")
        )
    return available[expert]()
