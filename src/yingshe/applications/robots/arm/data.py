"""Logs of arms in motion, simulated or of a user's robot, and tasks made from them."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import mujoco
import numpy as np
import polars as pl
from jaxtyping import Float
from mujoco import rollout

from yingshe.applications.robots import dataset_io
from yingshe.applications.robots.arm.robot import REGRESSOR_COLUMNS, Arm
from yingshe.applications.robots.arm.tasks import ArmTask
from yingshe.errors import UserError
from yingshe.tasks import TaskSet
from yingshe.tasks.task_set import Order

_STIFFNESS, _DAMPING = 6.0, 0.6  # of the position servos, in torque limits per rad and per rad/s
_TASKS_PER_PART = 20  # arms simulated side by side; the file is written after each part
ACCELERATION_NOISE = 0.05
"""Standard deviation of measured accelerations, rad/s²; commands are known."""


@dataclasses.dataclass(frozen=True)
class LogSettings:
    """Settings of simulated logs."""

    seconds: float = 5.0
    """Length of the motion of each arm, s."""
    stride: int = 10
    """Number of simulation steps between two logged rows."""
    dead_joint: bool = False
    """Give one random joint of each arm no motor torque."""
    change_load: bool = False
    """Change the payload of each arm in mid-motion."""
    seed: int = 0
    """Seed of tasks, motions and noise."""


def collect(
    arm: Arm,
    path: str | Path,
    *,
    num_tasks: int = 200,
    seconds: float = 5.0,
    stride: int = 10,
    dead_joint: bool = False,
    change_load: bool = False,
    seed: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Simulate arms with random payloads on random trajectories, and log them to a Parquet file.

    The columns are task, and for each joint q (rad), v (rad/s), a (rad/s²) and u, the commanded
    torque (N m; 0 for a dead joint). Accelerations are noisy. An existing file is continued, so
    that an interrupted collection resumes.

    Args:
        arm: Robot model of the arm.
        path: A .parquet file.
        num_tasks: Number of arms.
        seconds: Length of the motion of each arm, s.
        stride: Number of simulation steps between two rows.
        dead_joint: Give one random joint of each arm no motor torque.
        change_load: Change the payload of each arm in mid-motion.
        seed: Seed of tasks, motions and noise. The same seed gives the same rows.
        on_progress: Function called with the number of finished arms after each part.

    Returns:
        The logs of the first `num_tasks` arms.

    Raises:
        UserError: The file exists and was made with other settings.
    """
    path = Path(path)
    settings = LogSettings(seconds, stride, dead_joint, change_load, seed)
    saved = {"joints": list(arm.joints), "model": _digest(arm.model)}
    saved |= dataclasses.asdict(settings)
    parts = dataset_io.load_partial(path, saved, renamed={"every": "stride"})
    while len(parts) < num_tasks:
        indices = range(len(parts), min(len(parts) + _TASKS_PER_PART, num_tasks))
        parts += simulate_logs(arm, indices, settings)
        dataset_io.save(path, pl.concat(parts), saved)
        if on_progress is not None:
            on_progress(len(parts))
    return pl.concat(parts[:num_tasks])


def make_tasks(
    arm: Arm, logs: pl.DataFrame, *, task: str = "task", order: Order = "random"
) -> TaskSet:
    """Make one task of every joint of every arm: from regressor rows to its torque as a fraction.

    Rows in which a joint stands still are left out.

    Args:
        arm: Robot model of the arms.
        logs: Table with a task column and, for every joint numbered from 1, the columns q1, v1, a1
            and u1, in rad, rad/s, rad/s² and N m.
        task: Name of the column that identifies the arm or episode of a row.
        order: Order in which pairs are drawn from a task.

    Returns:
        The tasks.

    Raises:
        UserError: A column is missing.
    """
    q, v, a, u = (_joint_columns(logs, letter, arm.num_joints) for letter in "qvau")
    if task not in logs.columns:
        raise UserError(f"The logs have no column '{task}'; they have {', '.join(logs.columns)}.")
    regressors = np.stack([arm.regressor(*row) for row in zip(q, v, a, strict=True)])
    fractions, moving = u / arm.torque_limits, arm.is_moving(regressors)
    pairs, names = [], []
    labels = logs[task].to_numpy()
    for label in dict.fromkeys(labels.tolist()):
        rows = labels == label
        for joint in range(arm.num_joints):
            selected = rows & moving[:, joint]
            if not selected.any():
                continue
            pairs.append((regressors[selected, joint], fractions[selected, joint]))
            names.append(f"{label}, {arm.joints[joint]}")
    counts = [len(y) for _, y in pairs]
    x, y = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return TaskSet(
        x, y[:, None], counts, task=task, task_names=names, inputs=REGRESSOR_COLUMNS,
        outputs=("torque",), order=order,
    )  # fmt: skip


def joint_arrays(logs: pl.DataFrame, num_joints: int) -> tuple[np.ndarray, ...]:
    """Return angles, velocities, accelerations and torques of a log.

    Args:
        logs: Table with the columns of `collect`.
        num_joints: Number of joints.

    Returns:
        Four arrays (rows, joints), in rad, rad/s, rad/s² and N m.

    Raises:
        UserError: A column is missing.
    """
    return tuple(_joint_columns(logs, letter, num_joints) for letter in "qvau")


