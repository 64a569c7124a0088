"""Command `yingshe metaworld`: manipulation from a few demonstrations."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from yingshe.command_line.command import Action, Command
from yingshe.command_line.output import check_writable, report_curve
from yingshe.errors import UserError, did_you_mean

SuiteName = Literal["ml10", "ml45"]
"""Names of the suites."""

ZOO_MODELS = {
    suite: (f"metaworld-{suite}", f"metaworld-{suite}-pooled") for suite in ("ml10", "ml45")
}
"""Suite → zoo models of the learner and of the pooled policy without demonstrations."""


@dataclass(frozen=True)
class CollectOptions:
    """Record episodes of scripted experts on the training tasks of a suite, one table per task."""

    suite: SuiteName = "ml45"
    """Suite of tasks."""
    episodes: int = 100
    """Number of episodes of each task; two fifths are undisturbed."""
    workers: int = 2
    """Number of processes."""
    seed: int = 0
    """Seed of goals and disturbances."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-train a learner of policies on recorded and synthetic tasks."""

    suite: SuiteName = "ml45"
    """Suite whose training tasks are used; held-out tasks are not."""
    run_dir: Path = Path("runs/metaworld")
    """Run directory; the same command resumes a run that was stopped."""
    synthetic_tasks: int = 1500
    """Number of synthetic tasks, in addition to the recorded ones."""
    steps: int = 8_000
    """Number of optimizer steps."""
    learning_rate: float = 1e-3
    """Peak learning rate."""
    embed_dim: int = 96
    """Width of the network."""
    pooled: bool = False
    """Train one policy for all tasks without demonstrations, a baseline."""
    seed: int = 0
    """Seed of initialization and sampling."""


@dataclass(frozen=True)
class EvaluateOptions:
    """Compare policies on held-out tasks by number of demonstrations."""

    suite: SuiteName = "ml45"
    """Suite whose held-out tasks are used."""
    model: str | None = None
    """Run directory, .safetensors file, or zoo model; by default the zoo model of the suite."""
    shots: tuple[int, ...] = (1, 5)
    """Numbers of demonstrations."""
    methods: tuple[str, ...] = ("in-context", "nearest neighbors", "pooled", "expert")
    """Methods to compare; also: fine-tuned, behavior cloning."""
    tasks: int = 5
    """Number of held-out tasks."""
    goals: int = 10
    """Number of goals of each task."""
    steps: int = 500
    """Maximum number of time steps of an episode."""
    seed: int = 1000
    """Seed of goals and demonstrations."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot to write, .png or .svg."""


