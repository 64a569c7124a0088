"""Writes what a benchmark measured to results/NAME.json, with all that is needed to believe it."""

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import jax

RESULTS = Path(__file__).parent / "results"


def record(
    name: str,
    figures: Any,
    *,
    seed: int | list[int],
    seconds: float,
    settings: dict[str, Any] | None = None,
    command: str | None = None,
) -> Path:
    """Write results/NAME.json: `figures` as they are, and seed, settings, commit, machine and date.

    `seconds` is the wall-clock time of the whole benchmark; `command` makes it again.
    """
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    content = {
        "name": name,
        "command": command or f"python -m benchmarks.{name}",
        "figures": figures,
        "settings": settings or {},
        "seed": seed,
        "seconds": round(seconds, 1),
        **stamp(),
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    part.replace(path)
    print(f"recorded {path.relative_to(RESULTS.parent.parent)}")
    return path


def recorded(name: str) -> dict[str, Any]:
    """The figures of results/NAME.json, for a benchmark that measures some of them anew."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text())["figures"] if path.exists() else {}


def stamp() -> dict[str, Any]:
    """When, of which commit and on what machine."""
    return {
        "date": datetime.date.today().isoformat(),
        "commit": _commit(),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "jax": jax.__version__,
        },
    }


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        cwd=RESULTS.parent,
        check=False,
    )
    return described.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()
