"""Find the benchmarks: every module of this package whose name has no leading underscore."""

import dataclasses
import functools
import importlib
from pathlib import Path

from benchmarks._benchmark import Benchmark, Recipe
from yingshe.errors import UserError, did_you_mean

FOLDER = Path(__file__).parent


def list_benchmarks() -> list[str]:
    """Return the names of all benchmarks, sorted."""
    return sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))


@functools.cache
def load_benchmark(name: str) -> Benchmark:
    """Import one benchmark.

    Args:
        name: Name of its module.

    Raises:
        UserError: There is no such benchmark.
    """
    if name not in list_benchmarks():
        raise UserError(f"There is no benchmark '{name}'." + did_you_mean(name, list_benchmarks()))
    benchmark = importlib.import_module(f"benchmarks.{name}").BENCHMARK
    recipes = tuple(dataclasses.replace(r, benchmark=name) for r in benchmark.train)
    return dataclasses.replace(benchmark, train=recipes)


def load_all() -> list[Benchmark]:
    """Import all benchmarks, in the order of their names."""
    return [load_benchmark(name) for name in list_benchmarks()]


def find_recipe(model: str) -> Recipe | None:
    """Return the recipe of a model of the zoo, if a benchmark holds one.

    Args:
        model: Name in the zoo.
    """
    recipes = (recipe for benchmark in load_all() for recipe in benchmark.train)
    return next((recipe for recipe in recipes if recipe.model == model), None)
