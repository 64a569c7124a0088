"""Command `yingshe grasp`: grasping with unknown offsets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yingshe.command_line.command import Action, Command

ZOO_MODEL = "grasp"
"""Name of the trained learner in the zoo."""
_HELD_OUT_SEED = (
    1_000_000  # added to the seed of an evaluation, so that its tasks are not those of training
)


@dataclass(frozen=True)
class CollectOptions:
    """Simulate robots that grasp objects, and log the successful grasps."""

    num_tasks: int = 300
    """Number of robots, each with random offsets and one class of objects."""
    grasps: int = 12
    """Number of successful grasps of each robot."""
    seed: int = 0
    """Seed of tasks, objects and noise."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-train a learner of grasps on logs of many robots."""

    run_dir: Path = Path("runs/grasp")
    """Run directory; the same command resumes a run that was stopped."""
    task: str = "task"
    """Column that identifies the robot and the class of objects of a row."""
    steps: int = 1000
    """Number of optimizer steps."""
    grasps: int = 12
    """Number of grasps in a training task."""
    learning_rate: float = 0.01
    """Peak learning rate."""
    seed: int = 0
    """Seed of initialization and task sampling."""


@dataclass(frozen=True)
class EvaluateOptions:
    """Evaluate grasps on held-out tasks, in simulation."""

    model: str = ZOO_MODEL
    """Run directory, .safetensors file, or zoo model."""
    tasks: int = 8
    """Number of held-out robots."""
    shots: tuple[int, ...] = (0, 1, 2, 3, 5, 10)
    """Numbers of successful grasps that are observed."""
    objects: int = 3
    """Number of new objects to grasp in each task."""
    wide: bool = False
    """Sample offsets beyond the range of training."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot to write, .png or .svg."""
    seed: int = 0
    """Seed of tasks, objects and noise."""


@dataclass(frozen=True)
class DemoOptions:
    """Grasp with unknown offsets, before and after a few successful grasps are observed."""

    plot: Path = Path("yingshe-demo-grasp.png")
    """Plot to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-grasp.gif")
    """Animation to write, .gif: the nominal grasps on the left, the adapted ones on the right."""
    seed: int = 0
    """Seed of tasks, objects and noise."""


def _collect(args: Sequence[str], options: CollectOptions) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from yingshe._validation import check_min
    from yingshe.applications.robots.grasp import collect

    path = Path(args[0])
    check_min("num_tasks", options.num_tasks, 1)
    check_min("grasps", options.grasps, 1)
    with Progress(console=Console(stderr=True)) as bar:
        progress = bar.add_task("tasks", total=options.num_tasks)
        logs = collect(
            path,
            num_tasks=options.num_tasks,
            grasps=options.grasps,
            seed=options.seed,
            on_progress=lambda done: bar.update(progress, completed=done),
        )
    print(f"{options.num_tasks} tasks, {len(logs)} grasps: {path}")


def _train(args: Sequence[str], options: TrainOptions) -> None:
    import jax

    from yingshe.applications.robots.dataset_io import load_logs
    from yingshe.applications.robots.grasp import DESIGN_COLUMNS, make_tasks
    from yingshe.applications.robots.grasp.model import GRASP_DIM
    from yingshe.learners import RLS
    from yingshe.training import TrainConfig, meta_train

    tasks = make_tasks(load_logs(args[0]), task=options.task)
    config = TrainConfig(
        steps=options.steps,
        tasks_per_step=16,  # fewer than the default 64: there are few weights
        examples_per_task=GRASP_DIM * options.grasps,
        learning_rate=options.learning_rate,
        warmup_steps=50,
    )
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    learner = RLS(len(DESIGN_COLUMNS), 1, num_features=0, key=learner_key)
    meta_train(learner, tasks, config, key=train_key, run_dir=options.run_dir, progress=True)
    print(f"run directory: {options.run_dir}; ys.load('{options.run_dir}') loads the learner")


def _evaluate(args: Sequence[str], options: EvaluateOptions) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from yingshe import zoo
    from yingshe.applications.robots.grasp import evaluate_success
    from yingshe.command_line.output import check_writable, report_curve

    check_writable(options.json, plot=options.plot)
    learner = zoo.load(options.model)
    with Progress(console=Console(stderr=True)) as bar:
        progress = bar.add_task("grasping", total=options.tasks)
        curve = evaluate_success(
            learner,
            num_tasks=options.tasks,
            shots=options.shots,
            num_objects=options.objects,
            seed=_HELD_OUT_SEED + options.seed,
            wide=options.wide,
            on_progress=lambda done: bar.update(progress, completed=done),
        )
    report_curve(curve, json=options.json, plot=options.plot)


def _demo(args: Sequence[str], options: DemoOptions) -> None:
    from yingshe.applications.robots.grasp.demo import run_demo

    run_demo(options)


COMMAND = Command(
    name="grasp",
    description=(
        "Grasping with an unknown camera offset, finger length and center of mass.\n\n"
        "Logs are a table (.parquet or .csv) with one successful grasp per row: task; shape (box,\n"
        "cylinder or ellipsoid), x, y, yaw, length, width and height in the camera's frame; and\n"
        "grasp_x, grasp_y, grasp_z, grasp_yaw and opening in the robot's frame, in m and rad."
    ),
    actions={
        "collect": Action(
            _collect, CollectOptions, "simulate robots and log their grasps", "LOGS.parquet",
            renamed={"--tasks": "--num-tasks"},
        ),
        "train": Action(
            _train, TrainOptions, "meta-train a learner of grasps", "LOGS",
            renamed={"--run": "--run-dir"},
        ),
        "evaluate": Action(
            _evaluate, EvaluateOptions, "evaluate a learner on held-out tasks, in simulation"
        ),
        "demo": Action(
            _demo, DemoOptions, "grasp before and after a few grasps are observed",
            packages=("PIL",),
        ),
    },
    examples=(
        "collect grasps.parquet --num-tasks 300",
        "train grasps.parquet --run-dir runs/grasp",
        "evaluate --model runs/grasp",
    ),
    extra="robots",
    packages=("mujoco",),
)  # fmt: skip
