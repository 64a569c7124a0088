"""Run, train, draw, list and check the benchmarks: `python -m benchmarks --help`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import _pages
from benchmarks._benchmark import Benchmark
from benchmarks._options import add_options, collect_options, format_command, list_required
from benchmarks._registry import load_all, load_benchmark
from benchmarks._results import ROOT, read_results
from benchmarks._run import run_benchmark
from benchmarks._staleness import adopt, find_status
from yingshe.errors import UserError

USAGE = """\
usage: python -m benchmarks NAME [options]         run a benchmark, record results/NAME.json
       python -m benchmarks NAME --train [MODEL …] train its models, publish them in the zoo
       python -m benchmarks NAME --plot            draw its picture again
       python -m benchmarks --list                 all benchmarks, and the time each takes
       python -m benchmarks --stale [--run]        results of other code; --run measures those
                                                   again that take less than ten minutes
       python -m benchmarks --adopt NAME …         check a few figures, stamp the present code
       python -m benchmarks pages                  write docs/benchmarks and the README's rows
       python -m benchmarks NAME --help            options of a benchmark
"""
QUICK_MINUTES = 10


def main(words: Sequence[str]) -> int:
    """Run one command line.

    Args:
        words: Command line after `python -m benchmarks`.

    Returns:
        Exit status.
    """
    try:
        match list(words):
            case [] | ["-h" | "--help"]:
                print(USAGE, end="")
            case ["--list"]:
                _list()
            case ["--stale"]:
                _list_stale()
            case ["--stale", "--run"]:
                return _run_stale()
            case ["--adopt", *names] if names:
                _adopt(names)
            case ["pages"]:
                for path in _pages.write_pages():
                    print(f"written {path.relative_to(ROOT)}")
            case [name, "--train", *words_after]:
                _train(load_benchmark(name), words_after)
            case [name, "--plot"]:
                _plot(load_benchmark(name))
            case [name, *options]:
                _run(load_benchmark(name), options)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _list() -> None:
    print(f"{'benchmark':<20}{'minutes':>8}{'measured':>10}  question")
    for benchmark in load_all():
        content = read_results(benchmark.name)
        measured = f"{content['seconds']:.0f} s" if content else "–"
        minutes = f"{benchmark.minutes:g}"
        print(f"{benchmark.name:<20}{minutes:>8}{measured:>10}  {benchmark.question}")


def _list_stale() -> None:
    for benchmark in load_all():
        status = find_status(benchmark)
        if status.kind != "current":
            print(f"{benchmark.name:<20}{benchmark.minutes:>6g} min  {status.text}")


def _run_stale() -> int:
    """Run the stale benchmarks that take less than ten minutes; continue after a failure."""
    failed = 0
    for benchmark in load_all():
        if find_status(benchmark).kind == "current":
            continue
        if benchmark.minutes >= QUICK_MINUTES:
            print(f"{benchmark.name}: skipped, takes {benchmark.minutes:g} minutes")
        elif required := list_required(benchmark.run):
            print(f"{benchmark.name}: skipped, needs --{' --'.join(required)}")
        else:
            text = find_status(benchmark).text
            print(f"{benchmark.name}: {text}; takes {benchmark.minutes:g} minutes", flush=True)
            try:
                run_benchmark(benchmark, {}, format_command(benchmark.name, []))
            except (UserError, ImportError) as error:
                failed = 1
                print(f"{benchmark.name} failed: {error}", file=sys.stderr)
    return failed


def _adopt(names: Sequence[str]) -> None:
    for name in names:
        record = adopt(load_benchmark(name))
        print(f"{name}: {len(record['figures'])} figures are as recorded ({record['what']})")


def _train(benchmark: Benchmark, words: Sequence[str]) -> None:
    from benchmarks._publish import train_and_publish

    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {benchmark.name} --train")
    parser.add_argument("models", nargs="*", metavar="MODEL", help="names in the zoo; default: all")
    parser.add_argument("--data", default="", help="folder that replaces FOLDER in the commands")
    options = parser.parse_args(words)
    models = options.models
    recipes = {recipe.model: recipe for recipe in benchmark.train}
    if unknown := [model for model in models if model not in recipes]:
        known = ", ".join(recipes) or "none"
        raise UserError(f"{benchmark.name} trains no '{unknown[0]}'; its models: {known}.")
    if not recipes:
        raise UserError(f"{benchmark.name} has no models to train.")
    selected = [recipes[model] for model in models or recipes]
    if not options.data and any(" FOLDER " in command for r in selected for command in r.commands):
        raise UserError(f"{benchmark.name} needs {benchmark.needs}.")
    train_and_publish(selected, options.data)


def _plot(benchmark: Benchmark) -> None:
    plot = benchmark.plot
    if plot is None:
        raise UserError(f"{benchmark.name} has no picture.")
    if plot.draw is None:
        raise UserError(f"The picture of {benchmark.name} is drawn by `{plot.drawn_by}`.")
    path = ROOT / "docs" / "images" / plot.image
    plot.draw(path)
    print(f"drawn {path.relative_to(ROOT)}")


def _run(benchmark: Benchmark, words: Sequence[str]) -> Path:
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks {benchmark.name}",
        description=f"{benchmark.question} Takes {benchmark.minutes:g} min.",
        epilog=f"Needs {benchmark.needs}." if benchmark.needs else None,
    )
    add_options(parser, benchmark.run)
    options = collect_options(parser.parse_args(words), benchmark.run)
    return run_benchmark(benchmark, options, format_command(benchmark.name, words))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
