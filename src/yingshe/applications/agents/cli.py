"""Command `yingshe agents`, and the agents of `yingshe train` and `yingshe evaluate`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yingshe.command_line.command import Action, Command, replace_renamed

if TYPE_CHECKING:
    from yingshe.command_line.loaded_model import LoadedModel

ZOO_CARTPOLE = "cartpole"
"""Agent of the zoo for cart-poles."""
ZOO_MEMORYLESS = "cartpole-memoryless"
"""Learner of the zoo trained as `Memoryless` on the same cart-poles."""
ZOO_BANDIT = "bandit-{horizon}-{num_arms}"
"""Agents of the zoo for bandits."""

_RENAMED_EVALUATE = {
    "--trials": "--tasks",
    "--planners": "--baselines",
    "--no-planners": "--no-baselines",
}


@dataclass(frozen=True)
class EvaluateOptions:
    """Evaluation of an agent in new environments."""

    tasks: int = 2000
    """Number of tasks: environments with a trial each. All policies share common random numbers."""
    greedy: bool = True
    """Take the most probable actions; --no-greedy samples them, as in training."""
    baselines: bool = True
    """Evaluate the baselines for these environments as well."""
    seed: int = 1000
    """Seed of the environments and of their noise."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot of the return by episode to write, .png or .svg."""


@dataclass(frozen=True)
class EvaluateModelOptions(EvaluateOptions):
    """Evaluation of an agent in new environments, next to baselines."""

    model: str = ZOO_CARTPOLE
    """Run directory, .safetensors file, or zoo model."""


@dataclass(frozen=True)
class DemoOptions:
    """Agents that find the best arm, and the direction in which their own motor pushes."""

    plot: Path = Path("yingshe-demo-agents.png")
    """Plot to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-agents.gif")
    """Animation to write, .gif: a cart with a reversed motor; an agent without memory above, one
    with memory below."""
    seed: int = 0
    """Seed of the environments and of their noise."""


def train_environment(args: Sequence[str]) -> None:
    """Train an agent, and print its return and its run directory.

    Args:
        args: Environment, its options, then a learner's name, its options and training options.

    Raises:
        UserError: An environment, a learner, an expert or an option does not exist or fit.
    """
    from yingshe.applications.agents._train_command import train

    train(args)


def evaluate_model(loaded_model: "LoadedModel", args: Sequence[str]) -> None:
    """Evaluate an agent in new environments, and print its returns and those of baselines.

    Args:
        loaded_model: The trained learner with the metadata of its file.
        args: Options of `EvaluateOptions`.

    Raises:
        UserError: The environments are not built in, or an option does not fit.
    """
    from yingshe.applications.agents._evaluate_command import evaluate
    from yingshe.command_line.options import parse

    prog = f"yingshe evaluate {loaded_model.name}"
    options = parse(EvaluateOptions, replace_renamed(args, _RENAMED_EVALUATE), prog=prog)
    evaluate(loaded_model, options)


def _train(args: Sequence[str], options: None) -> None:
    train_environment(args)


def _evaluate(args: Sequence[str], options: EvaluateModelOptions) -> None:
    from yingshe.applications.agents._evaluate_command import evaluate
    from yingshe.command_line.loaded_model import load_model

    evaluate(load_model(options.model), options)


def _demo(args: Sequence[str], options: DemoOptions) -> None:
    from yingshe.applications.agents.demo import run_demo

    run_demo(options)


COMMAND = Command(
    name="agents",
    description=(
        "Agents that adapt to an unknown environment while acting in it (meta-reinforcement\n"
        "learning): bandits, random MDPs, a hidden goal, cart-poles, pendulums, acrobots."
    ),
    actions={
        "train": Action(
            _train, None, "meta-train an agent with PPO, or with DAgger", "ENVIRONMENT", many=True
        ),
        "evaluate": Action(
            _evaluate,
            EvaluateModelOptions,
            "compare an agent with baselines in new environments",
            renamed=_RENAMED_EVALUATE,
            renamed_positional="--model",
        ),
        "demo": Action(
            _demo, DemoOptions, "run agents of the zoo and draw their results", packages=("PIL",)
        ),
    },
    examples=(
        "train bandit --num-arms 5 --horizon 10 --run-dir runs/bandit",
        "train hidden_goal gru --hidden 96 --expert belief-optimal --run-dir runs/goal",
        "evaluate --model runs/bandit --tasks 20000",
        "demo",
    ),
    extra="agents",
)
