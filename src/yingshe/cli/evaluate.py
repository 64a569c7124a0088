"""`yingshe evaluate`: evaluate a trained model on held-out tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
from rich.console import Console

from yingshe.applications.agents.cli import evaluate_model
from yingshe.command_line.command import HELP
from yingshe.command_line.loaded_model import load_model, load_tasks
from yingshe.command_line.output import check_writable
from yingshe.command_line.task_source import Tasks, parse_with_task_source
from yingshe.evaluation import evaluate
from yingshe.serialization import write_atomically

USAGE = """usage: yingshe evaluate MODEL [TASKS] [options]

Evaluate a trained model on held-out tasks.

Prints error and log-likelihood by number of shots with 95 % confidence intervals, next to baselines
that see the same shots and, where it is known, the Bayes-optimal predictor (oracle). For an agent,
prints its return in new environments, next to that of baselines in the same ones.

MODEL    run directory, .safetensors file, or zoo model (list them: yingshe zoo)
TASKS    task family or table with its options; default: the held-out tasks of the run

examples:
  yingshe evaluate runs/sinusoid-rls --shots 0 1 2 5 10 20
  yingshe evaluate runs/sinusoid-rls sinusoid --noise-std 0.3 --plot noisy.png
  yingshe evaluate runs/bandit

`yingshe evaluate MODEL --help` lists the options.
"""


@dataclass(frozen=True)
class EvaluateOptions:
    """Evaluation on held-out tasks."""

    shots: tuple[int, ...] = (0, 1, 2, 5, 10)
    """Numbers of support pairs; they may exceed those of training."""
    tasks: int = 1000
    """Number of tasks to draw; of a table every meta-test task is evaluated."""
    queries: int = 20
    """Number of query pairs of each task; no method observes them."""
    baselines: bool = True
    """Evaluate the baselines as well."""
    seed: int = 1000
    """Seed of tasks and pairs."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot of the curves to write, .png or .svg."""


def run(args: Sequence[str]) -> None:
    """Evaluate a model and print the tables.

    Args:
        args: Command-line arguments after `yingshe evaluate`.

    Raises:
        UserError: An argument does not fit, or the model does not exist.
    """
    if not args or args[0] in HELP:
        print(USAGE, end="")
        return
    model = load_model(args[0])
    if "environments" in model.metadata:
        evaluate_model(model, args[1:])
        return
    prog = f"yingshe evaluate {args[0]}"
    options, family = parse_with_task_source(EvaluateOptions, args[1:], prog=prog)
    check_writable(options.json, plot=options.plot)
    tasks = load_tasks(model) if family is None else Tasks(family, None, family)
    curve = evaluate(
        model.learner,
        tasks.test,
        options.shots,
        key=jax.random.key(options.seed),
        tasks=options.tasks,
        queries=options.queries,
        baselines=options.baselines,
        meta_train=None if tasks.train is tasks.test else tasks.train,
    )
    Console().print(curve)
    if options.json is not None:
        write_atomically(options.json, curve.to_json().encode())
        print(f"figures: {options.json}")
    if options.plot is not None:
        curve.plot(options.plot, trained_shots=model.trained_shots)
        print(f"plot: {options.plot}")
