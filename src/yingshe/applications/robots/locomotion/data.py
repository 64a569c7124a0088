"""Logs of legged robots with faults, and the learning tasks made of them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np
import polars as pl

from yingshe.applications.robots import dataset_io
from yingshe.applications.robots.locomotion._collection import (
    EpisodeSettings,
    ExplorationController,
    log_columns,
    simulate_episode,
)
from yingshe.applications.robots.locomotion.baselines import (
    OracleDynamicsController,
    SimulatorMPCController,
)
from yingshe.applications.robots.locomotion.model import (
    check_dynamics,
    get_prior_weights,
    linearize,
)
from yingshe.applications.robots.locomotion.planner import CEMPlanner, LearnedDynamics
from yingshe.applications.robots.locomotion.robots import LeggedRobot
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.tasks import TaskSet

_EPISODES_PER_WRITE = 4
_DYNAMICS_TASK_PAIRS = 32  # time steps of a task of the dynamics learner
_ACTUATOR_TASK_PAIRS = 128  # at most; training inverts matrices of 2ⁿ pairs fastest
_MOTOR_ORDERS = 4  # random orders of the motors in which each episode is used
_SIMULATOR_SAMPLES = 48  # fewer than the planner's default: simulation is slow

# Settings of a collection that 0.1 wrote, by present name.
_SETTINGS_0_1 = {
    "robot": "walker",
    "rollouts_per_state": "branches",
    "rollout_steps": "length",
    "policy": "by",
}
_POLICIES_0_1 = {"random": "chance", "simulator-mpc": "simulator", "learner": "learner"}


def collect(
    robot: LeggedRobot,
    path: str | Path,
    *,
    episodes: int = 40,
    steps: int = 150,
    rollouts_per_state: int = 8,
    rollout_steps: int = 4,
    policy: Learner | str = "random",
    seed: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Simulate episodes in which faults occur and log them to a Parquet file.

    Short rollouts with noisy plans start from every second state, so that the data also cover
    actions that a planner considers but does not take. Faults are those of `robot.train_faults`. An
    existing file is resumed.

    | column | content |
    |---|---|
    | task | number of the episode |
    | branch | 0 for the episode itself, then the numbers of its rollouts |
    | step | time step |
    | `LeggedRobot.state_names` | encoded state |
    | a MOTOR, u MOTOR | commanded and delivered action |
    | d NAME | each output of the mapping |

    Args:
        robot: Robot to simulate.
        path: A .parquet file.
        episodes: Number of episodes.
        steps: Number of time steps of an episode.
        rollouts_per_state: Number of short rollouts from every second state.
        rollout_steps: Number of time steps of a rollout.
        policy: "random" actions, "simulator-mpc" (plans with MuJoCo), or a dynamics learner to plan
            with. Planners are informed of the fault.
        seed: Seed of all random draws; the same seed gives the same file.
        on_progress: Function called with the number of episodes after each write.

    Returns:
        The log.

    Raises:
        UserError: The file exists and was made with other settings, or there is no such policy.
    """
    path = Path(path)
    settings = _match_saved_names(
        path,
        {
            "robot": robot.name,
            "steps": steps,
            "rollouts_per_state": rollouts_per_state,
            "rollout_steps": rollout_steps,
            "policy": policy if isinstance(policy, str) else "learner",
            "seed": seed,
        },
    )
    frames = dataset_io.load_partial(path, settings)
    controller = _make_controller(robot, policy)
    episode_settings = EpisodeSettings(steps, rollouts_per_state, rollout_steps)
    while len(frames) < episodes:
        for i in range(len(frames), min(len(frames) + _EPISODES_PER_WRITE, episodes)):
            rng = np.random.default_rng((seed, i))
            frames.append(simulate_episode(robot, controller, episode_settings, task=i, rng=rng))
        dataset_io.save(path, pl.concat(frames), settings)
        if on_progress is not None:
            on_progress(len(frames))
    return pl.concat(frames[:episodes])


def load_logs(robot: LeggedRobot, paths: Sequence[str | Path]) -> pl.DataFrame:
    """Read logs that `collect` has written, several files as one.

    Args:
        robot: Robot of the logs.
        paths: The .parquet files.

    Returns:
        All rows; a task is named FILE/EPISODE.

    Raises:
        UserError: A file is missing or is of another robot.
    """
    frames = []
    for number, path in enumerate(paths):
        frame = dataset_io.load_logs(path)
        missing = [name for name in log_columns(robot) if name not in frame.columns]
        if missing:
            raise UserError(
                f"{path} has no column '{missing[0]}'; it is not a log of the {robot.name}."
            )
        name = pl.format("{}/{}", pl.lit(number), pl.col("task")).alias("task")
        frames.append(frame.with_columns(name))
    return pl.concat(frames)


