"""Trains the shipped learner of grasps with unknown offsets, by the commands on its card.

`python -m benchmarks.train_grasp`; a run that was stopped goes on.
"""

import json
import shutil

import jax

from benchmarks.record import stamp
from benchmarks.train_zoo import RUNS, ZOO
from yingshe.cli import main as yingshe
from yingshe.saving import read_learner, write_atomically
from yingshe.training.folder import read_config

COLLECT = "grasp collect runs/grasps.parquet --tasks 300 --seed 1"
TRAIN = "grasp train runs/grasps.parquet --run runs/grasp"


def main():
    RUNS.mkdir(exist_ok=True)
    for command in (COLLECT, TRAIN):
        words = command.replace("runs/", f"{RUNS}/").split()
        if yingshe(words) != 0:
            raise SystemExit(f"yingshe {command} failed")
    write_card()


def write_card():
    """Put the run's learner into the zoo, and its card."""
    run = RUNS / "grasp"
    shutil.copyfile(run / "learner.safetensors", ZOO / "grasp.safetensors")
    config = read_config(run)
    config["family"]["options"].pop("task_names", None)
    learner, _, _ = read_learner(ZOO / "grasp.safetensors")
    lines = (run / "metrics.jsonl").read_text().splitlines()
    card = {
        "name": "grasp",
        "about": "Grasps by arms of unknown camera offset, finger length and class of objects.",
        "command": f"yingshe {COLLECT} && yingshe {TRAIN}",
        "family": config["family"],
        "learner": config["learner"],
        "train": config["train"],
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(learner) if hasattr(leaf, "size")),
        "training_seconds": round(json.loads(lines[-1])["seconds"], 1),
        "figures": "benchmarks/results/grasp.json",
        **stamp(),
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    write_atomically(ZOO / "grasp.json", text.encode())


if __name__ == "__main__":
    main()
