"""Trajectory tracking in simulation, and the tracking errors of a controller."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float

from yingshe.applications.policy import Policy, simulate
from yingshe.applications.robots.arm.control import ControlInput, ControlResult
from yingshe.applications.robots.arm.data import ACCELERATION_NOISE, random_trajectory
from yingshe.applications.robots.arm.model import Joints
from yingshe.applications.robots.arm.robot import Arm
from yingshe.applications.robots.arm.tasks import ArmTask


@dataclass(frozen=True)
class Tracking:
    """Motion of an arm under a controller."""

    joint_error: Float[np.ndarray, "steps joints"]
    """Desired minus measured joint angles, rad."""
    end_effector_error: Float[np.ndarray, " steps"]
    """Distance of the end-effector from its desired position, m."""
    step_seconds: Float[np.ndarray, " steps"]
    """Time of the controller at each step, without the simulation."""
    q: Float[np.ndarray, "steps joints"]
    """Measured joint angles, rad."""
    reference: Float[np.ndarray, "steps joints"]
    """Desired joint angles, rad."""
    time_step: float
    """Length of a control step, s."""
    final_state: Any = None
    """State of the controller after the last step."""

    @property
    def joint_rmse(self) -> float:
        """Root mean square error over all joints and steps, rad."""
        return float(np.sqrt(np.mean(self.joint_error**2)))

    @property
    def end_effector_rmse(self) -> float:
        """Root mean square distance of the end-effector, m."""
        return float(np.sqrt(np.mean(self.end_effector_error**2)))

    def settling_time(self, start_step: int, *, window: float = 0.25, factor: float = 2.0) -> float:
        """Compute the time after a disturbance until the error is as small as before.

        The error before is that over the second that ends at `start_step`.

        Args:
            start_step: Number of the time step of the disturbance.
            window: Length of the moving root mean square, s.
            factor: Bound on the error, as a multiple of that before the disturbance.

        Returns:
            Seconds; 0 where the error stays within the bound in the second after the disturbance,
            the rest of the motion where it never returns.
        """
        size = np.linalg.norm(self.joint_error, axis=1)
        second, width = round(1 / self.time_step), round(window / self.time_step)
        before = np.sqrt(np.mean(size[max(start_step - second, 0) : start_step] ** 2))
        squares = np.convolve(size[start_step:] ** 2, np.ones(width) / width, mode="valid")
        outside = np.sqrt(squares) > factor * before
        if not outside[:second].any():
            return 0.0
        first = int(np.argmax(outside))
        inside = np.flatnonzero(~outside[first:])
        steps = first + int(inside[0]) if inside.size else len(outside)
        return float(steps * self.time_step)


class _Simulation:
    """Simulation of the true arm on a reference trajectory; the payload may change half-way."""

    def __init__(
        self,
        arm: Arm,
        task: ArmTask,
        reference: tuple[np.ndarray, np.ndarray, np.ndarray],
        generator: np.random.Generator,
        switch: tuple[int, ArmTask] | None,
    ):
        self._arm, self._reference, self._generator = arm, reference, generator
        self._switch, self._motor_gain = switch, np.asarray(task.motor_gain)
        self._model = arm.with_task(task)
        self._data = mujoco.MjData(self._model)
        self._t = 0

    def reset(self) -> ControlInput:
        self._t = 0
        self._data.qpos[:], self._data.qvel[:] = self._reference[0][0], self._reference[1][0]
        return self._observe()

    def advance(self, action: Joints) -> tuple[ControlResult, ControlInput]:
        arm, data = self._arm, self._data
        if self._switch is not None and self._t == self._switch[0]:
            self._model = arm.with_task(self._switch[1])
        torque = np.clip(action, -arm.torque_limits, arm.torque_limits)
        velocity = data.qvel.copy()
        data.qfrc_applied[:] = self._motor_gain * torque
        mujoco.mj_step(self._model, data)
        noise = ACCELERATION_NOISE * self._generator.normal(size=arm.num_joints)
        acceleration = (data.qvel - velocity) / arm.time_step + noise
        self._t += 1
        return ControlResult(acceleration, torque), self._observe()

    def _observe(self) -> ControlInput:
        # No action follows the last step: its row is repeated.
        t = min(self._t, len(self._reference[0]) - 1)
        desired = (rows[t] for rows in self._reference)
        return ControlInput(self._data.qpos.copy(), self._data.qvel.copy(), *desired)


def track(
    arm: Arm,
    task: ArmTask,
    controller: Policy,
    *,
    seed: int,
    seconds: float = 5.0,
    switch_to: ArmTask | None = None,
) -> Tracking:
    """Track a random trajectory with a controller in simulation.

    Args:
        arm: Robot model of the arm.
        task: Hidden properties of the arm.
        controller: A policy that maps `ControlInput` to torques, N m.
        seed: Seed of trajectory and noise.
        seconds: Length of the trajectory, s.
        switch_to: Hidden properties from half-way on; the motor gains must be those of `task`.
            Only a controller with `switch_task` is given them.

    Returns:
        Errors and times of every step.
    """
    generator = np.random.default_rng(seed)
    steps = round(seconds / arm.time_step)
    reference = random_trajectory(generator, arm.home, arm.time_step * np.arange(steps))
    switch = None if switch_to is None else (steps // 2, switch_to)
    simulation = _Simulation(arm, task, reference, generator, switch)
    no_keys = [None] * steps  # no controller is random
    transitions = simulate(
        simulation, controller, task=task, steps=steps, keys=no_keys, switch=switch
    )
    visited, seconds_per_step, state = np.empty((steps, arm.num_joints)), np.empty(steps), None
    for t, transition in enumerate(transitions):
        visited[t], seconds_per_step[t] = transition.step.q, transition.seconds
        state = transition.state
    desired = reference[0]
    positions = np.array(
        [[arm.end_effector_position(row) for row in rows] for rows in (visited, desired)]
    )
    distance = np.linalg.norm(positions[0] - positions[1], axis=1)
    return Tracking(
        desired - visited, distance, seconds_per_step, visited, desired, arm.time_step, state
    )