def dynamics_tasks(
    robot: LeggedRobot,
    logs: pl.DataFrame,
    *,
    actions: Literal["delivered", "commanded"] = "delivered",
) -> TaskSet:
    """Return the tasks (encoded state, action) → delta for a dynamics learner.

    Each task is a few consecutive rows of one episode.

    Args:
        robot: Robot of the logs.
        logs: Logs as `load_logs` gives them.
        actions: Kind of actions among the inputs. With "commanded", a fault changes the mapping;
            with "delivered", it changes the action.

    Returns:
        The tasks.
    """
    letter = {"delivered": "u", "commanded": "a"}[actions]
    motors = [f"{letter} {m}" for m in robot.motor_names]
    x = logs.select([*robot.state_names, *motors]).to_numpy()
    y = logs.select([f"d {name}" for name in robot.delta_names]).to_numpy()
    episode = logs["task"].rle_id().to_numpy()
    # Short tasks: a training step samples at most as many tasks as there are.
    starts = np.flatnonzero(np.diff(episode, prepend=-1))
    position = np.arange(len(episode)) - np.repeat(starts, np.diff(np.r_[starts, len(episode)]))
    task_starts = np.flatnonzero(position % _DYNAMICS_TASK_PAIRS == 0)
    return TaskSet(
        x,
        y,
        np.diff(np.r_[task_starts, len(episode)]),
        inputs=[*robot.state_names, *motors],
        outputs=robot.delta_names,
        order="sequential",
    )


def actuator_tasks(
    robot: LeggedRobot, dynamics: Learner, logs: pl.DataFrame, *, seed: int = 0
) -> TaskSet:
    """Return the tasks for an actuator learner: linearized time steps of each episode.

    Each episode is used several times with its motors in another random order, so that nothing is
    learned about a single motor.

    Args:
        robot: Robot of the logs.
        dynamics: Dynamics learner to linearize.
        logs: Logs as `load_logs` gives them.
        seed: Seed of the orders.

    Returns:
        The tasks.

    Raises:
        UserError: `dynamics` is not a learner of this robot.
    """
    learner = check_dynamics(robot, dynamics)
    rng = np.random.default_rng(seed)
    xs, ys, counts = [], [], []
    episodes = logs.filter(pl.col("branch") == 0)
    for frame in episodes.partition_by("task", maintain_order=True):
        encoded = frame.select(robot.state_names).to_numpy()
        action = frame.select([f"a {m}" for m in robot.motor_names]).to_numpy()
        delta = frame.select([f"d {name}" for name in robot.delta_names]).to_numpy()
        x, y = linearize(learner, encoded, action, delta, np.ones(robot.num_motors))
        for _ in range(_MOTOR_ORDERS):
            order = rng.permutation(robot.num_motors)
            xs.append(x[:, :, order].reshape(-1, robot.num_motors))
            ys.append(y.reshape(-1, 1))
            counts.append(len(xs[-1]))
    return TaskSet(
        np.concatenate(xs),
        np.concatenate(ys),
        counts,
        inputs=[f"motor {i + 1}" for i in range(robot.num_motors)],
        outputs=("effect",),
        order="sequential",
    )


def actuator_examples_per_task(robot: LeggedRobot) -> int:
    """Return the number of pairs of a training task of the actuator learner.

    Args:
        robot: Robot of the tasks.

    Returns:
        A multiple of the number of motors, at most 128.
    """
    return _ACTUATOR_TASK_PAIRS // robot.num_motors * robot.num_motors


def _make_controller(robot: LeggedRobot, policy: Learner | str) -> ExplorationController | None:
    if policy == "random":
        return None
    if policy == "simulator-mpc":
        return SimulatorMPCController(CEMPlanner(robot, num_samples=_SIMULATOR_SAMPLES))
    if isinstance(policy, str):
        raise UserError(f"policy must be 'random', 'simulator-mpc' or a learner, got '{policy}'.")
    learner = check_dynamics(robot, policy)
    gains = jnp.ones(robot.num_motors)
    dynamics = LearnedDynamics(learner, get_prior_weights(learner), gains)
    return OracleDynamicsController(CEMPlanner(robot), dynamics)


def _match_saved_names(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings under the names of a file that 0.1 wrote, if there is one."""
    settings_path = path.with_suffix(".json")
    if not settings_path.is_file() or "walker" not in json.loads(settings_path.read_text()):
        return settings
    old = {_SETTINGS_0_1.get(name, name): value for name, value in settings.items()}
    return old | {"by": _POLICIES_0_1.get(settings["policy"], settings["policy"])}
