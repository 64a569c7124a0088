"""`yingshe evaluate`: a trained learner on tasks it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
from rich.console import Console

from yingshe._cli_support.loaded_model import load_model, tasks_of
from yingshe._cli_support.output import check_writable
from yingshe._cli_support.task_source import Tasks, parse_with_task_source
from yingshe.applications.agents import cli_evaluate as evaluate_agent
from yingshe.evaluation import evaluate
from yingshe.serialization import write_atomically
from yingshe.zoo import list_models

_USAGE = """usage: yingshe evaluate RUN [FAMILY or TABLE [its options]] [options]

Error and log-likelihood against the number of pairs read, with 95 % intervals over tasks, beside
simple methods that start from scratch and, where it is known, the best that is possible (oracle).
Of an agent, the return of a trial in new environments, beside planners in the same ones.

RUN      a run folder of `yingshe train`, a .safetensors file, or a learner of the zoo:
         {zoo}
FAMILY   other tasks to judge on than those it was trained for; of a table, all its tasks

examples:
  yingshe evaluate runs/sinusoid-rls --shots 0 1 2 5 10 20
  yingshe evaluate runs/sinusoid-rls sinusoid --noise-std 0.3 --plot noisy.png
  yingshe evaluate runs/bandit --trials 20000

`yingshe evaluate RUN --help` lists the options.
"""


@dataclass(frozen=True)
class EvaluateOptions:
    """What is measured and what is written."""

    shots: tuple[int, ...] = (0, 1, 2, 5, 10)
    """Numbers of pairs to read; they may go beyond those of training."""
    tasks: int = 1000
    """Tasks to draw; of a table every meta-test task is judged."""
    queries: int = 20
    """Pairs of each task to judge on, none of them read."""
    baselines: bool = True
    """Fit the simple methods as well."""
    seed: int = 1000
    """Seed of tasks and pairs."""
    json: Path | None = None
    """Write the figures here."""
    plot: Path | None = None
    """Draw the curves here, as .png or .svg."""


def run(words: Sequence[str]) -> None:
    """Evaluate as the words say, and print the table."""
    if not words or words[0] in ("-h", "--help"):
        print(_USAGE.format(zoo=", ".join(list_models()) or "(empty)"), end="")
        return
    trained = load_model(words[0])
    if "environments" in trained.metadata:
        evaluate_agent.run(trained, words[1:])
        return
    prog = f"yingshe evaluate {words[0]}"
    options, family = parse_with_task_source(EvaluateOptions, words[1:], prog=prog)
    check_writable(options.json, plot=options.plot)
    tasks = tasks_of(trained) if family is None else Tasks(family, None, family)
    curve = evaluate(
        trained.learner,
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
        curve.plot(options.plot, trained_shots=trained.trained_shots)
        print(f"plot: {options.plot}")
