"""Draws docs/images/grasp.png: success against grasps read, of results/grasp.json, and the arm.

MUJOCO_GL=egl python -m benchmarks.picture_grasp
"""

import json
from pathlib import Path

import numpy as np

import yingshe as ys
from benchmarks.record import RESULTS
from yingshe.applications.robots.grasp import GraspTask
from yingshe.applications.robots.grasp.film import film
from yingshe.applications.robots.grasp.demo import draw
from yingshe.evaluation.bootstrap import Interval
from yingshe.evaluation.plotting import save_figure

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "grasp.png"
SEED = 3


def main():
    success = json.loads((RESULTS / "grasp.json").read_text())["figures"]["as trained"]["success"]
    curves = {
        name: ([int(k) for k in curve], [Interval(*figure) for figure in curve.values()])
        for name, curve in success.items()
    }
    generator = np.random.default_rng(SEED)
    shown = film(ys.load("grasp"), GraspTask.draw(generator), generator, 1)
    save_figure(draw(curves, shown.stills), PICTURE)
    print(f"drawn {PICTURE}")


if __name__ == "__main__":
    main()
