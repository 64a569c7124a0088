"""From a grasp to the angles of the arm's joints over time."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import functools
import math

import mujoco
import numpy as np
from jaxtyping import Float

from yingshe.applications.robots.grasp.scene import HOME, JOINTS, TIME_STEP, scene
from yingshe.applications.robots.grasp.task import CENTRE, FINGER, Grasp, Object

LIFT = 0.12
"""m: how far the arm lifts."""
_ABOVE = 0.12  # m above the grasp, from where the hand comes straight down
_APPROACH, _DESCEND, _CLOSE, _RAISE, _HOLD = 0.9, 0.8, 0.4, 0.8, 1.2  # s
SECONDS = _APPROACH + _DESCEND + _CLOSE + _RAISE + _HOLD
"""s: of a whole motion."""
DESCENDED = _APPROACH + _DESCEND
"""s: when the hand is down and the fingers begin to close."""
_ITERATIONS, _DAMPING, _CLOSE_ENOUGH = 60, 1e-4, 1e-4
_NODES = 4  # of a straight line, between which the joints are interpolated


def controls(grasp: Grasp) -> Float[np.ndarray, "steps 8"]:
    """Angles of the joints (rad) and half the opening of the fingers (m), step by step.

    The hand moves above the grasp, straight down, closes, lifts and holds. A grasp out of reach is
    gone for as far as the arm comes.
    """
    heights = np.linspace(_ABOVE, 0.0, _NODES)
    down = _inverse_kinematics(grasp, heights)
    up = _inverse_kinematics(grasp, np.linspace(0.0, LIFT, _NODES), start=down[-1])
    joints = np.concatenate(
        [
            _along(np.stack([np.array(HOME), down[0]]), _APPROACH),
            _along(down, _DESCEND),
            np.repeat(down[-1:], _steps(_CLOSE), axis=0),
            _along(up, _RAISE),
            np.repeat(up[-1:], _steps(_HOLD), axis=0),
        ]
    )
    half = np.full((len(joints), 1), grasp.opening / 2)
    half[_steps(DESCENDED) :] = -0.02  # closed beyond what is held: the motor's force decides
    return np.concatenate([joints, half], axis=1)


def _along(nodes: np.ndarray, seconds: float) -> np.ndarray:
    """Through the nodes, at rest at both ends, by the time law of least jerk."""
    s = np.arange(1, _steps(seconds) + 1) / _steps(seconds)
    s = (10 * s**3 - 15 * s**4 + 6 * s**5) * (len(nodes) - 1)
    return np.stack([np.interp(s, np.arange(len(nodes)), q) for q in nodes.T], axis=1)


def _steps(seconds: float) -> int:
    return round(seconds / TIME_STEP)


def _inverse_kinematics(grasp: Grasp, heights, start=None) -> np.ndarray:
    """Joint angles, (heights, joints), with the hand pointing down above the grasp.

    Damped least squares (Wampler, Manipulator Inverse Kinematic Solutions, 1986).
    """
    model, data, hand = _kinematics()
    # Of the two hands that grasp alike, the one nearer to home.
    yaw = math.remainder(grasp.yaw, math.pi)
    cos, sin = math.cos(yaw), math.sin(yaw)
    wanted = np.array([[cos, sin, 0], [sin, -cos, 0], [0, 0, -1]])
    q = np.array(HOME if start is None else start)
    jacobian = np.empty((6, model.nv))
    found = []
    for height in heights:
        for _ in range(_ITERATIONS):
            data.qpos[:JOINTS] = q
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            axes = data.site_xmat[hand].reshape(3, 3)
            error = np.empty(6)
            error[:3] = (grasp.x, grasp.y, grasp.z + height) - data.site_xpos[hand]
            error[3:] = np.cross(axes.T, wanted.T).sum(axis=0) / 2
            if np.abs(error).max() < _CLOSE_ENOUGH:
                break
            mujoco.mj_jacSite(model, data, jacobian[:3], jacobian[3:], hand)
            j = jacobian[:, :JOINTS]
            step = j.T @ np.linalg.solve(j @ j.T + _DAMPING * np.eye(6), error)
            q = q + np.clip(step, -0.3, 0.3)
        found.append(q)
    return np.stack(found)


@functools.lru_cache(maxsize=1)
def _kinematics():
    model = scene(Object("box", *CENTRE, 0.0, 0.1, 0.04, 0.04, 0.5, 0.0), FINGER)
    return model, mujoco.MjData(model), model.site("hand").id
