"""Learners and mappings on disk: one safetensors file each, and no pickle."""

import json
import os
import struct
import tempfile
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any, cast

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, PyTree
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from yingshe import _format_0_1
from yingshe.errors import UserError
from yingshe.learners import LEARNERS, Learner, StandardizedLearner, hyperparameters
from yingshe.standardizer import Standardizer

_FORMAT = "yingshe"
_VERSION = 2


def write_atomically(path: str | os.PathLike, content: bytes) -> None:
    """The whole file or none of it, whatever happens in between."""
    path = Path(path)
    if not path.parent.is_dir():
        raise UserError(
            f"There is no folder {path.parent} to write {path.name} into; make it first."
        )
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def write_learner(
    path: str | os.PathLike,
    learner: Learner,
    *,
    kind: str = "learner",
    state: PyTree[Array] | None = None,
    metadata: Dictionary[str, Any] | None = None,
) -> None:
    """Write a learner, and for a mapping its state, as safetensors with a JSON header.

    `metadata` is free-form JSON kept beside it: the columns of the table it was trained on, say.
    """
    inner = learner.inner if isinstance(learner, StandardizedLearner) else learner
    name = next((n for n, cls in LEARNERS.items() if cls is type(inner)), None)
    if name is None:
        raise UserError(f"{type(inner).__name__} is not in LEARNERS; add it there to save it.")
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": kind,
        "learner": name,
        "hyperparameters": hyperparameters(inner),
        "standardized": isinstance(learner, StandardizedLearner),
        "metadata": dict(metadata or {}),
    }
    tensors = {"learner" + k: v for k, v in _to_tensors(learner).items()}
    tensors |= {"state" + k: v for k, v in _to_tensors(state).items()}
    write_atomically(path, to_bytes(tensors, metadata={_FORMAT: json.dumps(header)}))


def read_learner(
    path: str | os.PathLike,
    *,
    kind: str = "learner",
    state_of: Callable[[Learner], PyTree[Array]] | None = None,
) -> tuple[Learner, PyTree[Array], dict[str, Any]]:
    """The learner, its state and `metadata`.

    The state is the one before any pair, unless the file is a mapping's, or another kind's whose
    states have the structure of `state_of(learner)`.

    Raises UserError where the file is missing, is not one of ours, or is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    try:
        with safe_open(path, framework="numpy") as file:
            texts = file.metadata() or {}
            if of_application := [key for key in texts if key.startswith(f"{_FORMAT} ")]:
                raise UserError(
                    f"{path} is of `{of_application[0]}`, which alone reads it; a {kind} is wanted."
                )
            header = json.loads(texts[_FORMAT])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        if header["version"] == 1:
            old = header["learner"]
            tensors = {_format_0_1.upgrade_tensor(old, k): v for k, v in tensors.items()}
            header = _format_0_1.upgrade_header(header)
        if header["kind"] != kind:
            raise UserError(f"{path} holds a {header['kind']}, not a {kind}.")
        if header["version"] > _VERSION:
            raise UserError(
                f"{path} was written by a newer version of yingshe; upgrade to read it."
            )
        skeleton = _abstract_learner(header)
        learner = _load_arrays(skeleton, tensors, "learner")
        state = learner.init_state() if state_of is None else state_of(learner)
        if kind != "learner":
            state = _load_arrays(state, tensors, "state")
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError, struct.error) as error:
        raise UserError(
            f"{path} is not a {kind} saved by yingshe, or it is damaged ({type(error).__name__})."
        ) from error
    return learner, state, header["metadata"]


def _abstract_learner(header: Dictionary[str, Any]) -> Learner:
    """A learner of the right structure, its arrays still without values."""
    options = {
        k: tuple(v) if isinstance(v, list) else v for k, v in header["hyperparameters"].items()
    }

    make = cast(Callable[..., Learner], LEARNERS[header["learner"]])

    def build() -> Learner:
        inner = make(**options, key=jax.random.key(0))
        if not header["standardized"]:
            return inner
        x, y = np.ones(inner.x_dim, np.float32), np.ones(inner.y_dim, np.float32)
        return StandardizedLearner(
            inner, Standardizer(*(jax.numpy.asarray(v) for v in (x, x, y, y)))
        )

    return eqx.filter_eval_shape(build)


def _to_tensors(tree: PyTree) -> dict[str, np.ndarray]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {
        jax.tree_util.keystr(path): np.asarray(leaf, order="C")
        for path, leaf in leaves
        if eqx.is_array(leaf) or isinstance(leaf, np.ndarray)
    }


def _load_arrays(tree: PyTree, tensors: Dictionary[str, np.ndarray], prefix: str) -> PyTree:
    """`tree` with every array replaced by the stored one of the same name."""

    def fill(path, leaf):
        if not isinstance(leaf, jax.ShapeDtypeStruct | jax.Array):
            return leaf
        stored = tensors[prefix + jax.tree_util.keystr(path)]
        if stored.shape != leaf.shape:
            raise KeyError(jax.tree_util.keystr(path))
        return jax.numpy.asarray(stored, leaf.dtype)

    return jax.tree_util.tree_map_with_path(fill, tree)
