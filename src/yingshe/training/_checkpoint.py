"""Orbax checkpoints of a run, from which it is resumed."""

from pathlib import Path

import jax
import numpy as np

from yingshe.errors import UserError
from yingshe.training.loop import TrainerState

_MAX_TO_KEEP = 2  # the newest, and one before it


class Checkpoints:
    """Checkpoints of one run directory. Each is complete or absent, even after a crash.

    Args:
        folder: Directory of the checkpoints.
    """

    def __init__(self, folder: Path):
        import logging

        import orbax.checkpoint as ocp  # not at the top: it takes seconds

        logging.getLogger("absl").setLevel(logging.ERROR)  # orbax logs every save
        self._ocp = ocp
        self._folder = folder.resolve()
        options = ocp.CheckpointManagerOptions(
            max_to_keep=_MAX_TO_KEEP,
            enable_async_checkpointing=False,
            cleanup_tmp_directories=True,
        )
        self._manager = ocp.CheckpointManager(self._folder, options=options)

    def save(self, state: TrainerState) -> None:
        """Write a checkpoint, numbered by its step, and return when it is on disk.

        Args:
            state: State to save.
        """
        args = self._ocp.args.StandardSave(_to_tensors(state))
        self._manager.save(int(state.state.step), args=args, force=True)
        self._manager.wait_until_finished()

    def restore(self, like: TrainerState) -> TrainerState | None:
        """Read the newest checkpoint.

        Args:
            like: State with the expected structure, shapes and types.

        Returns:
            The state; None if there is no checkpoint.

        Raises:
            UserError: The checkpoint is damaged or belongs to another learner.
        """
        step = self._manager.latest_step()
        if step is None:
            return None
        expected = _to_tensors(like)
        try:
            args = self._ocp.args.StandardRestore(
                jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), expected)
            )
            restored = self._manager.restore(step, args=args)
        except Exception as error:  # orbax and tensorstore raise errors of many types
            raise UserError(
                f"The checkpoint {self._folder / str(step)} cannot be read "
                f"({type(error).__name__}); delete that folder to resume from the previous one."
            ) from error
        leaves = [jax.numpy.asarray(restored[name]) for name in expected]
        return jax.tree.unflatten(jax.tree.structure(like), leaves)

    def close(self) -> None:
        """Release the resources of Orbax."""
        self._manager.close()


def _to_tensors(state: TrainerState) -> dict[str, np.ndarray]:
    leaves = jax.tree_util.tree_leaves_with_path(state)
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}
