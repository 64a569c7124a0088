"""Train models by their recipes and publish them in the zoo, each with its card."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._benchmark import Recipe
from benchmarks._results import FORMAT, RUNS, environment_info

CARD_SHOTS = (0, 1, 2, 3, 5, 10, 20, 40)
CARD_TASKS = 1000
CARD_SEED = 2_000_001


def train_and_publish(recipe: Recipe) -> None:
    """Train one model and publish it; a training that was stopped goes on.

    Args:
        recipe: Recipe of the model.
    """
    RUNS.mkdir(exist_ok=True)
    if recipe.train is not None:
        recipe.train()
    else:
        _run_commands(recipe.commands)
    publish(recipe)


def publish(recipe: Recipe) -> None:
    """Copy a trained model into the zoo and write its card.

    Args:
        recipe: Recipe of the model.
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
        **_describe_training(weights.parent),
        "parameters": _count_parameters(published),
        "figures": _evaluate(published) if recipe.evaluate else _results_name(recipe),
        **environment_info(),
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    write_atomically(folder / f"{recipe.model}.json", text.encode())


def _run_commands(commands: Sequence[str]) -> None:
    from yingshe.cli import main as yingshe

    for command in commands:
        print(f"yingshe {command}", flush=True)
        if yingshe(command.replace("runs/", f"{RUNS}/").split()) != 0:
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
    # One name for each of hundreds of recorded tasks: no reader of a card wants them.
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
    """Return meta-test error and log-likelihood against shots, on new tasks."""
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
