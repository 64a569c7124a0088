"""Logs of arms in motion: made in simulation, or anybody's, and the tasks that they are."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import mujoco
import numpy as np
import polars as pl
from jaxtyping import Float
from mujoco import rollout

from yingshe.applications.robots import dataset_io as recording
from yingshe.applications.robots.arm.model import COLUMNS, Arm, ArmTask
from yingshe.errors import UserError
from yingshe.tasks import TaskSet
from yingshe.tasks.task_set import Order

_STIFFNESS, _DAMPING = 6.0, 0.6  # of the servos that move the arm, in torque limits per rad, rad/s
_AT_ONCE = 20  # arms simulated side by side; after each such part the file is whole
ACCELERATION_NOISE = 0.05
"""rad/s², standard deviation. What is commanded is known."""


def collect(
    arm: Arm,
    path: str | Path,
    *,
    arms: int = 200,
    seconds: float = 5.0,
    every: int = 10,
    dead_joint: bool = False,
    change_load: bool = False,
    seed: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Let arms of unknown load follow random motions, and log them into a Parquet file.

    Its columns: task, and for each joint q (rad), v (rad/s), a (rad/s²) and u, the torque that was
    commanded (N m; 0 for a dead joint). Accelerations carry noise. A file that is there
    already is gone on with, so that a collection that was killed resumes.

    Args:
        arm: the model.
        path: a .parquet file.
        arms: how many tasks.
        seconds: of motion, for each.
        every: steps of the simulation between two rows.
        dead_joint: one joint of each arm has no motor torque.
        change_load: another load is taken up in mid-motion.
        seed: of tasks, motions and noise. Row by row the same seed gives the same file.
        on_progress: told the number of arms now and then.

    Raises UserError where the file is there and was made with other settings.
    """
    path = Path(path)
    settings = {
        "joints": list(arm.joints),
        "model": _digest(arm.model),
        "seconds": seconds,
        "every": every,
        "dead_joint": dead_joint,
        "change_load": change_load,
        "seed": seed,
    }
    parts = recording.load_partial(path, settings)
    done = len(parts)
    while done < arms:
        chosen = range(done, min(done + _AT_ONCE, arms))
        parts += _simulated(arm, chosen, seconds, every, dead_joint, change_load, seed)
        done = len(parts)
        frame = pl.concat(parts)
        recording.save(path, frame, settings)
        if on_progress is not None:
            on_progress(done)
    return pl.concat(parts[:arms])


def tasks_of(
    arm: Arm, logs: pl.DataFrame, *, task: str = "task", order: Order = "shuffled"
) -> TaskSet:
    """Every joint of every arm as a task: from its features to its torque as a share of the limit.

    `logs` has a column that says which arm (or which episode) a row is of, and for every joint,
    numbered from 1, the columns q1, v1, a1, u1, in rad, rad/s, rad/s² and N m. Rows in which a
    joint stands still are left out.

    Raises UserError where a column is missing.
    """
    q, v, a, u = (_columns(logs, letter, arm.size) for letter in "qvau")
    if task not in logs.columns:
        raise UserError(f"The logs have no column '{task}'; they have {', '.join(logs.columns)}.")
    features = np.stack([arm.features(*row) for row in zip(q, v, a, strict=True)])
    shares, moving = u / arm.limits, arm.moving(features)
    tasks, names = [], []
    number = logs[task].to_numpy()
    for name in dict.fromkeys(number.tolist()):
        rows = number == name
        for joint in range(arm.size):
            chosen = rows & moving[:, joint]
            if not chosen.any():
                continue
            tasks.append((features[chosen, joint], shares[chosen, joint]))
            names.append(f"{name}, {arm.joints[joint]}")
    counts = [len(y) for _, y in tasks]
    x, y = (np.concatenate(parts) for parts in zip(*tasks, strict=True))
    return TaskSet(
        x, y[:, None], counts, task=task, task_names=names, inputs=COLUMNS, outputs=("torque",),
        order=order,
    )  # fmt: skip


