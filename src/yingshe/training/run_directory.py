"""The folder of a run: its config, its metrics, its checkpoints and, at the end, its learner."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.serialization import write_atomically, write_learner
from yingshe.training._checkpoint import Checkpoints
from yingshe.training.loop import TrainerState, TrainLog

try:
    import fcntl
except ImportError:  # Windows has no such locks; there a folder is not guarded
    fcntl = None

LEARNER_FILE = "learner.safetensors"
_CONFIG_FILE = "config.json"
_METRICS_FILE = "metrics.jsonl"
_FORMAT = "yingshe run 1"
_COMPARED = ("family", "validation", "environments", "teacher", "learner", "train", "seed")


class RunDirectory:
    """Opens or makes the folder of a run, so that a run killed at any moment can go on.

    | file | content |
    |---|---|
    | config.json | family, learner, training settings, seed, versions: all to train it again |
    | metrics.jsonl | one line a report: step, loss, validation_loss, steps_per_second, seconds |
    | tensorboard/ | the same as scalars, for TensorBoard |
    | checkpoints/ | the newest two, by Orbax |
    | learner.safetensors | the trained learner, once training has ended |
    | lock | empty; held by the process that trains |

    `metrics.jsonl` is written before the checkpoint of the same step, and cut back to the
    checkpoint that a resumed run starts from, so that it ends as if nothing had happened.

    Raises UserError where the folder is another run's, is not a run folder, cannot be written, or
    is being written by another process.
    """

    def __init__(
        self, path: str | os.PathLike, description: Mapping[str, Any], metadata: Mapping[str, Any]
    ):
        self.path = Path(path)
        self._config = {"format": _FORMAT, **description, "metadata": dict(metadata)}
        try:
            _claim(self.path, self._config)
            self._lock = _lock(self.path)
            self._checkpoints = Checkpoints(self.path / "checkpoints")
        except OSError as error:
            raise UserError(f"{self.path} cannot be a run folder: {error.strerror}.") from error
        self._scalars = None

    def resume(self, like: TrainerState) -> tuple[TrainerState | None, float]:
        """The newest checkpoint, or None, and the seconds of training that went before it."""
        progress = self._checkpoints.restore(like)
        step = 0 if progress is None else int(progress.state.step)
        lines = [line for line in _read_metrics(self.path / _METRICS_FILE) if line["step"] <= step]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        write_atomically(self.path / _METRICS_FILE, text.encode())
        self._scalars = _open_scalars(self.path / "tensorboard", step)
        return progress, lines[-1]["seconds"] if lines else 0.0

    def write(self, report: TrainLog[Learner], *, steps_per_second: float, seconds: float) -> None:
        """Add a report to the metrics and, where it is due, write its checkpoint."""
        line = {
            "step": report.step,
            "loss": report.loss,
            "validation_loss": report.validation_loss,
            "steps_per_second": round(steps_per_second, 2),
            "seconds": round(seconds, 3),
        }
        with (self.path / _METRICS_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        for name, value in line.items():
            if name != "step" and value is not None and self._scalars is not None:
                self._scalars.add_scalar(name, value, report.step)
        if report.checkpoint_due:
            self._checkpoints.save(report.progress)

    def finish(self, learner: Learner) -> None:
        """Write the trained learner, and beside it in the same file what made it."""
        write_learner(self.path / LEARNER_FILE, learner, metadata=self._config)

    def close(self) -> None:
        self._checkpoints.close()
        if self._scalars is not None:
            self._scalars.close()
        self._lock.close()


def read_config(path: str | os.PathLike) -> dict[str, Any]:
    """What config.json of a run folder says. Raises UserError where it is not one of ours."""
    file = Path(path) / _CONFIG_FILE
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        if config["format"] != _FORMAT:
            raise KeyError("format")
    except FileNotFoundError as error:
        raise UserError(f"{path} is not a run folder: it holds no {_CONFIG_FILE}.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} is damaged, or was not written by yingshe.") from error
    return config


def _claim(path: Path, config: dict[str, Any]) -> None:
    """Make the folder ours, or find that it already is."""
    if path.exists() and not path.is_dir():
        raise UserError(f"{path} is a file; a run needs a folder.")
    if not (path / _CONFIG_FILE).exists():
        # A run killed in its first moment leaves no more than an unfinished config.json.
        if path.is_dir() and any(entry.suffix != ".part" for entry in path.iterdir()):
            raise UserError(
                f"{path} is not empty and is no run folder (it holds no {_CONFIG_FILE}); "
                "give another folder."
            )
        path.mkdir(parents=True, exist_ok=True)
        write_atomically(path / _CONFIG_FILE, (json.dumps(config, indent=1) + "\n").encode())
        return
    before = read_config(path)
    now = json.loads(json.dumps(config))  # tuples become lists, as they did in the file
    for section in _COMPARED:
        difference = _first_difference(section, before.get(section), now.get(section))
        if difference is not None:
            name, old, new = difference
            raise UserError(
                f"{path} is a run with {name} = {old}, now it is {new}; "
                "give another folder, or the same settings to go on with that run."
            )


def _lock(path: Path) -> IO[str]:
    """A file held open and locked, so that no second process writes into the folder."""
    file = (path / "lock").open("w")
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise UserError(
                f"Another process is training in {path}; wait for it, or give another folder."
            ) from error
    return file


def _first_difference(name: str, old: Any, new: Any) -> tuple[str, Any, Any] | None:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            difference = _first_difference(f"{name}.{key}", old.get(key), new.get(key))
            if difference is not None:
                return difference
        return None
    return None if old == new else (name, old, new)


def _read_metrics(path: Path) -> list[dict[str, Any]]:
    """The whole lines; the last one may have been cut off when the run was killed."""
    if not path.exists():
        return []
    whole = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    try:
        lines = [json.loads(line) for line in whole]
        if not all({"step", "seconds"} <= line.keys() for line in lines):
            raise KeyError("step")
    except (ValueError, KeyError, AttributeError) as error:
        raise UserError(f"{path} is damaged; delete it to go on without them.") from error
    return lines


def _open_scalars(folder: Path, step: int):
    from tensorboardX import SummaryWriter  # not at the top: only runs with a folder need it

    return SummaryWriter(str(folder), purge_step=step + 1)
