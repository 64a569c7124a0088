"""Trains the shipped learners of damaged walkers, by the commands on their cards.

`python -m benchmarks.train_walker [half-cheetah] [ant]`; what was stopped goes on.
"""

import json
import shutil
import sys

import jax

from benchmarks.record import stamp
from benchmarks.train_zoo import RUNS, ZOO
from yingshe.cli import main as yingshe
from yingshe.saving import read_learner, write_atomically
from yingshe.training.folder import read_config

ABOUT = {
    "": "What delivered torques do to a {walker}: the body of its mapping.",
    "-joints": "What each motor of a {walker} gives of what it is asked for, from moments of it.",
    "-commanded": "What commands do to a {walker}, damaged or not: the model that does not adapt.",
}
PLANNED = {"half-cheetah": 16, "ant": 10}
"""Walks that plans through MuJoCo drive, and as many that plans through the first body do."""


def commands(walker: str) -> list[str]:
    """What follows `yingshe`, in order."""
    logs = [f"runs/{walker}-{kind}.parquet" for kind in ("chance", "simulator", "learner")]
    option, run = f"--walker {walker}", f"runs/{walker}"
    few = f"--walks {PLANNED[walker]}"
    return [
        f"walker collect {logs[0]} {option} --walks 60 --seed 1",
        f"walker collect {logs[1]} {option} {few} --by simulator --seed 2",
        f"walker train {logs[0]} {logs[1]} {option} --steps 2500 --run {run}-first",
        f"walker collect {logs[2]} {option} {few} --by {run}-first --seed 3",
        f"walker train {' '.join(logs)} {option} --steps 5000 --run {run}",
        f"walker train {logs[1]} {logs[2]} {option} --part joints --body {run} --steps 400"
        f" --run {run}-joints",
        f"walker train {' '.join(logs)} {option} --part commanded --steps 5000"
        f" --run {run}-commanded",
    ]


def main():
    RUNS.mkdir(exist_ok=True)
    for walker in sys.argv[1:] or PLANNED:
        for command in commands(walker):
            print(f"yingshe {command}", flush=True)
            if yingshe(command.replace("runs/", f"{RUNS}/").split()) != 0:
                raise SystemExit(f"yingshe {command} failed")
        for part in ABOUT:
            write_card(walker, part)


def write_card(walker: str, part: str):
    """Put the run's learner into the zoo, and its card."""
    name = walker + part
    run = RUNS / name
    shutil.copyfile(run / "learner.safetensors", ZOO / f"{name}.safetensors")
    config = read_config(run)
    config["family"]["options"].pop("task_names", None)
    learner, _, _ = read_learner(ZOO / f"{name}.safetensors")
    lines = (run / "metrics.jsonl").read_text().splitlines()
    card = {
        "name": name,
        "about": ABOUT[part].format(walker=walker),
        "command": " && ".join(f"yingshe {command}" for command in commands(walker)),
        "family": config["family"],
        "learner": config["learner"],
        "train": config["train"],
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(learner) if hasattr(leaf, "size")),
        "training_seconds": round(json.loads(lines[-1])["seconds"], 1),
        "figures": "benchmarks/results/walker.json",
        **stamp(),
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    write_atomically(ZOO / f"{name}.json", text.encode())


if __name__ == "__main__":
    main()