def motion(
    generator: np.random.Generator, home: Float[np.ndarray, " joints"], times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A smooth random motion default_variants `home`: angles, velocities, accelerations, (times, joints).

    Each joint is a sum of three sine waves of up to 0.25 rad and 0.1 to 0.8 Hz.
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


def _simulated(
    arm: Arm,
    chosen: Sequence[int],
    seconds: float,
    every: int,
    dead_joint: bool,
    change_load: bool,
    seed: int,
) -> list[pl.DataFrame]:
    """One frame for each of these arms."""
    steps = round(seconds / arm.time_step)
    halves = (steps // 2, steps - steps // 2) if change_load else (steps,)
    generators = [np.random.default_rng((seed, i)) for i in chosen]
    tasks = [ArmTask.draw(g, arm.size, dead_joint=dead_joint) for g in generators]
    times = arm.time_step * np.arange(steps)
    wanted = [motion(g, arm.home, times)[0] for g in generators]
    state = np.stack([np.concatenate([[0.0], w[0], np.zeros(arm.size)]) for w in wanted])
    q, v, u, began = [], [], [], 0
    for length in halves:
        models = [_servoed(arm, task) for task in tasks]
        control = np.stack([w[began : began + length] for w in wanted])
        data = [mujoco.MjData(models[0]) for _ in range(2)]
        after, sensed = (np.asarray(a) for a in rollout.rollout(models, data, state, control))
        before = np.concatenate([state[:, None], after[:, :-1]], axis=1)
        q.append(before[:, :, 1 : 1 + arm.size])
        v.append(before[:, :, 1 + arm.size :])
        u.append(sensed)
        state, began = after[:, -1], began + length
        other = [ArmTask.draw(g, arm.size) for g in generators]
        tasks = [
            ArmTask(o.mass, o.centre, t.friction, t.strength)
            for o, t in zip(other, tasks, strict=True)
        ]
    q, v, force = (np.concatenate(parts, axis=1) for parts in (q, v, u))
    # In a half-implicit step this is the very acceleration that the torques gave.
    a = np.diff(v, axis=1) / arm.time_step
    strength = np.array([task.strength for task in tasks])[:, None]
    command = np.divide(force, strength, where=strength > 0, out=np.zeros_like(force))
    frames = []
    for row, (i, g) in enumerate(zip(chosen, generators, strict=True)):
        # The first half second is the start from rest against an unknown load.
        rows = slice(round(0.5 / arm.time_step), steps - 1, every)
        noise = ACCELERATION_NOISE * g.normal(size=a[row, rows].shape)
        columns = {
            "q": q[row, rows],
            "v": v[row, rows],
            "a": a[row, rows] + noise,
            "u": command[row, rows],
        }
        named = {
            f"{letter}{j + 1}": values[:, j].astype(np.float32)
            for letter, values in columns.items()
            for j in range(arm.size)
        }
        frames.append(pl.DataFrame({"task": np.full(len(columns["q"]), i), **named}))
    return frames


def _servoed(arm: Arm, task: ArmTask) -> mujoco.MjModel:
    """The arm as it really is, its servos as strong as its motors, and sensors of their torque."""
    model = arm.servoed.__copy__()
    real = arm.with_task(task)
    for name in ("body_mass", "body_ipos", "body_inertia", "dof_damping", "dof_frictionloss"):
        getattr(model, name)[:] = getattr(real, name)
    strength = np.asarray(task.strength)
    stiffness, damping = (k * arm.limits * strength for k in (_STIFFNESS, _DAMPING))
    model.actuator_gainprm[:, 0] = stiffness
    model.actuator_biasprm[:, 1], model.actuator_biasprm[:, 2] = -stiffness, -damping
    mujoco.mj_setConst(model, mujoco.MjData(model))
    return model


def _columns(logs: pl.DataFrame, letter: str, joints: int) -> np.ndarray:
    names = [f"{letter}{j + 1}" for j in range(joints)]
    missing = [name for name in names if name not in logs.columns]
    if missing:
        raise UserError(
            f"The logs have no column '{missing[0]}'; an arm of {joints} joints needs "
            f"q1 … q{joints}, and v, a and u likewise."
        )
    return logs.select(names).to_numpy().astype(float)


def _digest(model: mujoco.MjModel) -> str:
    """The same for arms that move alike."""
    names = ("body_mass", "body_ipos", "body_inertia", "body_pos", "body_quat", "jnt_axis")
    names += ("dof_armature", "dof_damping", "dof_frictionloss")
    content = b"".join(getattr(model, name).tobytes() for name in names)
    return hashlib.blake2b(content, digest_size=8).hexdigest()
