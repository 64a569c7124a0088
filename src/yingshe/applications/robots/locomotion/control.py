"""Model-predictive controllers of a legged robot, as policies."""

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.applications.robots.locomotion.model import LocomotionModel
from yingshe.applications.robots.locomotion.planner import CEMPlanner, LearnedDynamics, Plan
from yingshe.applications.robots.locomotion.tasks import ActuatorFault


class StepResult(NamedTuple):
    """Result of one action in the simulation."""

    mj_state: Float[np.ndarray, " mj"]
    """MuJoCo's state after the action."""
    reward: float
    """Forward velocity less control cost, m/s."""


@dataclass
class MPCState:
    """State of a controller that plans with a dynamics model; it is changed in place."""

    dynamics: LearnedDynamics
    plan: Plan
    model: LocomotionModel | None = None
    """Adapted model, for the controller that has one."""


def plan_action(
    planner: CEMPlanner, state: MPCState, mj_state: Float[np.ndarray, " mj"], key: PRNGKeyArray
) -> Float[np.ndarray, " motors"]:
    """Return the next action and store the plan in the state.

    Args:
        planner: Planner of the robot.
        state: State of the controller.
        mj_state: MuJoCo's state before the action.
        key: PRNG key.

    Returns:
        Action for each motor, from −1 to 1.
    """
    local = jnp.asarray(planner.robot.local_state(mj_state), jnp.float32)
    action, state.plan = planner.plan(state.dynamics, local, state.plan, key)
    return np.asarray(action, float)


@dataclass(frozen=True)
class MPCController:
    """Plans with a dynamics model that does not adapt.

    Args:
        planner: Planner of the robot.
        dynamics: Dynamics model.
    """

    planner: CEMPlanner
    dynamics: LearnedDynamics

    def init_state(self, task: ActuatorFault | None) -> MPCState:
        """Return the state before the first time step.

        Args:
            task: Not used.

        Returns:
            The initial state.
        """
        return MPCState(self.dynamics, self.planner.init_plan())

    def act(
        self, state: MPCState, step: Float[np.ndarray, " mj"], key: PRNGKeyArray
    ) -> tuple[Float[np.ndarray, " motors"], tuple[()]]:
        """Choose the action of one time step.

        Args:
            state: State of the controller.
            step: MuJoCo's state.
            key: PRNG key.

        Returns:
            Action for each motor, from −1 to 1, and no further information.
        """
        return plan_action(self.planner, state, step, key), ()

    def update(
        self,
        state: MPCState,
        step: Float[np.ndarray, " mj"],
        action: Float[np.ndarray, " motors"],
        result: StepResult,
    ) -> MPCState:
        """Return the state unchanged.

        Args:
            state: State of the controller.
            step: MuJoCo's state before the action.
            action: The action.
            result: Result of the action.

        Returns:
            The same state.
        """
        return state


@dataclass(frozen=True)
class AdaptiveMPCController:
    """Plans with a model that is updated at every time step.

    Args:
        planner: Planner of the robot.
        model: Model before the first observation.
    """

    planner: CEMPlanner
    model: LocomotionModel

    def init_state(self, task: ActuatorFault | None) -> MPCState:
        """Return the state before the first time step.

        Args:
            task: Not used.

        Returns:
            The initial state.
        """
        return MPCState(self.model.dynamics, self.planner.init_plan(), self.model)

    def act(
        self, state: MPCState, step: Float[np.ndarray, " mj"], key: PRNGKeyArray
    ) -> tuple[Float[np.ndarray, " motors"], tuple[()]]:
        """Choose the action of one time step.

        Args:
            state: State of the controller.
            step: MuJoCo's state.
            key: PRNG key.

        Returns:
            Action for each motor, from −1 to 1, and no further information.
        """
        return plan_action(self.planner, state, step, key), ()

    def update(
        self,
        state: MPCState,
        step: Float[np.ndarray, " mj"],
        action: Float[np.ndarray, " motors"],
        result: StepResult,
    ) -> MPCState:
        """Return the state with the updated model.

        Args:
            state: State of the controller.
            step: MuJoCo's state before the action.
            action: The action.
            result: Result of the action.

        Returns:
            The state with the updated model.
        """
        robot, model = self.planner.robot, state.model or self.model
        delta = robot.delta(step, result.mj_state)
        model = model.observe((robot.local_state(step), action), delta)
        return MPCState(model.dynamics, state.plan, model)
