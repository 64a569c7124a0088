"""Directory of a run: its config, metrics, checkpoints and, at the end, its learner."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from yingshe import _format_0_1
from yingshe.errors import UserError
from yingshe.serialization import write_atomically, write_model
from yingshe.training._checkpoint import Checkpoints
from yingshe.training.loop import TrainerState, TrainLog

try:
    import fcntl
except ImportError:  # Windows has no such locks; there a directory is not guarded
    fcntl = None

LEARNER_FILE = "learner.safetensors"
_CONFIG_FILE = "config.json"
_METRICS_FILE = "metrics.jsonl"
_FORMAT = "yingshe run 2"
_FORMAT_0_1 = "yingshe run 1"
_NOT_COMPARED = ("format", "versions", "metadata")  # these may differ when a run is resumed


class RunDirectory:
    """Directory of a run, made or reopened, so that a run killed at any moment can be resumed.

    | file | content |
    |---|---|
    | config.json | family, learner, training settings, seed, versions: enough to train it again |
    | metrics.jsonl | one line per log: step, loss, validation_loss, steps_per_second, seconds |
    | tensorboard/ | the same figures for TensorBoard |
    | checkpoints/ | the newest two, by Orbax |
    | learner.safetensors | the trained learner, once training has ended |
    | lock | empty; held by the process that trains |

    `metrics.jsonl` is written before the checkpoint of the same step. When a run is resumed, it is
    cut back to the checkpoint, so that it ends like that of an uninterrupted run.

    Args:
        path: Directory to make or to reopen.
        run_config: Description of the run, plain JSON. A directory is reopened only with the same.
        metadata: Free-form JSON.

    Raises:
        UserError: The directory belongs to another run, holds other files, was written by
            yingshe 0.1, cannot be written, or is in use by another process.
    """

    def __init__(
        self, path: str | os.PathLike, run_config: Mapping[str, Any], metadata: Mapping[str, Any]
    ):
        self.path = Path(path)
        self._config = {"format": _FORMAT, **run_config, "metadata": dict(metadata)}
        try:
            _init_or_verify(self.path, self._config)
            self._lock = _lock(self.path)
            self._checkpoints = Checkpoints(self.path / "checkpoints")
        except OSError as error:
            raise UserError(f"{self.path} cannot be a run directory: {error.strerror}.") from error
        self._scalars = None

    def resume(self, like: TrainerState) -> tuple[TrainerState | None, float]:
        """Read the newest checkpoint and cut the metrics back to it.

        Args:
            like: State with the expected structure, shapes and types.

        Returns:
            The state, None if there is no checkpoint; and the seconds of training before it.
        """
        state = self._checkpoints.restore(like)
        step = 0 if state is None else int(state.state.step)
        lines = [line for line in _read_metrics(self.path / _METRICS_FILE) if line["step"] <= step]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        write_atomically(self.path / _METRICS_FILE, text.encode())
        self._scalars = _open_tensorboard(self.path / "tensorboard", step)
        return state, lines[-1]["seconds"] if lines else 0.0

    def write(self, log: TrainLog[Any], *, steps_per_second: float, seconds: float) -> None:
        """Append a line to the metrics and, if it is due, write a checkpoint.

        Args:
            log: Progress of the run.
            steps_per_second: Current speed.
            seconds: Seconds of training, of earlier processes too.
        """
        line = {
            "step": log.step,
            "loss": log.loss,
            "validation_loss": log.validation_loss,
            "steps_per_second": round(steps_per_second, 2),
            "seconds": round(seconds, 3),
        }
        with (self.path / _METRICS_FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        for name, value in line.items():
            if name != "step" and value is not None and self._scalars is not None:
                self._scalars.add_scalar(name, value, log.step)
        if log.checkpoint_due:
            self._checkpoints.save(log.trainer_state)

    def finish(self, learner: Any) -> None:
        """Write the trained learner, with the run's config as its metadata.

        Args:
            learner: Learner, or an object of a kind registered in `yingshe.serialization`.
        """
        write_model(self.path / LEARNER_FILE, learner, metadata=self._config)

    def close(self) -> None:
        """Close all files and release the lock."""
        self._checkpoints.close()
        if self._scalars is not None:
            self._scalars.close()
        self._lock.close()


def read_config(path: str | os.PathLike) -> dict[str, Any]:
    """Read the config of a run directory, in its present names also for one of yingshe 0.1.

    Args:
        path: Run directory.

    Returns:
        The content of config.json.

    Raises:
        UserError: It is not a run directory, or the file is damaged.
    """
    file = Path(path) / _CONFIG_FILE
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        if config["format"] == _FORMAT_0_1:
            return _format_0_1.upgrade_config(config)
        if config["format"] != _FORMAT:
            raise KeyError("format")
    except FileNotFoundError as error:
        raise UserError(f"{path} is not a run directory: it holds no {_CONFIG_FILE}.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} is damaged, or was not written by yingshe.") from error
    return config


def _init_or_verify(path: Path, config: dict[str, Any]) -> None:
    """Make the directory, or check that it belongs to the same run."""
    if path.exists() and not path.is_dir():
        raise UserError(f"{path} is a file; a run needs a directory.")
    if not (path / _CONFIG_FILE).exists():
        # A run killed at its start leaves only an unfinished config.json.
        if path.is_dir() and any(entry.suffix != ".part" for entry in path.iterdir()):
            raise UserError(
                f"{path} is not empty and is not a run directory (it holds no {_CONFIG_FILE}); "
                "give another directory."
            )
        path.mkdir(parents=True, exist_ok=True)
        text = json.dumps(config, indent=1, ensure_ascii=False) + "\n"
        write_atomically(path / _CONFIG_FILE, text.encode())
        return
    stored = read_config(path)
    if stored["format"] == _FORMAT_0_1:
        raise UserError(
            f"{path} was written by yingshe 0.1: its learner loads, but its training cannot be "
            "resumed; give another directory."
        )
    current = json.loads(json.dumps(config))  # tuples become lists, as they did in the file
    for section in dict.fromkeys((*current, *stored)):
        if section in _NOT_COMPARED:
            continue
        difference = _first_difference(section, stored.get(section), current.get(section))
        if difference is not None:
            name, old, new = difference
            raise UserError(
                f"{path} is a run with {name} = {old}, now it is {new}; "
                "give another directory, or the same settings to resume that run."
            )


def _lock(path: Path) -> IO[str]:
    """Open and lock a file, so that no second process writes into the directory."""
    file = (path / "lock").open("w")
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise UserError(
                f"Another process is training in {path}; wait for it, or give another directory."
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
    """Return the complete lines; the last one may have been cut off when the run was killed."""
    if not path.exists():
        return []
    complete = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    try:
        lines = [json.loads(line) for line in complete]
        if not all({"step", "seconds"} <= line.keys() for line in lines):
            raise KeyError("step")
    except (ValueError, KeyError, AttributeError) as error:
        raise UserError(f"{path} is damaged; delete it to continue without it.") from error
    return lines


def _open_tensorboard(folder: Path, step: int):
    from tensorboardX import SummaryWriter  # not at the top: only runs with a directory need it

    return SummaryWriter(str(folder), purge_step=step + 1)
