"""A run from start to finish, whatever its steps are: directory, progress bar, trained learner."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from yingshe.learners import Learner, StandardizedLearner
from yingshe.standardizer import Standardizer
from yingshe.training._progress_bar import ProgressBar
from yingshe.training.config import RunConfig
from yingshe.training.loop import TrainerState, TrainLog, select_learner
from yingshe.training.run_directory import RunDirectory


def run_training(
    learner: Learner,
    config: RunConfig,
    initial_state: TrainerState,
    logs: Callable[[TrainerState], Iterator[TrainLog[Learner]]],
    *,
    run_config: Callable[[], Mapping[str, Any]],
    standardizer: Standardizer | None,
    run_dir: str | os.PathLike | None,
    progress: bool,
    metadata: Mapping[str, Any] | None,
) -> Learner:
    """Go through `logs`, from where the run directory stands, else from `initial_state`.

    Returns the trained learner, in the user's units where there is a standardizer. Raises UserError
    where the run directory is another run's, is foreign or is damaged.
    """
    start_time, before = time.monotonic(), 0.0
    directory = None
    with contextlib.ExitStack() as stack:
        if run_dir is not None:
            directory = RunDirectory(run_dir, run_config(), metadata or {})
            stack.callback(directory.close)
            checkpoint, before = directory.resume(initial_state)
            initial_state = initial_state if checkpoint is None else checkpoint
        done = int(initial_state.state.step)
        name = type(learner).__name__
        bar = stack.enter_context(ProgressBar(config.steps, name, done=done)) if progress else None
        trained = select_learner(learner, initial_state, config)
        last = time.monotonic()
        for log in logs(initial_state):
            now = time.monotonic()
            steps_per_second = (log.step - done) / max(now - last, 1e-9)
            done, last = log.step, now
            if directory is not None:
                seconds = before + now - start_time
                directory.write(log, steps_per_second=steps_per_second, seconds=seconds)
            if bar is not None:
                bar.show(log, steps_per_second=steps_per_second)
            trained = log.learner
        if standardizer is not None:
            trained = StandardizedLearner(trained, standardizer)
        if directory is not None:
            directory.finish(trained)
    return trained
