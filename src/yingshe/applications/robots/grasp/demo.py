"""Demo of grasping: an arm with unknown offsets, before and after it observes a few grasps."""

import os

import numpy as np
from rich.console import Console
from rich.progress import Progress

from yingshe import zoo
from yingshe.applications.robots.grasp.cli import ZOO_MODEL, DemoOptions
from yingshe.command_line.output import check_writable
from yingshe.evaluation.plotting import render_or_explain, save_figure

_SEED = 98
_NUM_TASKS, _NUM_OBJECTS = 8, 3
_SHOTS = (0, 1, 2, 3, 5, 10)
_NUM_RENDERED_OBJECTS = 2


def run_demo(options: DemoOptions) -> None:
    """Grasp the same objects with every method, and print and draw the success rates.

    Args:
        options: Files to write, and the seed.

    Raises:
        UserError: A file cannot be written.
    """
    check_writable(plot=options.plot, animation=options.animation)
    os.environ.setdefault("MUJOCO_GL", "egl")
    from yingshe.applications.robots.grasp import GraspTask, evaluate_success
    from yingshe.applications.robots.grasp.render import FPS, draw_success, render_frames

    learner, console = zoo.load(ZOO_MODEL), Console()
    console.print(
        f"{_NUM_TASKS} arms have a camera with an offset of up to 6 cm and 40°, fingers of unknown "
        "length, and objects with an unknown center of mass. A grasp succeeds if the object is "
        "lifted 10 cm above the table and held for 1 s, in simulation.\n"
    )
    with Progress(console=Console(stderr=True)) as bar:
        progress = bar.add_task("grasping", total=_NUM_TASKS)
        curve = evaluate_success(
            learner,
            num_tasks=_NUM_TASKS,
            shots=_SHOTS,
            num_objects=_NUM_OBJECTS,
            seed=(_SEED, options.seed),
            on_progress=lambda done: bar.update(progress, completed=done),
        )
    console.print(curve)
    console.print(
        f"\nFraction of {_NUM_TASKS * _NUM_OBJECTS} new objects lifted and held after k successful "
        "grasps of the same arm are observed. The nominal grasp observes none; the oracle is "
        "given the hidden properties.\n"
    )
    generator = np.random.default_rng((_SEED, options.seed, _NUM_TASKS))
    stills: list[np.ndarray] = []

    def make_frames():
        task = GraspTask.sample(generator)
        rendering = render_frames(learner, task, generator, _NUM_RENDERED_OBJECTS)
        stills.extend(rendering.stills)
        return rendering.frames

    render_or_explain(make_frames, options.animation, fps=FPS)
    save_figure(draw_success(curve.curves("error"), stills), options.plot)
    print(f"plot: {options.plot}")
