"""Demonstrations of Meta-World's scripted experts, and recorded episodes for training."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import metaworld
import numpy as np
import polars as pl
from jaxtyping import Float

from yingshe.applications.robots import dataset_io
from yingshe.applications.robots.metaworld.encoding import ACTION_NAMES, OBSERVATION_NAMES
from yingshe.applications.robots.metaworld.envs import expert, to_observation
from yingshe.errors import UserError

_MAX_STEPS = 250  # an expert that needs more has failed
_STEPS_AFTER_SUCCESS = 5
# Of disturbed episodes: standard deviation of action noise, probability that a burst begins.
_DISTURBANCES = ((0.3, 0.0), (0.7, 0.02), (0.1, 0.05), (0.0, 0.03))
_BURST_STEPS = (4, 20)
_BURST_PROBABILITY = 0.7  # that a time step of a burst is random
_KEEP_GRIP_PROBABILITY = 0.8  # in a burst; otherwise the object would be dropped at once


@dataclass(frozen=True)
class Demonstration:
    """One episode of an expert."""

    observations: Float[np.ndarray, "T 21"]
    """Observations, columns as in `OBSERVATION_NAMES`."""
    actions: Float[np.ndarray, "T 4"]
    """The expert's actions there, columns as in `ACTION_NAMES`."""
    success: bool
    """Success flag: the goal was reached."""


def demonstrate(name: str, count: int, *, seed: int) -> list[Demonstration]:
    """Return the expert's first successful episodes of a task, without disturbance.

    Args:
        name: Name of the task.
        count: Number of demonstrations.
        seed: Seed of positions of objects and goals.

    Returns:
        `count` successful episodes.

    Raises:
        UserError: The expert fails too often.
    """
    env = _make_env(name, seed)
    rng = np.random.default_rng(seed)
    demonstrations: list[Demonstration] = []
    for _ in range(3 * count + 10):
        if len(demonstrations) == count:
            return demonstrations
        episode = _run_expert(env, name, rng, 0.0, 0.0)
        if episode.success:
            demonstrations.append(episode)
    raise UserError(
        f"The expert of {name} succeeded only {len(demonstrations)} times; count is {count}."
    )


def collect(
    folder: str | Path,
    task_names: Sequence[str],
    *,
    episodes: int = 100,
    seed: int = 0,
    workers: int = 2,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Record episodes of the experts, two fifths undisturbed and the others disturbed.

    In a disturbed episode, noise and bursts of random motion are added to the executed action. The
    recorded action is that of the expert, so that the data show how to recover.

    Writes FOLDER/TASK.parquet with the columns episode, disturbed, succeeded, the observation and
    the expert's action. Existing files are not collected again, so that an interrupted collection
    resumes.

    Args:
        folder: Folder to write.
        task_names: Names of the tasks.
        episodes: Number of episodes of each task.
        seed: Seed of goals and disturbances; the same seed gives the same files.
        workers: Number of processes.
        on_progress: Function called with the number of tasks that are complete.

    Raises:
        UserError: The folder holds episodes of other settings.
    """
    folder = Path(folder)
    settings = {"episodes": episodes, "seed": seed}
    dataset_io.check_settings(folder / "settings.json", settings)
    folder.mkdir(parents=True, exist_ok=True)
    dataset_io.write_settings(folder / "settings.json", settings)
    missing = [name for name in task_names if not (folder / f"{name}.parquet").is_file()]
    count = len(task_names) - len(missing)
    if on_progress is not None:
        on_progress(count)
    for _ in _collect_tasks(folder, missing, episodes, seed, workers):
        count += 1
        if on_progress is not None:
            on_progress(count)


def load_demonstrations(folder: str | Path, task_names: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Read recorded episodes.

    Args:
        folder: Folder that `collect` has written.
        task_names: Names of the tasks.

    Returns:
        Name of the task → table.

    Raises:
        UserError: A table is missing.
    """
    tables = {}
    for name in task_names:
        path = Path(folder) / f"{name}.parquet"
        if not path.is_file():
            raise UserError(f"There is no {path}; collect the episodes of {name} first.")
        tables[name] = dataset_io.load_logs(path)
    return tables


def _collect_tasks(
    folder: Path, names: Sequence[str], episodes: int, seed: int, workers: int
) -> Iterator[None]:
    """Collect all tasks; yield after each."""
    if workers == 1:
        for name in names:
            yield _collect_task(folder, name, episodes, seed)
        return
    # spawn: a fork of a process that has run JAX may hang.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_collect_task, folder, name, episodes, seed) for name in names]
        for future in as_completed(futures):
            yield future.result()


def _collect_task(folder: Path, name: str, episodes: int, seed: int) -> None:
    rng = np.random.default_rng([seed, *name.encode()])
    env = _make_env(name, int(rng.integers(1 << 30)))
    num_clean = 2 * episodes // 5
    frames = []
    for i in range(episodes):
        disturbance = (0.0, 0.0) if i < num_clean else _DISTURBANCES[i % len(_DISTURBANCES)]
        episode = _run_expert(env, name, rng, *disturbance)
        length = len(episode.observations)
        columns = {
            "episode": np.full(length, i),
            "disturbed": np.full(length, disturbance != (0.0, 0.0)),
            "succeeded": np.full(length, episode.success),
        }
        columns |= dict(zip(OBSERVATION_NAMES, episode.observations.T, strict=True))
        columns |= dict(zip(ACTION_NAMES, episode.actions.T, strict=True))
        frames.append(pl.DataFrame(columns))
    dataset_io.write_table(folder / f"{name}.parquet", pl.concat(frames))


def _make_env(name: str, seed: int):
    """Return an environment that samples objects and goal at each reset."""
    suite = metaworld.ML1(name, seed=0)
    env = suite.train_classes[name]()
    env.set_task(suite.train_tasks[0])
    env._freeze_rand_vec, env.seeded_rand_vec = False, True
    env.seed(seed)
    return env


def _run_expert(
    env, name: str, rng: np.random.Generator, noise: float, burst_probability: float
) -> Demonstration:
    policy = expert(name)
    observation = to_observation(env, env.reset()[0])
    observations, actions, success, steps_left = [], [], False, _MAX_STEPS
    burst_steps, push = 0, np.zeros(4)
    while steps_left > 0:
        action = policy(observation[None])[0]
        observations.append(observation)
        actions.append(action)
        executed = np.clip(action, -1, 1)
        executed = executed + noise * rng.normal(size=4) * [1, 1, 1, 0.3]
        if burst_steps == 0 and rng.random() < burst_probability:
            burst_steps, push = int(rng.integers(*_BURST_STEPS)), rng.uniform(-1, 1, 4)
        if burst_steps > 0:
            burst_steps -= 1
            if rng.random() < _BURST_PROBABILITY:
                grip = executed[3] if rng.random() < _KEEP_GRIP_PROBABILITY else push[3]
                executed = np.array([*push[:3], grip])
        full, _, _, truncated, info = env.step(np.clip(executed, -1, 1).astype(np.float32))
        observation = to_observation(env, full)
        steps_left -= 1
        if info["success"] and not success:
            success, steps_left = True, _STEPS_AFTER_SUCCESS
        if truncated:
            break
    return Demonstration(np.array(observations), np.array(actions), success)
