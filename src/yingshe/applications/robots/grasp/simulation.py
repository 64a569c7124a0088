"""Simulation of grasps: contact physics decides whether an object is lifted and held."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import os
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Float
from mujoco import rollout

from yingshe.applications.robots.grasp._scene import (
    FOOT,
    HOME,
    NUM_JOINTS,
    TIME_STEP,
    make_scene,
)
from yingshe.applications.robots.grasp.control import DESCENDED, compute_trajectory
from yingshe.applications.robots.grasp.tasks import Grasp, Object
from yingshe.applications.robots.rotations import rotation_matrix

MIN_CLEARANCE = 0.10
"""Height of an object's lowest point above the table for success, m."""
HOLD_SECONDS = 1.0
"""Time for which the object must stay that high, s."""
_COLLISION_ERROR = 0.02  # rad; a larger error of a joint means a collision


@dataclass(frozen=True)
class Attempt:
    """Motion of the arm and the object in one grasp."""

    model: mujoco.MjModel
    """MuJoCo model of the scene."""
    qpos: Float[np.ndarray, "steps 16"]
    """Joint angles (rad), fingers (m), position (m) and quaternion of the object."""
    clearance: Float[np.ndarray, " steps"]
    """Height of the object's lowest point above the table, m."""
    collided: bool
    """True if the arm hit something on its way down, and stopped there."""

    @property
    def success(self) -> bool:
        """True if the object was lifted by `MIN_CLEARANCE` and held for `HOLD_SECONDS`."""
        end = self.clearance[-round(HOLD_SECONDS / TIME_STEP) :]
        return not self.collided and bool((end >= MIN_CLEARANCE).all())


def simulate_grasp(object_: Object, finger_length: float, grasp: Grasp) -> Attempt:
    """Simulate one grasp.

    Args:
        object_: Object on the table.
        finger_length: Length of the fingers, m.
        grasp: Grasp in the robot's frame.

    Returns:
        The motion.
    """
    return simulate_grasps([(object_, grasp)], finger_length)[0]


def simulate_grasps(trials: Sequence[tuple[Object, Grasp]], finger_length: float) -> list[Attempt]:
    """Simulate several grasps on all cores.

    Args:
        trials: Objects of one shape, and their grasps.
        finger_length: Length of the fingers, m.

    Returns:
        One motion per trial.
    """
    models = [make_scene(object_, finger_length) for object_, _ in trials]
    controls = np.stack([compute_trajectory(grasp) for _, grasp in trials])
    cores = min(os.cpu_count() or 1, len(trials))
    data = [mujoco.MjData(models[0]) for _ in range(cores)]
    starts = np.zeros((len(trials), 1 + models[0].nq + models[0].nv))  # time comes first
    for start, model, control in zip(starts, models, controls, strict=True):
        start[1 : 1 + model.nq] = model.qpos0
        start[1 : 1 + NUM_JOINTS] = HOME
        start[1 + NUM_JOINTS : 3 + NUM_JOINTS] = control[0, -1]
    states = np.asarray(rollout.rollout(models, data, starts, controls)[0])
    attempts = []
    for (object_, _), model, control, state in zip(trials, models, controls, states, strict=True):
        qpos = state[:, 1 : 1 + model.nq]
        down = round(DESCENDED / TIME_STEP) - 1
        error = np.abs(qpos[down, :NUM_JOINTS] - control[down, :NUM_JOINTS]).max()
        clearance = _compute_clearance(object_, qpos[:, NUM_JOINTS + 2 :])
        attempts.append(Attempt(model, qpos, clearance, bool(error > _COLLISION_ERROR)))
    return attempts


def _compute_clearance(
    object_: Object, pose: Float[np.ndarray, "steps 7"]
) -> Float[np.ndarray, " steps"]:
    """Return the height of the lowest point, from position and quaternion."""
    up = rotation_matrix(pose[:, 3:])[:, 2]  # vertical component of each of the object's axes
    half = np.array([object_.length, object_.width, object_.height]) / 2
    if object_.shape == "box":
        return pose[:, 2] - np.abs(up) @ half
    if object_.shape == "cylinder":
        reach = np.abs(up[:, 0]) * half[0] + half[1] * np.hypot(up[:, 1], up[:, 2])
    else:
        reach = np.linalg.norm(up * half, axis=1)
    foot = np.abs(up[:, :2]) @ (half * FOOT)[:2] + up[:, 2] * half[2]
    return pose[:, 2] - np.maximum(reach, foot)
