"""Train models by their recipes and publish them in the zoo, each with its card."""

import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._benchmark import Recipe
from benchmarks._results import FORMAT, RUNS, environment_info

CARD_SHOTS = (0, 1, 2, 3, 5, 10, 20, 40)
CARD_TASKS = 1000
CARD_SEED = 2_000_001


def train_and_publish(recipes: Sequence[Recipe], data: str = "") -> None:
    """Train models and publish them; an interrupted training is resumed.

    Args:
        recipes: Recipes of the models; those that share their commands are trained together.
        data: Folder that replaces FOLDER in the commands.
    """
    RUNS.mkdir(exist_ok=True)
    seconds: dict[tuple[str, ...], float] = {}
    for recipe in recipes:
        start_time = time.monotonic()
        if recipe.train is not None:
            recipe.train()
        elif recipe.commands not in seconds:
            _run_commands(recipe.commands, data)
            seconds[recipe.commands] = time.monotonic() - start_time
        publish(recipe, seconds.get(recipe.commands, time.monotonic() - start_time))


def publish(recipe: Recipe, seconds: float) -> None:
    """Copy a trained model into the zoo and write its card.

    Args:
        recipe: Recipe of the model.
        seconds: Duration of the training, used if no run directory records it.
    """
    from yingshe import zoo
    from yingshe.serialization import write_atomically

    folder = Path(zoo.__file__).parent
    weights = RUNS / (recipe.weights or f"{recipe.model}/learner.safetensors")
    published = folder / f"{recipe.model}.safetensors"
    shutil.copyfile(weights, published)
    card = {
        "format": FORMAT,
        "name": recipe.model,
        "description": recipe.description,
        "command": recipe.command,
        **({"data": recipe.data} if recipe.data else {}),
        "training_seconds": round(seconds, 1),
        **_describe_training(weights.parent),
        "parameters": _count_parameters(published),
        "figures": _evaluate(published) if recipe.evaluate else _results_name(recipe),
        **environment_info(),
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    write_atomically(folder / f"{recipe.model}.json", text.encode())


def _run_commands(commands: Sequence[str], data: str) -> None:
    from yingshe.cli import main as yingshe

    for command in commands:
        print(f"yingshe {command}", flush=True)
        words = [data if w == "FOLDER" else w.replace("runs/", f"{RUNS}/") for w in command.split()]
        if yingshe(words) != 0:
            raise SystemExit(f"yingshe {command} failed")


def _describe_training(run: Path) -> dict[str, Any]:
    """Return family, learner, settings and duration of a run directory; {} without one."""
    from yingshe.training.run_directory import read_config

    if not (run / "metrics.jsonl").exists():
        return {}
    config = read_config(run)
    kind = "environments" if "environments" in config else "family"
    family = dict(config[kind])
    options = family["options"].items()
    # A card does not list the names of hundreds of recorded tasks.
    family["options"] = {key: value for key, value in options if key != "task_names"}
    last = (run / "metrics.jsonl").read_text().splitlines()[-1]
    return {
        kind: family,
        "learner": config["learner"],
        "train": config["train"],
        "training_seconds": round(json.loads(last)["seconds"], 1),
    }


def _count_parameters(path: Path) -> int:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        names = [key for key in file.keys() if not key.startswith("state")]  # noqa: SIM118
        return sum(file.get_tensor(key).size for key in names)


def _evaluate(path: Path) -> dict[str, Any]:
    """Evaluate a learner on new tasks: error and log-likelihood by shots."""
    import jax

    import yingshe as ys
    from yingshe.serialization import read_learner
    from yingshe.training.run_config import build_family

    learner, _, metadata = read_learner(path)
    curve = ys.evaluate(
        learner,
        build_family(metadata["family"]),
        CARD_SHOTS,
        key=jax.random.key(CARD_SEED),
        tasks=CARD_TASKS,
        baselines=False,
    )
    return {"seed": CARD_SEED, "tasks": CARD_TASKS, **curve.to_dict()}


def _results_name(recipe: Recipe) -> str:
    return f"benchmarks/results/{recipe.benchmark}.json"
