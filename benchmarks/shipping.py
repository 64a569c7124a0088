"""From commands to a learner in the zoo, with its card."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax

from benchmarks.record import stamp
from yingshe import zoo
from yingshe.cli import main as yingshe
from yingshe.learners import Learner
from yingshe.serialization import read_learner, write_atomically
from yingshe.training.run_directory import read_config

RUNS = Path(__file__).parent.parent / "runs"
ZOO = Path(zoo.__file__).parent


def run(commands: Sequence[str]) -> None:
    """Carry out what follows `yingshe`, in order; runs/ is that of the repository."""
    RUNS.mkdir(exist_ok=True)
    for command in commands:
        print(f"yingshe {command}", flush=True)
        if yingshe(command.replace("runs/", f"{RUNS}/").split()) != 0:
            raise SystemExit(f"yingshe {command} failed")


def ship(
    name: str,
    about: str,
    commands: Sequence[str],
    figures: str | Callable[[Learner, dict[str, Any]], Any],
) -> None:
    """Put the learner of runs/NAME into the zoo, and its card.

    A command is what follows `yingshe`, or a whole one that begins with `python`. `figures` is the
    file that holds them, or gives them for a learner and its run's configuration.
    """
    folder = RUNS / name
    shutil.copyfile(folder / "learner.safetensors", ZOO / f"{name}.safetensors")
    config = read_config(folder)
    learner, _, _ = read_learner(ZOO / f"{name}.safetensors")
    kind = "environments" if "environments" in config else "family"
    family = dict(config[kind])
    options = family["options"].items()
    # One for each of hundreds of recorded tasks: nobody reads them on a card.
    family["options"] = {key: value for key, value in options if key != "task_names"}
    last = (folder / "metrics.jsonl").read_text().splitlines()[-1]
    card = {
        "name": name,
        "about": about,
        "command": " && ".join(map(_whole, commands)),
        kind: family,
        "learner": config["learner"],
        "train": config["train"],
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(learner) if hasattr(leaf, "size")),
        "training_seconds": round(json.loads(last)["seconds"], 1),
        "figures": figures if isinstance(figures, str) else figures(learner, config),
        **stamp(),
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    write_atomically(ZOO / f"{name}.json", text.encode())


def _whole(command: str) -> str:
    return command if command.startswith("python ") else f"yingshe {command}"
