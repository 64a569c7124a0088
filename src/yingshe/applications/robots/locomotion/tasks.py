"""Tasks of locomotion: actuator faults, which change the dynamics of a robot."""

from dataclasses import dataclass

import numpy as np

HEALTHY_PROBABILITY = 0.2
"""Probability that a sampled task has no fault."""
WEAK_PROBABILITY = 1 / 3
"""Probability that the actuators of a sampled fault are weak instead of dead."""


@dataclass(frozen=True)
class ActuatorFault:
    """Actuators that deliver less torque than commanded."""

    name: str
    """Short description, such as "bshin dead"."""
    gains: tuple[float, ...]
    """Delivered torque divided by commanded torque for each motor; 0 is a dead motor."""

    @property
    def dead_motors(self) -> np.ndarray:
        """Indices of the motors without torque."""
        return np.flatnonzero(np.asarray(self.gains) == 0)


def make_fault(
    motor_names: tuple[str, ...], motors: tuple[int, ...], gain: float = 0.0
) -> ActuatorFault:
    """Return the fault in which some motors have a reduced gain.

    Args:
        motor_names: Names of all motors of the robot.
        motors: Indices of the faulty motors; none for a healthy robot.
        gain: Gain of the faulty motors; 0 is a dead motor.

    Returns:
        The fault.
    """
    gains = np.ones(len(motor_names))
    gains[list(motors)] = gain
    if not motors:
        return ActuatorFault("undamaged", tuple(gains.tolist()))
    names = " and ".join(motor_names[i] for i in motors)
    condition = "dead" if gain == 0 else f"at {gain:.0%}"
    return ActuatorFault(f"{names} {condition}", tuple(gains.tolist()))


def sample_fault(
    motor_names: tuple[str, ...],
    motor_groups: tuple[tuple[int, ...], ...],
    rng: np.random.Generator,
) -> ActuatorFault:
    """Sample a fault for training.

    With probability 0.2 there is no fault. Otherwise one group of motors fails: dead with
    probability 2/3, else with a gain drawn uniformly from [0, 1).

    Args:
        motor_names: Names of all motors of the robot.
        motor_groups: Groups of motors that fail together.
        rng: Random number generator.

    Returns:
        The fault.
    """
    if rng.uniform() < HEALTHY_PROBABILITY:
        return make_fault(motor_names, ())
    motors = motor_groups[rng.integers(len(motor_groups))]
    weak = rng.uniform() < WEAK_PROBABILITY
    return make_fault(motor_names, motors, float(rng.uniform()) if weak else 0.0)
