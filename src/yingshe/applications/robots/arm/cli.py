"""Command `yingshe arm`: inverse dynamics of an arm with an unknown payload."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yingshe.command_line.command import Action, Command

if TYPE_CHECKING:
    from yingshe.applications.robots.arm.robot import Arm

ZOO_MODEL = "arm"
"""Name of the trained learner in the zoo."""
_HELD_OUT_SEED = (
    1_000_000  # added to the seed of an evaluation, so that its tasks are not those of training
)


@dataclass(frozen=True)
class RobotOptions:
    """Robot model of the arm."""

    mjcf: Path | None = None
    """MJCF file of another arm; a Franka Panda by default."""
    joints: tuple[str, ...] = ()
    """Names of the joints of this arm, in the order of the file."""
    end_effector: str | None = None
    """Name of the body or site that carries the payload."""


@dataclass(frozen=True)
class CollectOptions(RobotOptions):
    """Simulate arms that follow random trajectories, and log them."""

    num_tasks: int = 200
    """Number of arms, each with a random payload."""
    seconds: float = 5.0
    """Length of the motion of each arm, s."""
    stride: int = 10
    """Number of simulation steps between two rows."""
    dead_joint: bool = False
    """Give one random joint of each arm no motor torque."""
    change_load: bool = False
    """Change the payload of each arm in mid-motion."""
    seed: int = 0
    """Seed of payloads, motions and noise."""


@dataclass(frozen=True)
class TrainOptions(RobotOptions):
    """Meta-train a learner of inverse dynamics on logs of many arms."""

    run_dir: Path = Path("runs/arm")
    """Run directory; the same command resumes a run that was stopped."""
    task: str = "task"
    """Column that identifies the arm or the episode of a row."""
    steps: int = 1500
    """Number of optimizer steps."""
    examples_per_task: int = 60
    """Number of time steps of each arm in a training task."""
    learning_rate: float = 0.01
    """Peak learning rate."""
    seed: int = 0
    """Seed of initialization and task sampling."""


@dataclass(frozen=True)
class EvaluateOptions(RobotOptions):
    """Evaluate torque predictions on held-out simulated arms."""

    model: str = ZOO_MODEL
    """Run directory, .safetensors file, or zoo model."""
    tasks: int = 10
    """Number of held-out arms."""
    shots: tuple[int, ...] = (0, 1, 2, 5, 10, 20, 50, 100)
    """Numbers of observed time steps."""
    dead_joint: bool = False
    """Give one random joint of each arm no motor torque."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot to write, .png or .svg."""
    seed: int = 0
    """Seed of payloads, motions and noise."""


@dataclass(frozen=True)
class DemoOptions:
    """Track a trajectory while the payload changes half-way."""

    plot: Path = Path("yingshe-demo-arm.png")
    """Plot to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-arm.gif")
    """Animation to write, .gif: the nominal model on the left, the adaptive one on the right."""
    seed: int = 0
    """Seed of payloads and motion."""


def _collect(args: Sequence[str], options: CollectOptions) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from yingshe._validation import check_min
    from yingshe.applications.robots.arm import collect

    path = Path(args[0])
    check_min("num_tasks", options.num_tasks, 1)
    with Progress(console=Console(stderr=True)) as bar:
        progress = bar.add_task("arms", total=options.num_tasks)
        logs = collect(
            _load_arm(options),
            path,
            num_tasks=options.num_tasks,
            seconds=options.seconds,
            stride=options.stride,
            dead_joint=options.dead_joint,
            change_load=options.change_load,
            seed=options.seed,
            on_progress=lambda done: bar.update(progress, completed=done),
        )
    print(f"{options.num_tasks} arms, {len(logs)} rows: {path}")


def _train(args: Sequence[str], options: TrainOptions) -> None:
    import jax

    from yingshe.applications.robots.arm import REGRESSOR_COLUMNS, make_tasks
    from yingshe.applications.robots.dataset_io import load_logs
    from yingshe.learners import RLS
    from yingshe.training import TrainConfig, meta_train

    tasks = make_tasks(_load_arm(options), load_logs(args[0]), task=options.task)
    config = TrainConfig(
        steps=options.steps,
        examples_per_task=options.examples_per_task,
        learning_rate=options.learning_rate,
        warmup_steps=50,
    )
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    learner = RLS(len(REGRESSOR_COLUMNS), 1, num_features=0, key=learner_key)
    meta_train(learner, tasks, config, key=train_key, run_dir=options.run_dir, progress=True)
    print(f"run directory: {options.run_dir}; ys.load('{options.run_dir}') loads the learner")


def _evaluate(args: Sequence[str], options: EvaluateOptions) -> None:
    import polars as pl

    from yingshe import zoo
    from yingshe._validation import check_min
    from yingshe.applications.robots.arm.data import LogSettings, simulate_logs
    from yingshe.applications.robots.arm.evaluation import evaluate_torque
    from yingshe.command_line.output import check_writable, report_curve

    check_writable(options.json, plot=options.plot)
    check_min("tasks", options.tasks, 1)
    learner, arm = zoo.load(options.model), _load_arm(options)
    settings = LogSettings(dead_joint=options.dead_joint, seed=_HELD_OUT_SEED + options.seed)
    logs = pl.concat(simulate_logs(arm, range(options.tasks), settings))
    curve = evaluate_torque(arm, learner, logs, options.shots, seed=options.seed)
    report_curve(curve, json=options.json, plot=options.plot)


def _demo(args: Sequence[str], options: DemoOptions) -> None:
    from yingshe.applications.robots.arm.demo import run_demo

    run_demo(options)


def _load_arm(options: RobotOptions) -> "Arm":
    from yingshe.applications.robots.arm import Arm

    return Arm(options.mjcf, joints=options.joints, end_effector=options.end_effector)


COMMAND = Command(
    name="arm",
    description=(
        "Inverse dynamics and control of an arm with an unknown payload.\n\n"
        "Logs are a table (.parquet or .csv) with a column task and, for each joint, q1 (rad), v1\n"
        "(rad/s), a1 (rad/s²) and u1 (N m), then q2 and so on: simulated, or of your own robot."
    ),
    actions={
        "collect": Action(
            _collect, CollectOptions, "simulate arms and log their motion", "LOGS.parquet",
            renamed={"--arms": "--num-tasks", "--every": "--stride"},
        ),
        "train": Action(
            _train, TrainOptions, "meta-train a learner of inverse dynamics", "LOGS",
            renamed={"--run": "--run-dir", "--pairs": "--examples-per-task"},
        ),
        "evaluate": Action(
            _evaluate, EvaluateOptions, "evaluate a learner on held-out simulated arms"
        ),
        "demo": Action(
            _demo, DemoOptions, "track a trajectory while the payload changes", packages=("PIL",)
        ),
    },
    examples=(
        "collect arms.parquet --num-tasks 200",
        "train arms.parquet --run-dir runs/arm",
        "evaluate --model runs/arm",
        "collect mine.parquet --mjcf robot.xml --joints shoulder elbow --end-effector hand",
    ),
    extra="robots",
    packages=("mujoco",),
)  # fmt: skip