@dataclass(frozen=True)
class DemoOptions:
    """Show five held-out tasks from one and from five demonstrations."""

    plot: Path = Path("yingshe-demo-metaworld.png")
    """Plot to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-metaworld.gif")
    """Animation to write, .gif: without demonstrations on the left, after one on the right."""
    seed: int = 0
    """Seed of demonstrations and goals."""


def _collect(positionals: Sequence[str], options: CollectOptions) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from yingshe.applications.robots.metaworld import SUITES, collect

    folder = Path(positionals[0])
    task_names = SUITES[options.suite][0]
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("tasks", total=len(task_names))
        collect(
            folder,
            task_names,
            episodes=options.episodes,
            seed=options.seed,
            workers=options.workers,
            on_progress=lambda count: bar.update(task, completed=count),
        )
    print(f"{len(task_names)} tasks with {options.episodes} episodes each: {folder}")


def _train(positionals: Sequence[str], options: TrainOptions) -> None:
    import jax

    from yingshe.applications.robots.metaworld import (
        SUITES,
        Demonstrations,
        generate_synthetic_tasks,
        load_demonstrations,
    )
    from yingshe.applications.robots.metaworld.encoding import X_DIM, Y_DIM
    from yingshe.applications.robots.metaworld.tasks import NUM_QUERY, NUM_SUPPORT
    from yingshe.learners import AttentiveProcess
    from yingshe.training import TrainConfig, meta_train

    recorded = load_demonstrations(positionals[0], SUITES[options.suite][0])
    num_support = 0 if options.pooled else NUM_SUPPORT
    # Without demonstrations a policy cannot distinguish synthetic tasks, so they would not help.
    synthetic = (
        {}
        if options.pooled
        else generate_synthetic_tasks(options.synthetic_tasks, seed=options.seed)
    )
    family = Demonstrations(recorded, synthetic=synthetic, num_support=num_support)
    config = TrainConfig(
        steps=options.steps,
        tasks_per_step=16,
        examples_per_task=num_support + NUM_QUERY,
        objective="support_query",
        shot_range=(num_support, num_support),
        optimizer="adamw",
        learning_rate=options.learning_rate,
        warmup_steps=200,
        validate_every=1000,
    )
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    learner = AttentiveProcess(
        X_DIM,
        Y_DIM,
        likelihood="gaussian_mixture",
        embed_dim=options.embed_dim,
        capacity=NUM_SUPPORT,
        key=learner_key,
    )
    meta_train(learner, family, config, key=train_key, run_dir=options.run_dir, progress=True)
    print(f"run directory: {options.run_dir}; ys.load('{options.run_dir}') loads the learner")


def _evaluate(positionals: Sequence[str], options: EvaluateOptions) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from yingshe import zoo
    from yingshe.applications.robots.metaworld import SUITES, evaluate_policies, make_methods

    check_writable(options.json, plot=options.plot)
    learner_name, pooled_name = ZOO_MODELS[options.suite]
    methods = make_methods(zoo.load(options.model or learner_name), zoo.load(pooled_name))
    for name in options.methods:
        if name not in methods:
            raise UserError(f"There is no method '{name}'." + did_you_mean(name, methods))
    selected = {name: methods[name] for name in options.methods}
    task_names = SUITES[options.suite][1][: options.tasks]
    rollouts = sum(len(options.shots) if m.uses_demonstrations else 1 for m in selected.values())
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("rollouts", total=rollouts * len(task_names))
        curve = evaluate_policies(
            task_names,
            selected,
            shots=options.shots,
            goals=options.goals,
            steps=options.steps,
            seed=options.seed,
            on_rollout=lambda *_: bar.advance(task),
        )
    report_curve(curve, json=options.json, plot=options.plot)


def _demo(positionals: Sequence[str], options: DemoOptions) -> None:
    check_writable(plot=options.plot, animation=options.animation)
    os.environ.setdefault("MUJOCO_GL", "egl")  # read when MuJoCo is imported
    from yingshe.applications.robots.metaworld.demo import run_demo

    run_demo(options)


COMMAND = Command(
    name="metaworld",
    description=(
        "Learn manipulation from a few demonstrations, on the tasks of Meta-World. A meta-trained\n"
        "learner observes demonstrations of a new task and is then its policy."
    ),
    actions={
        "collect": Action(
            _collect,
            CollectOptions,
            "record episodes of scripted experts",
            metavar="FOLDER",
        ),
        "train": Action(
            _train,
            TrainOptions,
            "meta-train a learner of policies on recorded episodes",
            metavar="FOLDER",
            renamed={
                "--run": "--run-dir",
                "--imagined": "--synthetic-tasks",
                "--channels": "--embed-dim",
            },
        ),
        "evaluate": Action(
            _evaluate, EvaluateOptions, "compare policies on held-out tasks by demonstrations"
        ),
        "demo": Action(_demo, DemoOptions, "show held-out tasks from one and five demonstrations"),
    },
    examples=(
        "collect episodes --suite ml10",
        "train episodes --suite ml10 --run-dir runs/ml10",
        "evaluate --suite ml10 --model runs/ml10",
        "demo",
    ),
    extra="robots",
    packages=("metaworld",),
)
