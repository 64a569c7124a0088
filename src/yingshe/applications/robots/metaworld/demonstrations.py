"""Demonstrations by Meta-World's scripted experts: a few to learn from, many to train on."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import metaworld
import numpy as np
import polars as pl
from jaxtyping import Float

from yingshe.applications.robots.metaworld.worlds import OBSERVED, expert, observed
from yingshe.errors import UserError
from yingshe.serialization import write_atomically

ACTED = ("move_x", "move_y", "move_z", "grip")
"""Displacements of the hand that are asked for (cm; beyond ±1 they are clipped) and the gripper's
effort."""

_STEPS = 250  # an expert that is not done by then has failed
_BEYOND = 5  # steps after success
# Of disturbed episodes: noise of the action, and how often a burst of random motion begins.
_DISTURBANCES = ((0.3, 0.0), (0.7, 0.02), (0.1, 0.05), (0.0, 0.03))
_BURST = (4, 20)  # steps


@dataclass(frozen=True)
class Demonstration:
    """One episode: what was seen (T, 21), and what the expert does there (T, 4)."""

    seen: Float[np.ndarray, "T 21"]
    acted: Float[np.ndarray, "T 4"]
    succeeded: bool


def demonstrate(name: str, count: int, *, seed: int) -> list[Demonstration]:
    """The expert's first successful episodes of a class, without disturbance.

    Raises UserError where it fails too often to give so many.
    """
    world = _world(name, seed)
    generator = np.random.default_rng(seed)
    found: list[Demonstration] = []
    for _ in range(3 * count + 10):
        if len(found) == count:
            return found
        episode = _episode(world, name, generator, 0.0, 0.0)
        if episode.succeeded:
            found.append(episode)
    raise UserError(f"The expert of {name} succeeded {len(found)} times; {count} were asked for.")


def collect(
    folder: str | Path,
    classes: Sequence[str],
    *,
    episodes: int = 100,
    seed: int = 0,
    workers: int = 2,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Let the experts show their classes, two fifths of the episodes cleanly and the others
    disturbed: the action that is carried out has noise and bursts of random motion, the one that is
    recorded has none, so that there is something to learn of how to recover.

    Writes FOLDER/CLASS.parquet with the columns episode, disturbed, succeeded, what was seen and
    what the expert does there. A file that is there is left as it is, so that a collection that was
    stopped goes on. The same seed gives the same files.

    Raises UserError where the folder holds episodes of other settings.
    """
    folder = Path(folder)
    settings, beside = {"episodes": episodes, "seed": seed}, folder / "settings.json"
    if beside.is_file() and json.loads(beside.read_text()) != settings:
        raise UserError(
            f"{folder} holds episodes of other settings ({beside}); name another folder, or "
            "remove this one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(beside, (json.dumps(settings) + "\n").encode())
    missing = [name for name in classes if not (folder / f"{name}.parquet").is_file()]
    done = len(classes) - len(missing)
    if on_progress is not None:
        on_progress(done)
    for _ in _collect_all(folder, missing, episodes, seed, workers):
        done += 1
        if on_progress is not None:
            on_progress(done)


def read_demonstrations(folder: str | Path, classes: Sequence[str]) -> dict[str, pl.DataFrame]:
    """The tables of those classes. Raises UserError where one is missing."""
    found = {}
    for name in classes:
        path = Path(folder) / f"{name}.parquet"
        if not path.is_file():
            raise UserError(f"There is no {path}; collect the episodes of {name} first.")
        found[name] = pl.read_parquet(path)
    return found


def _collect_all(
    folder: Path, names: Sequence[str], episodes: int, seed: int, workers: int
) -> Iterator[None]:
    """Yields after each class."""
    if workers == 1:
        for name in names:
            yield _collect_one(folder, name, episodes, seed)
        return
    # spawn: a fork of a process that has run JAX may hang.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_collect_one, folder, name, episodes, seed) for name in names]
        for future in as_completed(futures):
            yield future.result()


def _collect_one(folder: Path, name: str, episodes: int, seed: int) -> None:
    generator = np.random.default_rng([seed, *name.encode()])
    world = _world(name, int(generator.integers(1 << 30)))
    clean = 2 * episodes // 5
    parts = []
    for i in range(episodes):
        how = (0.0, 0.0) if i < clean else _DISTURBANCES[i % len(_DISTURBANCES)]
        one = _episode(world, name, generator, *how)
        columns = {
            "episode": np.full(len(one.seen), i),
            "disturbed": np.full(len(one.seen), how != (0.0, 0.0)),
            "succeeded": np.full(len(one.seen), one.succeeded),
        }
        columns |= dict(zip(OBSERVED, one.seen.T, strict=True))
        columns |= dict(zip(ACTED, one.acted.T, strict=True))
        parts.append(pl.DataFrame(columns))
    part = folder / f"{name}.part"
    pl.concat(parts).write_parquet(part)
    part.replace(folder / f"{name}.parquet")


def _world(name: str, seed: int):
    """A world of that class whose objects and goal are drawn anew at each reset."""
    suite = metaworld.ML1(name, seed=0)
    world = suite.train_classes[name]()
    world.set_task(suite.train_tasks[0])
    world._freeze_rand_vec, world.seeded_rand_vec = False, True
    world.seed(seed)
    return world


def _episode(
    world, name: str, generator: np.random.Generator, noise: float, bursts: float
) -> Demonstration:
    policy = expert(name)
    seen = observed(world, world.reset()[0])
    rows, actions, succeeded, left = [], [], False, _STEPS
    burst, push = 0, np.zeros(4)
    while left > 0:
        action = policy(seen[None])[0]
        rows.append(seen)
        actions.append(action)
        carried = np.clip(action, -1, 1)
        carried = carried + noise * generator.normal(size=4) * [1, 1, 1, 0.3]
        if burst == 0 and generator.random() < bursts:
            burst, push = int(generator.integers(*_BURST)), generator.uniform(-1, 1, 4)
        if burst > 0:
            burst -= 1
            if generator.random() < 0.7:
                # The gripper mostly stays: what is dropped at once teaches little.
                grip = carried[3] if generator.random() < 0.8 else push[3]
                carried = np.array([*push[:3], grip])
        full, _, _, truncated, info = world.step(np.clip(carried, -1, 1).astype(np.float32))
        seen = observed(world, full)
        left -= 1
        if info["success"] and not succeeded:
            succeeded, left = True, _BEYOND
        if truncated:
            break
    return Demonstration(np.array(rows), np.array(actions), succeeded)
