"""Trying grasps in simulation: contact physics decides whether an object is lifted and held."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import os
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Float
from mujoco import rollout

from yingshe.applications.robots.grasp.motion import DESCENDED, controls
from yingshe.applications.robots.grasp.scene import FOOT, HOME, JOINTS, TIME_STEP, scene
from yingshe.applications.robots.grasp.task import Grasp, Object

LIFTED = 0.10
"""m: what the lowest point of an object must be clear of the table by."""
HELD = 1.0
"""s: for how long."""
_STOPPED = 0.02  # rad: a joint this far from where it is sent has run into something


@dataclass(frozen=True)
class Attempt:
    """One grasp as it went."""

    model: mujoco.MjModel
    qpos: Float[np.ndarray, "steps 16"]
    """Joints (rad), fingers (m), place (m) and quaternion of the object."""
    clearance: Float[np.ndarray, " steps"]
    """Of the lowest point of the object above the table, m."""
    stopped: bool
    """The arm ran into something on its way down, and stopped there."""

    @property
    def success(self) -> bool:
        """The object was lifted `LIFTED` clear of the table, and held there for `HELD` seconds."""
        held = self.clearance[-round(HELD / TIME_STEP) :]
        return not self.stopped and bool((held >= LIFTED).all())


def attempt(object_: Object, finger: float, grasp: Grasp) -> Attempt:
    """Let the arm, with fingers of that length (m), try that grasp of that object."""
    return attempts([(object_, grasp)], finger)[0]


def attempts(trials: Sequence[tuple[Object, Grasp]], finger: float) -> list[Attempt]:
    """The same for many objects of one shape and their grasps, on all cores at once."""
    models = [scene(object_, finger) for object_, _ in trials]
    control = np.stack([controls(grasp) for _, grasp in trials])
    cores = min(os.cpu_count() or 1, len(trials))
    data = [mujoco.MjData(models[0]) for _ in range(cores)]
    starts = np.zeros((len(trials), 1 + models[0].nq + models[0].nv))  # time comes first
    for start, model, moves in zip(starts, models, control, strict=True):
        start[1 : 1 + model.nq] = model.qpos0
        start[1 : 1 + JOINTS] = HOME
        start[1 + JOINTS : 3 + JOINTS] = moves[0, -1]
    states = np.asarray(rollout.rollout(models, data, starts, control)[0])
    found = []
    for (object_, _), model, moves, state in zip(trials, models, control, states, strict=True):
        qpos = state[:, 1 : 1 + model.nq]
        down = round(DESCENDED / TIME_STEP) - 1
        away = np.abs(qpos[down, :JOINTS] - moves[down, :JOINTS]).max()
        clearance = _clearance(object_, qpos[:, JOINTS + 2 :])
        found.append(Attempt(model, qpos, clearance, bool(away > _STOPPED)))
    return found


def _clearance(object_: Object, pose: Float[np.ndarray, "steps 7"]) -> Float[np.ndarray, " steps"]:
    """Height of the lowest point, from place and quaternion."""
    w, x, y, z = pose[:, 3:].T
    # The third row of the rotation matrix: how much each axis of the object points up.
    up = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x**2 + y**2)], axis=1)
    half = np.array([object_.length, object_.width, object_.height]) / 2
    if object_.shape == "box":
        return pose[:, 2] - np.abs(up) @ half
    if object_.shape == "cylinder":
        reach = np.abs(up[:, 0]) * half[0] + half[1] * np.hypot(up[:, 1], up[:, 2])
    else:
        reach = np.linalg.norm(up * half, axis=1)
    foot = np.abs(up[:, :2]) @ (half * FOOT)[:2] + up[:, 2] * half[2]
    return pose[:, 2] - np.maximum(reach, foot)