def random_trajectory(
    generator: np.random.Generator, home: Float[np.ndarray, " joints"], times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sample a smooth excitation trajectory around a pose.

    Each joint is a sum of three sine waves of up to 0.25 rad and 0.1 to 0.8 Hz.

    Args:
        generator: Random numbers.
        home: Joint angles of the pose, rad.
        times: Time of each row, s.

    Returns:
        Angles, velocities and accelerations, each (times, joints).
    """
    shape = (3, len(home))
    size, phase = generator.uniform(0.05, 0.25, shape), generator.uniform(0, 2 * np.pi, shape)
    rate = 2 * np.pi * generator.uniform(0.1, 0.8, shape)
    angle = rate * times[:, None, None] + phase
    return (
        home + np.sum(size * np.sin(angle), axis=1),
        np.sum(size * rate * np.cos(angle), axis=1),
        np.sum(-size * rate**2 * np.sin(angle), axis=1),
    )


def simulate_logs(arm: Arm, indices: Sequence[int], settings: LogSettings) -> list[pl.DataFrame]:
    """Simulate arms that follow random trajectories.

    Args:
        arm: Robot model of the arm.
        indices: Numbers of the tasks; each has its own random numbers.
        settings: Settings of the logs.

    Returns:
        One frame per task, with the columns of `collect`.
    """
    steps = round(settings.seconds / arm.time_step)
    generators = [np.random.default_rng((settings.seed, i)) for i in indices]
    tasks = [ArmTask.sample(g, arm.num_joints, dead_joint=settings.dead_joint) for g in generators]
    times = arm.time_step * np.arange(steps)
    reference = np.stack([random_trajectory(g, arm.home, times)[0] for g in generators])
    motor_gain = np.array([task.motor_gain for task in tasks])[:, None]
    segments = (steps // 2, steps - steps // 2) if settings.change_load else (steps,)
    q, v, force = _follow(arm, tasks, reference, segments, generators)
    # In a half-implicit step this is exactly the acceleration that the torques caused.
    a = np.diff(v, axis=1) / arm.time_step
    command = np.divide(force, motor_gain, where=motor_gain > 0, out=np.zeros_like(force))
    # The first half second is left out: the servos start from rest with an unknown payload.
    rows = slice(round(0.5 / arm.time_step), steps - 1, settings.stride)
    frames = []
    for row, (i, g) in enumerate(zip(indices, generators, strict=True)):
        noise = ACCELERATION_NOISE * g.normal(size=a[row, rows].shape)
        columns = {
            "q": q[row, rows],
            "v": v[row, rows],
            "a": a[row, rows] + noise,
            "u": command[row, rows],
        }
        per_joint = {
            f"{letter}{j + 1}": values[:, j].astype(np.float32)
            for letter, values in columns.items()
            for j in range(arm.num_joints)
        }
        frames.append(pl.DataFrame({"task": np.full(len(columns["q"]), i), **per_joint}))
    return frames


def _follow(
    arm: Arm,
    tasks: list[ArmTask],
    reference: Float[np.ndarray, "tasks steps joints"],
    segments: Sequence[int],
    generators: list[np.random.Generator],
) -> tuple[np.ndarray, ...]:
    """Return angles, velocities and servo torques; the payload differs between segments."""
    state = np.stack([np.concatenate([[0.0], w[0], np.zeros(arm.num_joints)]) for w in reference])
    q, v, force, start = [], [], [], 0
    for length in segments:
        models = [_with_servos(arm, task) for task in tasks]
        control = reference[:, start : start + length]
        data = [mujoco.MjData(models[0]) for _ in range(2)]
        after, sensed = (np.asarray(a) for a in rollout.rollout(models, data, state, control))
        before = np.concatenate([state[:, None], after[:, :-1]], axis=1)
        q.append(before[:, :, 1 : 1 + arm.num_joints])
        v.append(before[:, :, 1 + arm.num_joints :])
        force.append(sensed)
        state, start = after[:, -1], start + length
        payloads = [ArmTask.sample(g, arm.num_joints) for g in generators]
        tasks = [
            dataclasses.replace(task, mass=p.mass, center_of_mass=p.center_of_mass)
            for p, task in zip(payloads, tasks, strict=True)
        ]
    q, v, force = (np.concatenate(parts, axis=1) for parts in (q, v, force))
    return q, v, force


def _with_servos(arm: Arm, task: ArmTask) -> mujoco.MjModel:
    """Return the true arm with position servos as strong as its motors, and torque sensors."""
    model = arm.position_controlled.__copy__()
    true_model = arm.with_task(task)
    for name in ("body_mass", "body_ipos", "body_inertia", "dof_damping", "dof_frictionloss"):
        getattr(model, name)[:] = getattr(true_model, name)
    motor_gain = np.asarray(task.motor_gain)
    stiffness, damping = (k * arm.torque_limits * motor_gain for k in (_STIFFNESS, _DAMPING))
    model.actuator_gainprm[:, 0] = stiffness
    model.actuator_biasprm[:, 1], model.actuator_biasprm[:, 2] = -stiffness, -damping
    mujoco.mj_setConst(model, mujoco.MjData(model))
    return model


def _joint_columns(logs: pl.DataFrame, letter: str, num_joints: int) -> np.ndarray:
    names = [f"{letter}{j + 1}" for j in range(num_joints)]
    missing = [name for name in names if name not in logs.columns]
    if missing:
        raise UserError(
            f"The logs have no column '{missing[0]}'; an arm with {num_joints} joints needs "
            f"q1 … q{num_joints}, and v, a and u likewise."
        )
    return logs.select(names).to_numpy().astype(float)


def _digest(model: mujoco.MjModel) -> str:
    """Return a hash that is the same for arms with the same dynamics."""
    names = ("body_mass", "body_ipos", "body_inertia", "body_pos", "body_quat", "jnt_axis")
    names += ("dof_armature", "dof_damping", "dof_frictionloss")
    content = b"".join(getattr(model, name).tobytes() for name in names)
    return hashlib.blake2b(content, digest_size=8).hexdigest()
