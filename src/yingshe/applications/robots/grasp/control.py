"""Joint trajectories of a grasp: approach, descend, close, lift and hold."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import functools
import math

import mujoco
import numpy as np
from jaxtyping import Float

from yingshe.applications.robots.grasp._scene import HOME, NUM_JOINTS, TIME_STEP, make_scene
from yingshe.applications.robots.grasp.tasks import (
    NOMINAL_FINGER_LENGTH,
    WORKSPACE_CENTER,
    Grasp,
    Object,
)

LIFT_HEIGHT = 0.12
"""Height by which the arm lifts, m."""
_APPROACH_HEIGHT = 0.12  # m above the grasp, from where the hand descends vertically
_APPROACH, _DESCEND, _CLOSE, _RAISE, _HOLD = 0.9, 0.8, 0.4, 0.8, 1.2  # s
SECONDS = _APPROACH + _DESCEND + _CLOSE + _RAISE + _HOLD
"""Length of a complete motion, s."""
DESCENDED = _APPROACH + _DESCEND
"""Time at which the hand is down and the fingers begin to close, s."""
_MAX_ITERATIONS, _DAMPING, _TOLERANCE = 60, 1e-4, 1e-4  # of inverse kinematics
_NUM_NODES = 4  # of a straight line, between which the joints are interpolated


def compute_trajectory(grasp: Grasp) -> Float[np.ndarray, "steps 8"]:
    """Compute the servo commands of a grasp.

    The hand moves above the grasp, descends vertically, closes, lifts and holds. For a grasp out of
    reach the arm goes as far as it can.

    Args:
        grasp: Grasp in the robot's frame.

    Returns:
        Joint angles (rad) and half the opening of the fingers (m) at each time step.
    """
    heights = np.linspace(_APPROACH_HEIGHT, 0.0, _NUM_NODES)
    down = _solve_inverse_kinematics(grasp, heights)
    up = _solve_inverse_kinematics(grasp, np.linspace(0.0, LIFT_HEIGHT, _NUM_NODES), start=down[-1])
    joints = np.concatenate(
        [
            _interpolate(np.stack([np.array(HOME), down[0]]), _APPROACH),
            _interpolate(down, _DESCEND),
            np.repeat(down[-1:], _count_steps(_CLOSE), axis=0),
            _interpolate(up, _RAISE),
            np.repeat(up[-1:], _count_steps(_HOLD), axis=0),
        ]
    )
    half = np.full((len(joints), 1), grasp.opening / 2)
    # The commanded opening is below any object, so that the force limit of the motor acts.
    half[_count_steps(DESCENDED) :] = -0.02
    return np.concatenate([joints, half], axis=1)


def _interpolate(nodes: np.ndarray, seconds: float) -> np.ndarray:
    """Return a minimum-jerk motion through the nodes, at rest at both ends."""
    s = np.arange(1, _count_steps(seconds) + 1) / _count_steps(seconds)
    s = (10 * s**3 - 15 * s**4 + 6 * s**5) * (len(nodes) - 1)
    return np.stack([np.interp(s, np.arange(len(nodes)), q) for q in nodes.T], axis=1)


def _count_steps(seconds: float) -> int:
    return round(seconds / TIME_STEP)


def _solve_inverse_kinematics(
    grasp: Grasp, heights: np.ndarray, start: np.ndarray | None = None
) -> Float[np.ndarray, "heights joints"]:
    """Return joint angles with the hand pointing down at heights above the grasp.

    Damped least squares (Wampler, Manipulator Inverse Kinematic Solutions, 1986).
    """
    model, data, hand = _make_kinematics()
    # Two orientations of the hand are equivalent; the one nearer to home is reachable.
    yaw = math.remainder(grasp.yaw, math.pi)
    cos, sin = math.cos(yaw), math.sin(yaw)
    desired = np.array([[cos, sin, 0], [sin, -cos, 0], [0, 0, -1]])
    q = np.array(HOME if start is None else start)
    jacobian = np.empty((6, model.nv))
    solutions = []
    for height in heights:
        for _ in range(_MAX_ITERATIONS):
            data.qpos[:NUM_JOINTS] = q
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            axes = data.site_xmat[hand].reshape(3, 3)
            error = np.empty(6)
            error[:3] = (grasp.x, grasp.y, grasp.z + height) - data.site_xpos[hand]
            error[3:] = np.cross(axes.T, desired.T).sum(axis=0) / 2
            if np.abs(error).max() < _TOLERANCE:
                break
            mujoco.mj_jacSite(model, data, jacobian[:3], jacobian[3:], hand)
            j = jacobian[:, :NUM_JOINTS]
            step = j.T @ np.linalg.solve(j @ j.T + _DAMPING * np.eye(6), error)
            q = q + np.clip(step, -0.3, 0.3)
        solutions.append(q)
    return np.stack(solutions)


@functools.lru_cache(maxsize=1)
def _make_kinematics():
    object_ = Object("box", *WORKSPACE_CENTER, 0.0, 0.1, 0.04, 0.04, 0.5, 0.0)
    model = make_scene(object_, NOMINAL_FINGER_LENGTH)
    return model, mujoco.MjData(model), model.site("hand").id
