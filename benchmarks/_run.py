"""Run a benchmark and record it."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

from benchmarks._benchmark import Benchmark
from benchmarks._registry import load_benchmark
from benchmarks._results import FORMAT, ROOT, RUNS, environment_info, read_results, write_results
from benchmarks._staleness import hash_sources


def run_benchmark(benchmark: Benchmark, options: dict[str, Any], command: str) -> Path:
    """Measure a benchmark and write its results file.

    Args:
        benchmark: The benchmark.
        options: Keyword arguments of its `run`.
        command: Command line of this run, for the file.

    Returns:
        The results file.
    """
    before, sources = read_results(benchmark.name), hash_sources(benchmark)
    start_time = time.monotonic()
    result = benchmark.run(**options)
    seconds = time.monotonic() - start_time if result.seconds is None else result.seconds
    content = {
        "format": FORMAT,
        "name": benchmark.name,
        "command": command,
        "figures": json.loads(json.dumps(result.figures)),
        "settings": json.loads(json.dumps(result.settings)),
        "seed": result.seed,
        "seconds": round(seconds, 1),
        **environment_info(),
        **sources,
    }
    if result.partial and (before is None or before.get("code") != sources["code"]):
        # Some figures stem from other code, so the file must not claim the present one for them.
        del content["code"], content["models"]
    path = write_results(content)
    print(f"recorded {path.relative_to(ROOT)}")
    return path


def resume_directory(name: str) -> Path:
    """Return the folder of finished parts of a benchmark, from which an interrupted run resumes.

    Each version of code and models has its own folder, so that parts of others are never reused.

    Args:
        name: Name of the benchmark.
    """
    sources = json.dumps(hash_sources(load_benchmark(name)))
    folder = RUNS / "benchmarks" / name / hashlib.sha256(sources.encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    return folder
