"""Baseline and oracle controllers: online ridge regression, known fault, true simulator."""
# pyright: reportAttributeAccessIssue=false
# MuJoCo is a compiled module without types.

import functools
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
from jaxtyping import Float, PRNGKeyArray
from mujoco import rollout

from yingshe.applications.robots.locomotion.control import MPCState, StepResult, plan_action
from yingshe.applications.robots.locomotion.planner import (
    CEMPlanner,
    LearnedDynamics,
    Plan,
    cem_search,
    compute_features,
)
from yingshe.applications.robots.locomotion.robots import FRAME_SKIP
from yingshe.applications.robots.locomotion.tasks import ActuatorFault
from yingshe.applications.robots.ridge import RecursiveRidge

_DIVERGED_RETURN = -1e9  # of a sequence with which the simulation diverges


@dataclass(frozen=True)
class OracleDynamicsController:
    """Plans with the learned dynamics and the true motor gains: upper bound of adaptation.

    Args:
        planner: Planner of the robot.
        dynamics: Dynamics model of delivered torques.
    """

    planner: CEMPlanner
    dynamics: LearnedDynamics

    def init_state(self, task: ActuatorFault | None) -> MPCState:
        """Return the state before the first time step.

        Args:
            task: Fault at the start; None for a healthy robot.

        Returns:
            The initial state.
        """
        state = MPCState(self.dynamics, self.planner.init_plan())
        return state if task is None else self.switch_task(state, task)

    def switch_task(self, state: MPCState, task: ActuatorFault) -> MPCState:
        """Return the state with the gains of a new fault.

        Args:
            state: State of the controller.
            task: The fault from now on.

        Returns:
            The state with the new gains.
        """
        dynamics = state.dynamics._replace(gains=jnp.asarray(task.gains))
        return MPCState(dynamics, state.plan)

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


@dataclass
class RidgeMPCState(MPCState):
    """State of the ridge controller; it is changed in place."""

    ridge: RecursiveRidge | None = None
    """Regression of the residual on the commands."""


@dataclass(frozen=True)
class RidgeMPCController:
    """Plans with a given model whose dependence on the commands is corrected by ridge regression.

    The residual r = delta − model(x) is regressed on the standardized commands a:

        argmin over V of Σᵢ λᵗ⁻ⁱ ‖rᵢ − aᵢᵀ V‖² + penalty ‖V‖².

    Columns, penalty and forgetting factor λ were selected on a grid by the one-step prediction
    error of half-cheetahs after training faults. The error is 0.75 of the given model's; regression
    of the complete last layer reaches 0.88.

    Args:
        planner: Planner of the robot.
        dynamics: Dynamics model of commanded torques.
        penalty: Weight of the squared norm of V.
        forgetting_factor: λ, by which the weight of a time step falls with each later one.
    """

    planner: CEMPlanner
    dynamics: LearnedDynamics
    penalty: float = 10.0
    forgetting_factor: float = 0.95

    def init_state(self, task: ActuatorFault | None) -> RidgeMPCState:
        """Return the state before the first time step.

        Args:
            task: Not used.

        Returns:
            The initial state.
        """
        ridge = RecursiveRidge(
            self.planner.robot.num_motors,
            self.dynamics.weights.shape[1],
            penalty=self.penalty,
            forgetting_factor=self.forgetting_factor,
        )
        return RidgeMPCState(self.dynamics, self.planner.init_plan(), ridge=ridge)

    def act(
        self, state: RidgeMPCState, step: Float[np.ndarray, " mj"], key: PRNGKeyArray
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
        state: RidgeMPCState,
        step: Float[np.ndarray, " mj"],
        action: Float[np.ndarray, " motors"],
        result: StepResult,
    ) -> RidgeMPCState:
        """Return the state with updated weights of the commands.

        Args:
            state: State of the controller.
            step: MuJoCo's state before the action.
            action: The action.
            result: Result of the action.

        Returns:
            The same object, changed in place.
        """
        assert state.ridge is not None  # set by init_state
        robot, standardizer = self.planner.robot, self.dynamics.learner.standardizer
        weights = np.asarray(self.dynamics.weights, float)
        x = np.concatenate([np.asarray(robot.encode_state(robot.local_state(step))), action])
        phi = np.asarray(self._compute_features(jnp.asarray(x, jnp.float32)), float)
        delta = robot.delta(step, result.mj_state) - np.asarray(standardizer.y_mean)
        y = delta / np.asarray(standardizer.y_scale)
        first = 1 + len(robot.state_names)  # rows of the weights: 1, encoded state, commands
        command_rows = slice(first, first + robot.num_motors)
        state.ridge.update(phi[command_rows], y - phi @ weights)
        weights[command_rows] += state.ridge.weights
        state.dynamics = self.dynamics._replace(weights=jnp.asarray(weights, jnp.float32))
        return state

    @functools.cached_property
    def _compute_features(self):
        return jax.jit(functools.partial(compute_features, self.dynamics.learner))


