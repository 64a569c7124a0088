"""Tasks of arms: hidden payload, friction and motor gains, and their distribution."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ArmTask:
    """Hidden properties of one arm: its payload, joint friction and motors."""

    mass: float
    """Mass of the payload, kg."""
    center_of_mass: tuple[float, float, float]
    """Center of mass of the payload in the end-effector's frame, m."""
    friction: tuple[float, ...]
    """Factor on each joint's nominal friction, dry and viscous."""
    motor_gain: tuple[float, ...]
    """Delivered over commanded torque of each motor; 0 is a dead joint."""

    @classmethod
    def sample(
        cls, generator: np.random.Generator, num_joints: int, *, dead_joint: bool = False
    ) -> "ArmTask":
        """Sample a task.

        | symbol | distribution |
        |---|---|
        | mass | U(0, 3) kg |
        | center of mass | U(−5, 5) cm across, U(0, 15) cm along the end-effector's z-axis |
        | friction | exp U(−log 2, log 2) for each joint |
        | motor gain | U(0.8, 1.2) for each motor; with `dead_joint` one of them is 0 |

        Args:
            generator: Random numbers.
            num_joints: Number of joints of the arm.
            dead_joint: Set the gain of one random motor to 0.

        Returns:
            The task.
        """
        motor_gain = generator.uniform(0.8, 1.2, num_joints)
        if dead_joint:
            motor_gain[generator.integers(num_joints)] = 0.0
        x, y = generator.uniform(-0.05, 0.05, 2)
        return cls(
            float(generator.uniform(0.0, 3.0)),
            (float(x), float(y), float(generator.uniform(0.0, 0.15))),
            tuple(np.exp(generator.uniform(-np.log(2), np.log(2), num_joints)).tolist()),
            tuple(motor_gain.tolist()),
        )
