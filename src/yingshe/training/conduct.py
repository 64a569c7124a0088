"""A run from start to finish, whatever its steps are: folder, progress bar, trained learner."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from yingshe.learners import Learner, Standardised
from yingshe.scaling import Scaling
from yingshe.training.config import RunConfig
from yingshe.training.folder import RunFolder
from yingshe.training.loop import Progress, Report, kept_learner
from yingshe.training.progress_bar import ProgressBar


def conduct(
    learner: Learner,
    config: RunConfig,
    begun: Progress,
    reports: Callable[[Progress], Iterator[Report[Learner]]],
    *,
    describe: Callable[[], Mapping[str, Any]],
    scaling: Scaling | None,
    run: str | os.PathLike | None,
    progress: bool,
    about: Mapping[str, Any] | None,
) -> Learner:
    """Go through `reports`, from where the run folder stands, else from `begun`.

    Returns the trained learner, in the user's units where there is a scaling. Raises UserError
    where the run folder is another run's, is foreign or is damaged.
    """
    start, before = time.monotonic(), 0.0
    folder = None
    with contextlib.ExitStack() as stack:
        if run is not None:
            folder = RunFolder(run, describe(), about or {})
            stack.callback(folder.close)
            checkpoint, before = folder.resume(begun)
            begun = begun if checkpoint is None else checkpoint
        done = int(begun.state.step)
        name = type(learner).__name__
        bar = stack.enter_context(ProgressBar(config.steps, name, done=done)) if progress else None
        trained = kept_learner(learner, begun, config)
        last = time.monotonic()
        for report in reports(begun):
            now = time.monotonic()
            steps_per_second = (report.step - done) / max(now - last, 1e-9)
            done, last = report.step, now
            if folder is not None:
                seconds = before + now - start
                folder.write(report, steps_per_second=steps_per_second, seconds=seconds)
            if bar is not None:
                bar.show(report, steps_per_second=steps_per_second)
            trained = report.learner
        if scaling is not None:
            trained = Standardised(trained, scaling)
        if folder is not None:
            folder.finish(trained)
    return trained
