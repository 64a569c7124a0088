"""Simulated episodes with faults and short rollouts, as rows of a log."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from dataclasses import dataclass
from typing import Any

import jax
import mujoco
import numpy as np
import polars as pl
from mujoco import rollout

from yingshe.applications.robots.locomotion.baselines import (
    OracleDynamicsController,
    SimulatorMPCController,
)
from yingshe.applications.robots.locomotion.robots import FRAME_SKIP, LeggedRobot

ExplorationController = OracleDynamicsController | SimulatorMPCController
"""Controllers that are given the fault: episodes should show good motion, not adaptation."""

_START_NOISE = 0.4  # rad, offset of the joints where an episode with random actions starts
_CORRELATION = 0.7  # of neighboring random actions
_ACTION_NOISE = 0.1  # added to planned actions, so that episodes differ


@dataclass(frozen=True)
class EpisodeSettings:
    """Settings of a simulated episode."""

    steps: int
    """Number of time steps."""
    rollouts_per_state: int
    """Number of short rollouts that start from every second state."""
    rollout_steps: int
    """Number of time steps of such a rollout."""


def simulate_episode(
    robot: LeggedRobot,
    controller: ExplorationController | None,
    settings: EpisodeSettings,
    *,
    task: int,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Simulate one episode with its short rollouts and return the rows of the log.

    A first fault holds from the start, a second one from a random time step on.

    Args:
        robot: Robot to simulate.
        controller: Controller that is informed of the faults; None for random actions.
        settings: Settings of the episode.
        task: Number of the episode.
        rng: Random number generator.
    """
    steps, count, length = settings.steps, settings.rollouts_per_state, settings.rollout_steps
    faults = [robot.sample_fault(rng), robot.sample_fault(rng)]
    fault_step = int(rng.integers(steps // 5, 4 * steps // 5))
    models = [robot.with_gains(fault.gains) for fault in faults]
    key = jax.random.key(int(rng.integers(2**31)))
    state: Any = None if controller is None else controller.init_state(faults[0])
    data: Any = robot.reset(rng, noise=0.1 if controller else _START_NOISE)
    noise = _ActionNoise(rng, robot.num_motors)
    scratch = mujoco.MjData(robot.model)
    rows: list[tuple[Any, ...]] = []
    action: np.ndarray
    plans: np.ndarray
    for t in range(steps):
        if t == fault_step and controller is not None:
            state = controller.switch_task(state, faults[1])
        phase = int(t >= fault_step)
        gains = np.asarray(faults[phase].gains)
        before: np.ndarray = robot.mj_state(data)
        if controller is None:
            action = noise.sample()
            plans = np.array([[noise.sample() for _ in range(length)] for _ in range(count)])
        else:
            action, _ = controller.act(state, before, jax.random.fold_in(key, t))
            action = np.clip(action + _ACTION_NOISE * rng.normal(size=robot.num_motors), -1, 1)
            std = rng.uniform(0.05, 0.6, (count, 1, 1))
            plan = np.concatenate([action[None], np.asarray(state.plan.mean)])[:length]
            plans = plan + std * rng.normal(size=(count, length, robot.num_motors))
            plans = np.clip(plans, -1, 1)
        if t % 2 == 0 and count:
            starts = np.tile(before, (count, 1))
            controls = np.repeat(plans, FRAME_SKIP, axis=1)
            states, _ = rollout.rollout(models[phase], scratch, starts, controls)
            ends: np.ndarray = np.asarray(states)[:, FRAME_SKIP - 1 :: FRAME_SKIP]
            befores = np.concatenate([starts[:, None], ends[:, :-1]], axis=1)
            for branch, parts in enumerate(zip(befores, plans, ends, strict=True)):
                rows += [
                    (branch + 1, t + i, *row, gains)
                    for i, row in enumerate(zip(*parts, strict=True))
                ]
        data.ctrl[:] = action
        mujoco.mj_step(models[phase], data, FRAME_SKIP)
        after = robot.mj_state(data)
        rows.append((0, t, before, action, after, gains))
        if robot.fall_penalty(robot.local_state(after)) > 0:  # data of a fallen robot do not help
            data = robot.reset(rng, noise=_START_NOISE)
    return _to_frame(robot, task, rows)


def log_columns(robot: LeggedRobot) -> list[str]:
    """Return the columns of a log after task, branch and step.

    Args:
        robot: Robot of the log.
    """
    motors = [f"{letter} {m}" for letter in "au" for m in robot.motor_names]
    return [*robot.state_names, *motors, *(f"d {name}" for name in robot.delta_names)]


class _ActionNoise:
    """Time-correlated actions whose scale changes at random times."""

    def __init__(self, rng: np.random.Generator, num_motors: int):
        self._rng, self._noise = rng, np.zeros(num_motors)
        self._scale = 1.0

    def sample(self) -> np.ndarray:
        if self._rng.uniform() < 0.05:
            self._scale = float(self._rng.uniform(0.2, 1.5))
        fresh = self._rng.normal(size=len(self._noise))
        self._noise = _CORRELATION * self._noise + np.sqrt(1 - _CORRELATION**2) * fresh
        return np.clip(self._scale * self._noise, -1, 1)


def _to_frame(robot: LeggedRobot, task: int, rows: list[tuple]) -> pl.DataFrame:
    """Convert (branch, step, state, action, next state, gains); sorted by branch and step."""
    rows = sorted(rows, key=lambda row: row[:2])
    branch, step, before, action, after, gains = (
        np.array(part) for part in zip(*rows, strict=True)
    )
    encoded = np.asarray(robot.encode_state(robot.local_state(before)))
    parts = [encoded, action, action * gains, robot.delta(before, after)]
    values = np.concatenate(parts, axis=1).astype(np.float32)
    columns = dict(zip(log_columns(robot), values.T, strict=True))
    head = {"task": np.full(len(branch), task), "branch": branch, "step": step}
    frame = pl.DataFrame(head | columns)
    return frame.filter(pl.all_horizontal(pl.col(pl.Float32).is_finite()))
