"""Comparison of controllers: return after a fault, by number of time steps since."""

from collections.abc import Callable, Mapping, Sequence

import jax.numpy as jnp
import numpy as np

from yingshe.applications.policy import Policy
from yingshe.applications.robots.locomotion.baselines import (
    OracleDynamicsController,
    RidgeMPCController,
    SimulatorMPCController,
)
from yingshe.applications.robots.locomotion.control import AdaptiveMPCController, MPCController
from yingshe.applications.robots.locomotion.model import (
    LocomotionModel,
    check_dynamics,
    get_prior_weights,
)
from yingshe.applications.robots.locomotion.planner import CEMPlanner, LearnedDynamics
from yingshe.applications.robots.locomotion.robots import LeggedRobot
from yingshe.applications.robots.locomotion.simulation import Episode, run_episode
from yingshe.applications.robots.locomotion.tasks import ActuatorFault
from yingshe.errors import UserError
from yingshe.evaluation import ShotCurve, curve_from_scores
from yingshe.learners import Learner

ADAPTIVE = "adaptive"
"""Name of the controller with the adapted model."""


def make_controllers(
    planner: CEMPlanner,
    dynamics: Learner,
    actuator: Learner,
    commanded_dynamics: Learner,
    *,
    threads: int = 1,
) -> dict[str, Policy]:
    """Return all controllers of the comparison by name.

    | name | plans with |
    |---|---|
    | non-adaptive | a fixed model of commanded torques: same learner, logs and training |
    | healthy | the dynamics learner with all motor gains at 1 |
    | online ridge | the non-adaptive model, corrected by online ridge regression on the commands |
    | adaptive | the adapted model, updated at every time step |
    | oracle gains | the dynamics learner with the true motor gains |
    | true simulator | MuJoCo with the true fault |

    Args:
        planner: Planner of the robot.
        dynamics: Learner from (encoded state, delivered action) to delta.
        actuator: Learner of the motor gains.
        commanded_dynamics: Learner from (encoded state, commanded action) to delta.
        threads: Number of threads of the true simulator.

    Returns:
        Name → controller.

    Raises:
        UserError: A learner does not fit the robot.
    """
    robot = planner.robot
    healthy = jnp.ones(robot.num_motors)
    delivered, commanded = (
        LearnedDynamics(learner, get_prior_weights(learner), healthy)
        for learner in (
            check_dynamics(robot, dynamics),
            check_dynamics(robot, commanded_dynamics),
        )
    )
    model = LocomotionModel.from_learners(robot, dynamics, actuator)
    return {
        "non-adaptive": MPCController(planner, commanded),
        "healthy": MPCController(planner, delivered),
        "online ridge": RidgeMPCController(planner, commanded),
        ADAPTIVE: AdaptiveMPCController(planner, model),
        "oracle gains": OracleDynamicsController(planner, delivered),
        "true simulator": SimulatorMPCController(planner, threads=threads),
    }


def evaluate_controllers(
    robot: LeggedRobot,
    controllers: Mapping[str, Policy],
    *,
    faults: Sequence[ActuatorFault] | None = None,
    shots: tuple[int, ...] = (20, 50, 100),
    seeds: Sequence[int] = (0,),
    fault_step: int = 60,
    on_episode: Callable[[str, Episode], None] | None = None,
) -> ShotCurve:
    """Compare controllers by their return after a fault.

    Each time step after the fault is one shot: an adaptive controller then observes one pair of
    the new task. A task is a fault with a seed; all controllers start from the same states.

    Args:
        robot: Robot to simulate.
        controllers: Name → controller.
        faults: Faults to evaluate; default: the held-out ones of the robot.
        shots: Numbers of time steps after the fault, ascending, over which rewards are summed.
        seeds: Seeds of the episodes of each fault.
        fault_step: Time step at which the fault occurs.
        on_episode: Function called with the controller's name and each episode.

    Returns:
        Return summed over the first time steps after the fault, with 95 % intervals over tasks.

    Raises:
        UserError: `shots` are not ascending numbers of at least 1.
    """
    if list(shots) != sorted(set(shots)) or not shots or shots[0] < 1:
        raise UserError(f"shots must be ascending numbers of at least 1, got {shots}.")
    if faults is None:
        faults = [robot.make_fault(motors) for motors in robot.test_faults]
    returns = {}
    for name, controller in controllers.items():
        rows = []
        for seed in seeds:
            for fault in faults:
                episode = run_episode(
                    robot,
                    controller,
                    fault,
                    seed=seed,
                    steps=fault_step + shots[-1],
                    fault_step=fault_step,
                )
                rows.append([episode.reward[fault_step:][:k].sum() for k in shots])
                if on_episode is not None:
                    on_episode(name, episode)
        returns[name] = np.array(rows)
    return curve_from_scores(
        returns,
        shots,
        family=f"{robot.name} after an actuator fault, by number of time steps since",
        metric="return (sum of rewards, higher is better)",
        learners=tuple(name for name in controllers if name == ADAPTIVE),
        seed=0,
    )
