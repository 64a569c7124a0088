"""Demo of locomotion: an actuator fault in mid-episode, with and without adaptation."""

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from yingshe.applications.robots.locomotion.cli import DemoOptions
from yingshe.applications.robots.locomotion.evaluation import ADAPTIVE, make_controllers
from yingshe.applications.robots.locomotion.model import load_learners
from yingshe.applications.robots.locomotion.planner import CEMPlanner
from yingshe.applications.robots.locomotion.render import (
    FRAME_STRIDE,
    draw_episodes,
    render_episodes,
)
from yingshe.applications.robots.locomotion.robots import LeggedRobot, make_robot
from yingshe.applications.robots.locomotion.simulation import Episode, run_episode
from yingshe.applications.robots.locomotion.tasks import ActuatorFault
from yingshe.evaluation.plotting import render_or_explain, save_figure

_STEPS, _FAULT_STEP = 160, 60
_CONTROLLERS = ("non-adaptive", ADAPTIVE, "oracle gains")
_SPEED = 1.2  # of the animation, times real time


def run_demo(options: DemoOptions) -> None:
    """Run three controllers in the same episode, and print and draw their returns.

    Args:
        options: Robot, seed and files to write.
    """
    robot = make_robot(options.robot)
    fault = robot.make_fault(robot.test_faults[(options.seed + 1) % len(robot.test_faults)])
    controllers = make_controllers(CEMPlanner(robot), *load_learners(robot))
    console = Console()
    console.print(
        f"A {robot.name} with {robot.num_motors} motors plans with a learned dynamics model for "
        f"{_STEPS * robot.time_step:.0f} s. After {_FAULT_STEP * robot.time_step:.0f} s a fault "
        f"occurs that no learner was trained on: {fault.name}.\n"
    )
    episodes = {
        name: run_episode(
            robot,
            controllers[name],
            fault,
            seed=options.seed,
            steps=_STEPS,
            fault_step=_FAULT_STEP,
        )
        for name in track(_CONTROLLERS, description="simulating", console=Console(stderr=True))
    }
    console.print(_make_table(episodes))
    console.print(_explain(robot, fault, episodes[ADAPTIVE]))
    save_figure(draw_episodes(episodes, robot.time_step), options.plot)
    print(f"plot: {options.plot}")
    compared = {name: episodes[name] for name in _CONTROLLERS[:2]}
    render_or_explain(
        lambda: render_episodes(robot, fault, compared),
        options.animation,
        fps=_SPEED / (FRAME_STRIDE * robot.time_step),
    )


def _make_table(episodes: dict[str, Episode]) -> Table:
    table = Table(
        "controller", "return before", "return after", "metres after", "time per step", box=None
    )
    for name, episode in episodes.items():
        table.add_row(
            f"{name} (yingshe)" if name == ADAPTIVE else name,
            f"{episode.return_before:.0f}",
            f"{episode.return_after:.0f}",
            f"{episode.forward[-1] - episode.forward[_FAULT_STEP - 1]:.1f}",
            f"{1e3 * np.median(episode.step_seconds):.0f} ms",
        )
    return table


def _explain(robot: LeggedRobot, fault: ActuatorFault, adaptive: Episode) -> str:
    motors = " and ".join(robot.motor_names[motor] for motor in fault.dead_motors)
    gains = adaptive.estimated_gains[-1][fault.dead_motors]
    return (
        "\nReturn: forward velocity less control cost, summed over time steps before and after "
        "the fault. Oracle gains: the same planner and dynamics model, informed of the fault. The "
        f"adaptive controller's last estimate for the gain of {motors}, in truth 0: "
        f"{' and '.join(f'{gain:.2f}' for gain in gains)}.\n"
    )
