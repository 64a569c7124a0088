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
WALKS = {"half-cheetah": (24, 20), "ant": (40, 20)}
"""That plans through the first body drive, and through the second."""
STEPS = {"half-cheetah": (4000, 4000), "ant": (2500, 3000)}
"""Of training the second body, and the last."""


def commands(walker: str) -> list[str]:
    """What follows `yingshe`, in order."""
    option, run = f"--walker {walker}", f"runs/{walker}"
    chance, simulator, learner, again = (
        f"runs/{walker}-{kind}.parquet" for kind in ("chance", "simulator", "learner", "again")
    )
    made = [f"walker collect {chance} {option} --walks 60 --seed 1"]
    known = [chance]
    if walker == "half-cheetah":  # MuJoCo is fast enough to plan through
        made.append(f"walker collect {simulator} {option} --walks 16 --by simulator --seed 50")
        known.append(simulator)
    planned = " ".join([*known[1:], learner, again])
    every = " ".join([*known, learner, again])
    (first, second), (short, long) = WALKS[walker], STEPS[walker]
    return [
        *made,
        f"walker train {' '.join(known)} {option} --steps 2500 --tasks 512 --run {run}-first",
        f"walker collect {learner} {option} --walks {first} --by {run}-first --seed 3",
        f"walker train {' '.join(known)} {learner} {option} --steps {short} --run {run}-second",
        f"walker collect {again} {option} --walks {second} --by {run}-second --seed 4",
        f"walker train {every} {option} --steps {long} --run {run}",
        f"walker train {planned} {option} --part joints --body {run} --steps 300"
        f" --run {run}-joints",
        f"walker train {every} {option} --part commanded --steps {long} --run {run}-commanded",
    ]


def main():
    RUNS.mkdir(exist_ok=True)
    for walker in sys.argv[1:] or WALKS:
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
