"""Simulation of episodes in which an actuator fault occurs."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
from jaxtyping import Float

from yingshe.applications.policy import Policy, simulate
from yingshe.applications.robots.locomotion.control import MPCState, StepResult
from yingshe.applications.robots.locomotion.robots import FRAME_SKIP, LeggedRobot
from yingshe.applications.robots.locomotion.tasks import ActuatorFault


@dataclass(frozen=True)
class Episode:
    """One episode of a controller, by time step."""

    reward: Float[np.ndarray, " steps"]
    """Gymnasium's reward without its bonus for being alive: forward velocity less control cost."""
    forward: Float[np.ndarray, " steps"]
    """Forward position of the torso after the action, m."""
    mj_state: Float[np.ndarray, "steps mj"]
    """MuJoCo's state before the action."""
    action: Float[np.ndarray, "steps motors"]
    """Commanded actions."""
    estimated_gains: Float[np.ndarray, "steps motors"]
    """Motor gains that an adaptive controller has estimated; 1 for the others."""
    step_seconds: Float[np.ndarray, " steps"]
    """Wall-clock time of the controller, without the simulation."""
    fault_step: int
    """Time step at which the fault occurs."""

    @property
    def return_before(self) -> float:
        """Sum of rewards before the fault."""
        return float(self.reward[: self.fault_step].sum())

    @property
    def return_after(self) -> float:
        """Sum of rewards from the fault on."""
        return float(self.reward[self.fault_step :].sum())


class FaultSimulation:
    """Simulation of a robot in which a fault occurs at a given time step.

    Args:
        robot: Robot to simulate.
        fault: Fault that occurs.
        fault_step: Time step at which it occurs.
        seed: Seed of the start state.
        initial_fault: Fault until then; None for a healthy robot.
    """

    def __init__(
        self,
        robot: LeggedRobot,
        fault: ActuatorFault,
        *,
        fault_step: int,
        seed: int,
        initial_fault: ActuatorFault | None = None,
    ):
        self._robot, self._fault_step, self._seed = robot, fault_step, seed
        healthy = robot.model
        self._model_before = (
            healthy if initial_fault is None else robot.with_gains(initial_fault.gains)
        )
        self._model_after = robot.with_gains(fault.gains)
        self.reset()

    def reset(self) -> Float[np.ndarray, " mj"]:
        """Return MuJoCo's state at the start of the episode, which begins again."""
        self._data = self._robot.reset(np.random.default_rng(self._seed))
        self._t = 0
        return self._robot.mj_state(self._data)

    def advance(
        self, action: Float[np.ndarray, " motors"]
    ) -> tuple[StepResult, Float[np.ndarray, " mj"]]:
        """Apply an action for 0.05 s.

        Args:
            action: Commanded action.

        Returns:
            Result of the action, and MuJoCo's next state.
        """
        robot, before = self._robot, self._robot.mj_state(self._data)
        model = self._model_before if self._t < self._fault_step else self._model_after
        self._data.ctrl[:] = action
        mujoco.mj_step(model, self._data, FRAME_SKIP)
        self._t += 1
        after = robot.mj_state(self._data)
        velocity = (after[1] - before[1]) / robot.time_step
        reward = velocity - robot.control_cost * float(np.sum(action**2))
        return StepResult(after, float(reward)), after


def run_episode(
    robot: LeggedRobot,
    controller: Policy,
    fault: ActuatorFault,
    *,
    seed: int,
    steps: int = 300,
    fault_step: int = 100,
    initial_fault: ActuatorFault | None = None,
) -> Episode:
    """Run a controller in an episode with a fault; only oracle controllers are informed of it.

    Args:
        robot: Robot to simulate.
        controller: Controller; it gets a new state.
        fault: Fault that occurs.
        seed: Seed of the start state and of the planner's noise.
        steps: Number of time steps of 0.05 s.
        fault_step: Time step at which the fault occurs.
        initial_fault: Fault until then; None for a healthy robot.

    Returns:
        The episode, by time step.
    """
    simulation = FaultSimulation(
        robot, fault, fault_step=fault_step, seed=seed, initial_fault=initial_fault
    )
    keys = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(jax.random.key(seed), jnp.arange(steps))
    transitions = []
    estimated_gains = []
    for transition in simulate(
        simulation,
        controller,
        task=initial_fault,
        steps=steps,
        keys=keys,
        switch=(fault_step, fault),
    ):
        transitions.append(transition)
        state = transition.state
        model = state.model if isinstance(state, MPCState) else None
        estimated_gains.append(np.ones(robot.num_motors) if model is None else model.gains)
    return Episode(
        reward=np.array([t.result.reward for t in transitions]),
        forward=np.array([t.result.mj_state[1] for t in transitions]),
        mj_state=np.array([t.step for t in transitions]),
        action=np.array([t.action for t in transitions]),
        estimated_gains=np.array(estimated_gains),
        step_seconds=np.array([t.seconds for t in transitions]),
        fault_step=fault_step,
    )
