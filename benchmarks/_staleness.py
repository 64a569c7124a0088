"""Compare a results file with the present code, and re-check its figures."""

import dataclasses
import time
from typing import Any, Literal

from benchmarks._benchmark import Benchmark, Value
from benchmarks._code_hash import hash_code, hash_models
from benchmarks._results import environment_info, read_results, source_commit, write_results
from yingshe.errors import UserError

Kind = Literal["current", "stale", "dirty", "unknown", "missing"]


@dataclasses.dataclass(frozen=True)
class Status:
    """State of a results file."""

    kind: Kind
    text: str
    """Reason, in words."""


def find_status(benchmark: Benchmark) -> Status:
    """Compare a results file with the present code and models.

    Args:
        benchmark: The benchmark.

    Returns:
        "current" if code and models are those of the recording or of a later check; "stale" if
        either differs; "dirty" if the recorded code was never committed; "unknown" if the file
        records no code.
    """
    content = read_results(benchmark.name)
    if content is None:
        return Status("missing", "no results file")
    checked = content.get("checked")
    if "code" not in content:
        return Status("unknown", f"unknown (recorded at {content['commit']})")
    if changed := _list_changes(content, benchmark):
        since = checked["commit"] if checked else content["commit"]
        return Status("stale", f"stale since {since}: {_abbreviate(changed)} changed")
    if checked:
        return Status("current", f"current (checked {checked['date']} at {checked['commit']})")
    if content["commit"].endswith("-dirty"):
        return Status("dirty", f"recorded from uncommitted code ({content['commit']})")
    return Status("current", f"current (recorded at {content['commit']})")


def hash_sources(benchmark: Benchmark) -> dict[str, dict[str, str]]:
    """Return the hashes that a results file holds: `code` and `models`.

    Args:
        benchmark: The benchmark.
    """
    return {"code": hash_code(benchmark.name), "models": hash_models(benchmark.zoo_models)}


def adopt(benchmark: Benchmark) -> dict[str, Any]:
    """Measure a few figures again and, if they are as recorded, stamp the present code.

    Figures, date and commit of the recording stay. The file gains `checked`: commit, date, machine,
    description of the check, and both values of every figure.

    Args:
        benchmark: The benchmark.

    Returns:
        The record of the check, as written.

    Raises:
        UserError: The benchmark has no check or no results, the sources are not committed, or a
            figure differs.
    """
    name, check, content = benchmark.name, benchmark.check, read_results(benchmark.name)
    if content is None:
        raise UserError(f"{name} has no results file; run `python -m benchmarks {name}`.")
    if check is None:
        raise UserError(f"{name} has no check; run it again: `python -m benchmarks {name}`.")
    commit = source_commit()
    if commit.endswith("-dirty"):
        raise UserError("Commit the sources first: a check names the commit that it checked.")
    start_time = time.monotonic()
    measured, recorded = check.measure(), check.recorded(content["figures"])
    seconds = round(time.monotonic() - start_time, 1)
    figures = {
        key: {"recorded": recorded[key], "measured": float(value)}
        for key, value in measured.items()
    }
    if different := [k for k, v in measured.items() if not agrees(v, recorded[k], check.tolerance)]:
        lines = "\n".join(f"  {key}: {figures[key]}" for key in different)
        raise UserError(f"{name} is not as recorded:\n{lines}")
    record = {"what": check.what, "figures": figures, "seconds": seconds, **environment_info()}
    write_results({**content, **hash_sources(benchmark), "checked": record})
    return record


def agrees(measured: float, recorded: Value, tolerance: float) -> bool:
    """Check that a figure is as recorded: inside its 95 % interval, or equal up to a tolerance.

    Args:
        measured: The new value.
        recorded: A number, or [mean, low, high].
        tolerance: Relative difference that is allowed beyond either.

    Returns:
        True if it is.
    """
    if isinstance(recorded, int | float):
        low = high = float(recorded)
    elif recorded is None or isinstance(recorded, str):
        return False
    else:
        _, low, high = recorded
    slack = tolerance * max(abs(low), abs(high))
    return low - slack <= measured <= high + slack


def _list_changes(content: dict[str, Any], benchmark: Benchmark) -> list[str]:
    """Return the modules and models whose hashes differ from the file's."""
    present = hash_sources(benchmark)
    changed = []
    for kind in ("code", "models"):
        before, now = content.get(kind, {}), present[kind]
        changed += [key for key in sorted(before | now) if before.get(key) != now.get(key)]
    return changed


def _abbreviate(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
