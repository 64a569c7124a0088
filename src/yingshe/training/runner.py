"""Trainer of every kind of run: directory, resumption, progress bar, trained model."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from yingshe.training._progress_bar import ProgressBar
from yingshe.training.config import RunConfig
from yingshe.training.loop import (
    Model,
    TrainerState,
    TrainingProgram,
    run_steps,
    select_learner,
)
from yingshe.training.run_directory import RunDirectory

Result = TypeVar("Result")


def run_training(
    learner: Model,
    build: Callable[[], TrainingProgram],
    config: RunConfig,
    *,
    initial_state: TrainerState,
    finalize: Callable[[Model], Result],
    run_config: Callable[[], Mapping[str, Any]],
    run_dir: str | os.PathLike | None = None,
    progress: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Result:
    """Train from the newest checkpoint of the run directory, else from the initial state.

    Args:
        learner: Learner to train; it stays unchanged.
        build: Function that builds training step and validation loss; not called for a finished
            run.
        config: Settings of the run.
        initial_state: State before the first step.
        finalize: Function from the trained learner to the returned and saved result, for example
            a learner in the user's units.
        run_config: Function that describes the run as JSON; called only with a run directory.
        run_dir: Directory for config, metrics, checkpoints and the trained learner; None for none.
        progress: Show a progress bar on the standard error.
        metadata: Free-form JSON to keep in the run's config and in the learner's file.

    Returns:
        The trained learner, after `finalize`.

    Raises:
        UserError: The run directory belongs to another run, holds other files, was written by
            yingshe 0.1, or is damaged.
        DivergenceError: The loss is no longer a finite number.
    """
    start_time, earlier_seconds = time.monotonic(), 0.0
    directory, state = None, initial_state
    with contextlib.ExitStack() as stack:
        if run_dir is not None:
            directory = RunDirectory(run_dir, run_config(), metadata or {})
            stack.callback(directory.close)
            checkpoint, earlier_seconds = directory.resume(initial_state)
            state = initial_state if checkpoint is None else checkpoint
        step, step_time = int(state.state.step), time.monotonic()
        trained = select_learner(learner, state, config)
        bar = None
        if progress:
            name = type(learner).__name__
            bar = stack.enter_context(ProgressBar(config.steps, name, initial_step=step))
        for log in run_steps(build, learner, state, config):
            now = time.monotonic()
            steps_per_second = (log.step - step) / max(now - step_time, 1e-9)
            step, step_time = log.step, now
            if directory is not None:
                seconds = earlier_seconds + now - start_time
                directory.write(log, steps_per_second=steps_per_second, seconds=seconds)
            if bar is not None:
                bar.show(log, steps_per_second=steps_per_second)
            trained = log.learner
        result = finalize(trained)
        if directory is not None:
            directory.finish(result)
    return result
