"""Orbax checkpoints of a run: what a resumed run starts from."""

from pathlib import Path

import jax
import numpy as np

from yingshe.errors import UserError
from yingshe.training.loop import TrainerState

_KEPT = 2  # the newest, and one before it


class Checkpoints:
    """The checkpoints of one run folder. Each is complete or is not there, whatever happens."""

    def __init__(self, folder: Path):
        import logging

        import orbax.checkpoint as ocp  # not at the top: it takes seconds

        logging.getLogger("absl").setLevel(logging.ERROR)  # orbax tells of every save
        self._ocp = ocp
        self._folder = folder.resolve()
        options = ocp.CheckpointManagerOptions(
            max_to_keep=_KEPT,
            enable_async_checkpointing=False,
            cleanup_tmp_directories=True,
        )
        self._manager = ocp.CheckpointManager(self._folder, options=options)

    def save(self, progress: TrainerState) -> None:
        """Write the checkpoint of `progress`, numbered by its step; return when it is on disk."""
        step = int(progress.state.step)
        self._manager.save(
            step, args=self._ocp.args.StandardSave(_to_tensors(progress)), force=True
        )
        self._manager.wait_until_finished()

    def restore(self, like: TrainerState) -> TrainerState | None:
        """The newest progress, in the shape of `like`; None where there is none yet.

        Raises UserError where the checkpoint is damaged or is of another learner.
        """
        step = self._manager.latest_step()
        if step is None:
            return None
        wanted = _to_tensors(like)
        try:
            restore = self._ocp.args.StandardRestore(
                jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), wanted)
            )
            found = self._manager.restore(step, args=restore)
        except Exception as error:  # orbax and tensorstore raise whatever came to hand
            raise UserError(
                f"The checkpoint {self._folder / str(step)} cannot be read "
                f"({type(error).__name__}); delete that folder to go on from the one before."
            ) from error
        leaves = [jax.numpy.asarray(found[name]) for name in wanted]
        return jax.tree.unflatten(jax.tree.structure(like), leaves)

    def close(self) -> None:
        self._manager.close()


def _to_tensors(progress: TrainerState) -> dict[str, np.ndarray]:
    leaves = jax.tree_util.tree_leaves_with_path(progress)
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}
