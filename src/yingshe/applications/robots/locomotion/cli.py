"""Command `yingshe locomotion`: legged robots that walk on after an actuator fault."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from yingshe.command_line.command import Action, Command
from yingshe.command_line.output import check_writable, report_curve
from yingshe.errors import UserError

RobotName = Literal["half-cheetah", "ant"]
"""Names of the robots."""

_MAX_FREQUENCY = 0.5  # cycles per standard deviation; higher ones overfit two dozen inputs
_ACTUATOR_TASK_RATIO = 16  # tasks of a dynamics step per task of an actuator step


@dataclass(frozen=True)
class CollectOptions:
    """Simulate episodes in which actuator faults occur, and log them."""

    robot: RobotName = "half-cheetah"
    """Robot of Gymnasium."""
    episodes: int = 60
    """Number of episodes."""
    steps: int = 100
    """Number of time steps of 0.05 s in an episode."""
    rollouts_per_state: int = 8
    """Number of short rollouts that start from every second state."""
    policy: str = "random"
    """Policy of the episodes: random actions (random), plans with MuJoCo (simulator-mpc), or the
    run directory of a dynamics model to plan with."""
    seed: int = 0
    """Seed of faults and actions."""


@dataclass(frozen=True)
class TrainOptions:
    """Meta-train a model of a robot on logs."""

    robot: RobotName = "half-cheetah"
    """Robot of the logs."""
    model: Literal["dynamics", "commanded", "actuator"] = "dynamics"
    """Model to train: dynamics (from delivered torques), commanded (from commands; non-adaptive
    baseline) or actuator (motor gains; needs --dynamics)."""
    dynamics: str | None = None
    """Run directory or file of the dynamics model that an actuator model corrects."""
    run_dir: Path = Path("runs/locomotion")
    """Run directory; the same command resumes a run that was stopped."""
    num_features: int = 128
    """Number of learned features of a dynamics or commanded model."""
    steps: int = 2000
    """Number of optimizer steps."""
    tasks_per_step: int = 256
    """Number of time steps sampled per optimizer step. An actuator model samples windows of time
    steps instead, a sixteenth of this number."""
    learning_rate: float = 3e-3
    """Peak learning rate."""
    seed: int = 0
    """Seed of initialization and sampling."""


@dataclass(frozen=True)
class EvaluateOptions:
    """Compare controllers by their return after a held-out fault."""

    robot: RobotName = "half-cheetah"
    """Robot to simulate."""
    shots: tuple[int, ...] = (20, 50, 100)
    """Numbers of time steps after the fault over which rewards are summed."""
    episodes: int = 2
    """Number of episodes of each held-out fault."""
    controllers: tuple[str, ...] = ("non-adaptive", "online ridge", "adaptive", "oracle gains")
    """Controllers to compare; also: healthy, true simulator."""
    dynamics: str | None = None
    """Run directory or .safetensors file of a dynamics model; by default the zoo model."""
    actuator: str | None = None
    """Run directory or .safetensors file of an actuator model; by default the zoo model."""
    commanded_dynamics: str | None = None
    """Run directory or .safetensors file of a commanded model; by default the zoo model."""
    seed: int = 1000
    """Seed of start states and plans."""
    json: Path | None = None
    """File to write the figures to, .json."""
    plot: Path | None = None
    """Plot to write, .png or .svg."""


@dataclass(frozen=True)
class DemoOptions:
    """Run a robot that loses a motor or a leg, with and without adaptation."""

    robot: RobotName = "half-cheetah"
    """Robot to simulate."""
    plot: Path = Path("yingshe-demo-locomotion.png")
    """Plot to write, .png or .svg."""
    animation: Path = Path("yingshe-demo-locomotion.gif")
    """Animation to write, .gif: the non-adaptive controller above, the adaptive one below."""
    seed: int = 0
    """Seed of start state, plans and choice of the fault."""


def _collect(positionals: Sequence[str], options: CollectOptions) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from yingshe import zoo
    from yingshe.applications.robots.locomotion import collect, make_robot

    path, policy = Path(positionals[0]), options.policy
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("episodes", total=options.episodes)
        logs = collect(
            make_robot(options.robot),
            path,
            episodes=options.episodes,
            steps=options.steps,
            rollouts_per_state=options.rollouts_per_state,
            policy=policy if policy in ("random", "simulator-mpc") else zoo.load(policy),
            seed=options.seed,
            on_progress=lambda count: bar.update(task, completed=count),
        )
    print(f"{options.episodes} episodes, {len(logs)} rows: {path}")


def _train(positionals: Sequence[str], options: TrainOptions) -> None:
    import jax

    from yingshe import zoo
    from yingshe.applications.robots.locomotion import (
        actuator_examples_per_task,
        actuator_tasks,
        dynamics_tasks,
        load_logs,
        make_robot,
    )
    from yingshe.learners import RLS
    from yingshe.training import TrainConfig, meta_train

    robot = make_robot(options.robot)
    logs = load_logs(robot, positionals)
    learner_key, train_key = jax.random.split(jax.random.key(options.seed))
    if options.model == "actuator":
        if options.dynamics is None:
            raise UserError("--dynamics is missing: an actuator model corrects a dynamics model.")
        tasks = actuator_tasks(robot, zoo.load(options.dynamics), logs, seed=options.seed)
        tasks_per_step = max(options.tasks_per_step // _ACTUATOR_TASK_RATIO, 1)
        examples, warmup = actuator_examples_per_task(robot), 50
        learner = RLS(robot.num_motors, 1, num_features=0, drift=True, key=learner_key)
    else:
        actions = "delivered" if options.model == "dynamics" else "commanded"
        tasks = dynamics_tasks(robot, logs, actions=actions)
        # One pair per task: the prediction before any observation is trained.
        tasks_per_step, examples, warmup = options.tasks_per_step, 1, 100
        learner = RLS(
            tasks.x_dim,
            tasks.y_dim,
            num_features=options.num_features,
            max_frequency=_MAX_FREQUENCY,
            # The planner uses the mean alone; a likelihood would spend training on the variance.
            likelihood="point",
            key=learner_key,
        )
    config = TrainConfig(
        steps=options.steps,
        tasks_per_step=tasks_per_step,
        examples_per_task=examples,
        learning_rate=options.learning_rate,
        warmup_steps=min(warmup, options.steps - 1),
    )
    meta_train(learner, tasks, config, key=train_key, run_dir=options.run_dir, progress=True)
    print(f"run directory: {options.run_dir}; ys.load('{options.run_dir}') loads the learner")


def _evaluate(positionals: Sequence[str], options: EvaluateOptions) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from yingshe.applications.robots.locomotion import (
        CEMPlanner,
        evaluate_controllers,
        make_controllers,
        make_robot,
    )
    from yingshe.applications.robots.locomotion.model import load_learners
    from yingshe.errors import did_you_mean

    check_writable(options.json, plot=options.plot)
    robot = make_robot(options.robot)
    roles = ("dynamics", "actuator", "commanded_dynamics")
    paths = {role: path for role in roles if (path := getattr(options, role)) is not None}
    controllers = make_controllers(CEMPlanner(robot), *load_learners(robot, paths))
    for name in options.controllers:
        if name not in controllers:
            raise UserError(f"There is no controller '{name}'." + did_you_mean(name, controllers))
    total = options.episodes * len(robot.test_faults) * len(options.controllers)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("episodes", total=total)
        curve = evaluate_controllers(
            robot,
            {name: controllers[name] for name in options.controllers},
            shots=options.shots,
            seeds=range(options.seed, options.seed + options.episodes),
            on_episode=lambda *_: bar.advance(task),
        )
    report_curve(curve, json=options.json, plot=options.plot)


def _demo(positionals: Sequence[str], options: DemoOptions) -> None:
    check_writable(plot=options.plot, animation=options.animation)
    os.environ.setdefault("MUJOCO_GL", "egl")  # read when MuJoCo is imported
    from yingshe.applications.robots.locomotion.demo import run_demo

    run_demo(options)


COMMAND = Command(
    name="locomotion",
    description=(
        "Control a half-cheetah or an ant that loses a motor or a leg. The robot plans with a\n"
        "learned dynamics model, whose motor gains are estimated at every time step."
    ),
    actions={
        "collect": Action(
            _collect,
            CollectOptions,
            "simulate episodes with faults and log them",
            metavar="LOGS.parquet",
            renamed={
                "--walker": "--robot",
                "--walks": "--episodes",
                "--branches": "--rollouts-per-state",
                "--by": "--policy",
            },
            renamed_values={"--policy": {"chance": "random", "simulator": "simulator-mpc"}},
        ),
        "train": Action(
            _train,
            TrainOptions,
            "meta-train a dynamics or actuator model on logs",
            metavar="LOGS [LOGS ...]",
            many=True,
            renamed={
                "--walker": "--robot",
                "--part": "--model",
                "--body": "--dynamics",
                "--run": "--run-dir",
                "--features": "--num-features",
                "--tasks": "--tasks-per-step",
            },
            renamed_values={"--model": {"body": "dynamics", "joints": "actuator"}},
        ),
        "evaluate": Action(
            _evaluate, EvaluateOptions, "compare controllers by return after a held-out fault"
        ),
        "demo": Action(
            _demo,
            DemoOptions,
            "show an episode with a fault, with and without adaptation",
            renamed={"--walker": "--robot"},
        ),
    },
    examples=(
        "collect random.parquet --robot half-cheetah",
        "train random.parquet --run-dir runs/first",
        "collect planned.parquet --policy runs/first",
        "train random.parquet planned.parquet --run-dir runs/dynamics",
        "train planned.parquet --model actuator --dynamics runs/dynamics --run-dir runs/actuator",
        "evaluate --dynamics runs/dynamics --actuator runs/actuator",
        "demo --robot ant",
    ),
    extra="robots",
    packages=("mujoco", "gymnasium"),
)