@dataclass
class SimulatorMPCState:
    """State of the controller that plans with MuJoCo; it is changed in place."""

    model: mujoco.MjModel
    plan: Plan


class SimulatorMPCController:
    """Plans with MuJoCo itself and the true fault: upper bound of the planner.

    Args:
        planner: Planner of the robot.
        threads: Number of threads that simulate.
    """

    def __init__(self, planner: CEMPlanner, *, threads: int = 1):
        self.planner = planner
        self._rollout = rollout.Rollout(nthread=threads)
        self._data = [mujoco.MjData(planner.robot.model) for _ in range(threads)]

    def init_state(self, task: ActuatorFault | None) -> SimulatorMPCState:
        """Return the state before the first time step.

        Args:
            task: Fault at the start; None for a healthy robot.

        Returns:
            The initial state.
        """
        state = SimulatorMPCState(self.planner.robot.model, self.planner.init_plan())
        return state if task is None else self.switch_task(state, task)

    def switch_task(self, state: SimulatorMPCState, task: ActuatorFault) -> SimulatorMPCState:
        """Return the state with the simulation model of a new fault.

        Args:
            state: State of the controller.
            task: The fault from now on.

        Returns:
            The state with the new model.
        """
        return SimulatorMPCState(self.planner.robot.with_gains(task.gains), state.plan)

    def act(
        self, state: SimulatorMPCState, step: Float[np.ndarray, " mj"], key: PRNGKeyArray
    ) -> tuple[Float[np.ndarray, " motors"], tuple[()]]:
        """Choose the action of one time step.

        Args:
            state: State of the controller.
            step: MuJoCo's state.
            key: PRNG key.

        Returns:
            Action for each motor, from −1 to 1, and no further information.
        """
        action, state.plan = cem_search(
            lambda actions: jnp.asarray(
                self._returns(state.model, step, np.asarray(actions, float))
            ),
            self.planner,
            state.plan,
            key,
        )
        return np.asarray(action, float), ()

    def update(
        self,
        state: SimulatorMPCState,
        step: Float[np.ndarray, " mj"],
        action: Float[np.ndarray, " motors"],
        result: StepResult,
    ) -> SimulatorMPCState:
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

    def _returns(
        self, model: mujoco.MjModel, mj_state: np.ndarray, actions: np.ndarray
    ) -> np.ndarray:
        robot = self.planner.robot
        starts = np.tile(mj_state, (len(actions), 1))
        controls = np.repeat(actions, FRAME_SKIP, axis=1)
        states, _ = self._rollout.rollout(model, self._data, starts, controls)
        ends = np.asarray(states)[:, FRAME_SKIP - 1 :: FRAME_SKIP]  # (n, horizon, mj)
        forward = (ends[:, -1, 1] - mj_state[1]) / robot.time_step
        penalty = robot.fall_penalty(robot.local_state(ends)).sum(axis=1)
        total = forward - robot.control_cost * np.sum(actions**2, axis=(1, 2)) - penalty
        return np.where(np.isfinite(total), total, _DIVERGED_RETURN)
