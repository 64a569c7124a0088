"""Read and write results/NAME.json: figures and their provenance."""

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from yingshe.serialization import write_atomically

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
RUNS = ROOT / "runs"
FORMAT = 2
_SOURCES = ("src", "benchmarks", ":!benchmarks/results")


def results_path(name: str) -> Path:
    """Return the results file of a benchmark."""
    return RESULTS / f"{name}.json"


def read_results(name: str) -> dict[str, Any] | None:
    """Return the content of results/NAME.json, or None if there is no such file."""
    path = results_path(name)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def read_figures(name: str) -> dict[str, Any]:
    """Return the figures of results/NAME.json, or {} if there is no such file.

    Args:
        name: Name of a benchmark.
    """
    content = read_results(name)
    return content["figures"] if content else {}


def write_results(content: dict[str, Any]) -> Path:
    """Write results/NAME.json.

    Args:
        content: Content of the file, with the key `name`.
    """
    RESULTS.mkdir(exist_ok=True)
    path = results_path(content["name"])
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode())
    return path


def environment_info() -> dict[str, Any]:
    """Return date, commit of the sources, and machine."""
    import jax

    return {
        "date": datetime.date.today().isoformat(),
        "commit": source_commit(),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "jax": jax.__version__,
        },
    }


def source_commit() -> str:
    """Return the present commit, with "-dirty" where sources differ from it.

    Results, documents and tests do not count: they change no figure.
    """
    commit = _git("rev-parse", "--short", "HEAD")
    return f"{commit}-dirty" if _git("status", "--porcelain", "--", *_SOURCES) else commit


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    return done.stdout.strip()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()
