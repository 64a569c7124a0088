"""Trains the shipped learners of manipulation, by the commands on their cards.

`python -m benchmarks.train_metaworld [NAME ...]`; a run that was stopped goes on.
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

SUITES = ("ml45", "ml10")
COLLECT = "metaworld collect runs/metaworld-episodes --suite {suite} --seed 1"
TRAIN = "metaworld train runs/metaworld-episodes --suite {suite} --run runs/{name}"
ABOUT = "Reads demonstrations of a kind of manipulation it has never seen, and is its policy."
POOLED = "The same network without demonstrations: one policy for all classes, to stand beside."


def main():
    RUNS.mkdir(exist_ok=True)
    names = [f"metaworld-{suite}{tail}" for suite in SUITES for tail in ("", "-pooled")]
    for name in sys.argv[1:] or names:
        for command in commands(name):
            if yingshe(command.replace("runs/", f"{RUNS}/").split()) != 0:
                raise SystemExit(f"yingshe {command} failed")
        write_card(name)


def commands(name: str) -> list[str]:
    """What makes a learner: its episodes, and its training."""
    _, suite, *pooled = name.split("-")
    more = " --pooled --steps 4000" if pooled else ""
    return [c.format(suite=suite, name=name) for c in (COLLECT, TRAIN + more)]


def write_card(name: str):
    """Put a run's learner into the zoo, and its card."""
    run = RUNS / name
    shutil.copyfile(run / "learner.safetensors", ZOO / f"{name}.safetensors")
    config = read_config(run)
    learner, _, _ = read_learner(ZOO / f"{name}.safetensors")
    lines = (run / "metrics.jsonl").read_text().splitlines()
    card = {
        "name": name,
        "about": POOLED if name.endswith("pooled") else ABOUT,
        "command": " && ".join(f"yingshe {command}" for command in commands(name)),
        "family": config["family"],
        "learner": config["learner"],
        "train": config["train"],
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(learner) if hasattr(leaf, "size")),
        "training_seconds": round(json.loads(lines[-1])["seconds"], 1),
        "figures": "benchmarks/results/metaworld.json",
        **stamp(),
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    write_atomically(ZOO / f"{name}.json", text.encode())


if __name__ == "__main__":
    main()
