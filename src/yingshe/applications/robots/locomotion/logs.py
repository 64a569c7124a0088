"""Logs of walkers, whole and damaged, at random and while a plan drives them; and their tasks."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import jax
import mujoco
import numpy as np
import polars as pl
from mujoco import rollout

from yingshe.applications.robots import dataset_io as recording
from yingshe.applications.robots.locomotion.body import FRAME_SKIP, Walker, make_walker
from yingshe.applications.robots.locomotion.control import Told, TrueSimulator
from yingshe.applications.robots.locomotion.mapping import checked, prior_weights, rows
from yingshe.applications.robots.locomotion.planner import Model, Planner
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.tasks import TaskSet

_WIDE = 0.4  # rad: how far joints are off where a random walk starts
_CORRELATION = 0.7  # between neighbouring actions at random
_AT_ONCE = 4  # walks between two writings of the file
_SHORT = 32  # moments of a task to the learner of the body
_PAIRS = 128  # at most, of a task to the learner of joints: training inverts 2ⁿ of them fastest
_ORDERS = 4  # in which each walk's motors are shown to it
_SHAKEN = 0.1  # noise of the actions that a plan wants, lest all walks be alike


def collect(
    walker: Walker,
    path: str | Path,
    *,
    walks: int = 40,
    steps: int = 150,
    branches: int = 8,
    length: int = 4,
    by: Learner | Literal["chance", "simulator"] = "chance",
    seed: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> pl.DataFrame:
    """Let walkers walk, damage striking each on the way, and log them into a Parquet file.

    From every second state of a walk short branches set out, by noise default_variants its plan: what a
    planner imagines is not only what was done. Damages are those of `Walker.train`. Columns: task
    (the walk), branch (0 is the walk itself), step, what is read of the pose, `a` commanded and `u`
    delivered for each motor, and `d` for each output of the mapping. A file that is there already
    is gone on with.

    Args:
        walker: which.
        path: a .parquet file.
        walks: how many.
        steps: of each.
        branches: from every second state.
        length: steps of a branch.
        by: what drives the walks: actions at random, plans through MuJoCo itself, or plans through
            a learner of the body. Plans are told the damage.
        seed: of everything that is drawn. Walk by walk the same seed gives the same file.
        on_progress: told the number of walks now and then.

    Raises UserError where the file is there and was made with other settings.
    """
    path = Path(path)
    settings = {
        "walker": walker.name,
        "steps": steps,
        "branches": branches,
        "length": length,
        "by": by if isinstance(by, str) else "learner",
        "seed": seed,
    }
    parts = recording.load_partial(path, settings)
    while len(parts) < walks:
        for i in range(len(parts), min(len(parts) + _AT_ONCE, walks)):
            generator = np.random.default_rng((seed, i))
            parts.append(_walk(walker, _driver(walker, by), generator, i, steps, branches, length))
        frame = pl.concat(parts)
        recording.save(path, frame, settings)
        if on_progress is not None:
            on_progress(len(parts))
    return pl.concat(parts[:walks])


def read_logs(walker: Walker, paths: Sequence[str | Path]) -> pl.DataFrame:
    """What `collect` has written, of several files as one.

    Raises UserError where a file is missing or is of another walker.
    """
    frames = []
    for number, path in enumerate(map(Path, paths)):
        if not path.is_file():
            raise UserError(f"There is no file {path}.")
        frame = pl.read_parquet(path)
        missing = [name for name in _columns(walker) if name not in frame.columns]
        if missing:
            raise UserError(f"{path} has no column '{missing[0]}'; it is no log of {walker.name}.")
        named = pl.format("{}/{}", pl.lit(number), pl.col("task")).alias("task")
        frames.append(frame.with_columns(named))
    return pl.concat(frames)


def body_tasks(
    walker: Walker, logs: pl.DataFrame, *, actions: Literal["delivered", "commanded"] = "delivered"
) -> TaskSet:
    """What the body is trained on: (what is read of the pose, action) → change, a few of a walk.

    With actions as commanded, damage is in the mapping; as delivered, it is in the action.
    """
    letter = {"delivered": "u", "commanded": "a"}[actions]
    motors = [f"{letter} {m}" for m in walker.motors]
    x = logs.select([*walker.inputs, *motors]).to_numpy()
    y = logs.select([f"d {name}" for name in walker.outputs]).to_numpy()
    walk = logs["task"].rle_id().to_numpy()
    # Short tasks: a step of training draws at most as many tasks as there are.
    starts = np.flatnonzero(np.diff(walk, prepend=-1))
    each = np.arange(len(walk)) - np.repeat(starts, np.diff(np.r_[starts, len(walk)]))
    counts = np.diff(np.r_[np.flatnonzero(each % _SHORT == 0), len(walk)])
    return TaskSet(
        x, y, counts, inputs=[*walker.inputs, *motors], outputs=walker.outputs, order="recorded"
    )


def joint_tasks(walker: Walker, body: Learner, logs: pl.DataFrame, *, seed: int = 0) -> TaskSet:
    """What the learner of joints is trained on: `rows` along the walks.

    Each walk comes several times with its motors in another random order, so that nothing is
    learned of any one of them.
    """
    body = checked(body, len(walker.inputs) + walker.size, len(walker.outputs))
    generator = np.random.default_rng(seed)
    xs, ys, counts = [], [], []
    walked = logs.filter(pl.col("branch") == 0)
    for frame in walked.partition_by("task", maintain_order=True):
        read = frame.select(walker.inputs).to_numpy()
        action = frame.select([f"a {m}" for m in walker.motors]).to_numpy()
        change = frame.select([f"d {name}" for name in walker.outputs]).to_numpy()
        x, y = rows(body, read, action, change, np.ones(walker.size))
        for _ in range(_ORDERS):
            order = generator.permutation(walker.size)
            xs.append(x[:, :, order].reshape(-1, walker.size))
            ys.append(y.reshape(-1, 1))
            counts.append(len(xs[-1]))
    names = [f"motor {i + 1}" for i in range(walker.size)]
    return TaskSet(
        np.concatenate(xs), np.concatenate(ys), counts, inputs=names, outputs=("effect",),
        order="recorded",
    )  # fmt: skip


def joint_window(walker: Walker) -> int:
    """Pairs of a task to the learner of joints."""
    return _PAIRS // walker.size * walker.size


def _driver(
    walker: Walker, by: Learner | Literal["chance", "simulator"]
) -> Told | TrueSimulator | None:
    if isinstance(by, str):
        few = Planner(walker, candidates=48)  # the simulator's time is dear
        return TrueSimulator(few) if by == "simulator" else None
    body = checked(by, len(walker.inputs) + walker.size, len(walker.outputs))
    model = Model(body, prior_weights(body), jax.numpy.ones(walker.size))
    return Told(_planner(walker.name), model)


@functools.lru_cache(maxsize=4)
def _planner(name: str) -> Planner:
    """One for all walks: each has a compilation of its own."""
    return Planner(make_walker(name))


def _walk(
    walker: Walker,
    controller: Told | TrueSimulator | None,
    generator: np.random.Generator,
    number: int,
    steps: int,
    branches: int,
    length: int,
) -> pl.DataFrame:
    """One walk with its branches."""
    damages = [walker.draw(generator), walker.draw(generator)]
    strike = int(generator.integers(steps // 5, 4 * steps // 5))
    models = [walker.with_strength(damage.strength) for damage in damages]
    key = jax.random.key(int(generator.integers(2**31)))
    if controller is not None:
        controller.strike(damages[0])
    data = walker.start(generator, wide=0.1 if controller else _WIDE)
    noise = _Noise(generator, walker.size)
    scratch = mujoco.MjData(walker.model)
    moments = []
    for t in range(steps):
        if t == strike and controller is not None:
            controller.strike(damages[1])
        now = int(t >= strike)
        strength = np.asarray(damages[now].strength)
        full = walker.full_state(data)
        if controller is None:
            action = noise.next()
            ahead = np.array([[noise.next() for _ in range(length)] for _ in range(branches)])
        else:
            action = controller.act(full, jax.random.fold_in(key, t))
            action = np.clip(action + _SHAKEN * generator.normal(size=walker.size), -1, 1)
            wide = generator.uniform(0.05, 0.6, (branches, 1, 1))
            plan = np.concatenate([action[None], np.asarray(controller.plan.mean)])[:length]
            ahead = plan + wide * generator.normal(size=(branches, length, walker.size))
            ahead = np.clip(ahead, -1, 1)
        if t % 2 == 0 and branches:
            states = np.tile(full, (branches, 1))
            long = np.repeat(ahead, FRAME_SKIP, axis=1)
            ends, _ = rollout.rollout(models[now], scratch, states, long)
            ends = np.asarray(ends)[:, FRAME_SKIP - 1 :: FRAME_SKIP]
            starts = np.concatenate([states[:, None], ends[:, :-1]], axis=1)
            for b, (before, actions, after) in enumerate(zip(starts, ahead, ends, strict=True)):
                moments += [
                    (b + 1, t + i, *row, strength)
                    for i, row in enumerate(zip(before, actions, after, strict=True))
                ]
        data.ctrl[:] = action
        mujoco.mj_step(models[now], data, FRAME_SKIP)
        after = walker.full_state(data)
        moments.append((0, t, full, action, after, strength))
        if walker.fallen(walker.pose(after)) > 0:  # lying, it would learn no walking
            data = walker.start(generator, wide=_WIDE)
    return _frame(walker, number, moments)


class _Noise:
    """Time-correlated actions, whose size changes now and then."""

    def __init__(self, generator: np.random.Generator, size: int):
        self._generator, self._now = generator, np.zeros(size)
        self._size = 1.0

    def next(self) -> np.ndarray:
        if self._generator.uniform() < 0.05:
            self._size = float(self._generator.uniform(0.2, 1.5))
        fresh = self._generator.normal(size=len(self._now))
        self._now = _CORRELATION * self._now + np.sqrt(1 - _CORRELATION**2) * fresh
        return np.clip(self._size * self._now, -1, 1)


def _frame(walker: Walker, number: int, moments: list[tuple]) -> pl.DataFrame:
    """Of (branch, step, full state, action, full state after, strength): the walk itself first."""
    moments = sorted(moments, key=lambda moment: moment[:2])
    branch, step, full, action, after, strength = (
        np.array(part) for part in zip(*moments, strict=True)
    )
    read = np.asarray(walker.read(walker.pose(full)))
    parts = [read, action, action * strength, walker.change(full, after)]
    values = np.concatenate(parts, axis=1).astype(np.float32)
    columns = dict(zip(_columns(walker), values.T, strict=True))
    head = {"task": np.full(len(branch), number), "branch": branch, "step": step}
    frame = pl.DataFrame(head | columns)
    return frame.filter(pl.all_horizontal(pl.col(pl.Float32).is_finite()))


def _columns(walker: Walker) -> list[str]:
    motors = [f"{letter} {m}" for letter in "au" for m in walker.motors]
    return [*walker.inputs, *motors, *(f"d {name}" for name in walker.outputs)]
