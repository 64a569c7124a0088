"""Models on disk: one safetensors file each, with a JSON header and without pickle.

Every file has a *kind*: "learner", "mapping", or one that an application adds with `register`.
"""

import contextlib
import json
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any, NamedTuple, cast

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
_READERS = {
    "learner": "yingshe.load",
    "mapping": "yingshe.Mapping.load",
    "agent": "yingshe.applications.agents.Agent.load",
    "g2p prior": "yingshe.applications.languages.g2p.load_prior",
    "g2p model": "yingshe.applications.languages.g2p.G2PModel.load",
}
"""Kind of file -> function that reads it, for error messages."""

Tensors = dict[str, np.ndarray]


class FileKind(NamedTuple):
    """Conversion between the objects of one kind and the content of a file."""

    cls: type
    """Class of the objects."""
    to_file: Callable[[Any], tuple[dict[str, Any], Tensors]]
    """Object -> header fields and tensors."""
    from_file: Callable[[dict[str, Any], Tensors], Any]
    """Header and tensors -> object."""


_KINDS: dict[str, FileKind] = {}


def register(
    kind: str,
    cls: type,
    to_file: Callable[[Any], tuple[dict[str, Any], Tensors]],
    from_file: Callable[[dict[str, Any], Tensors], Any],
) -> None:
    """Add a kind of file, for objects that are not learners.

    Args:
        kind: Name of the kind, stored in the header.
        cls: Class of the objects.
        to_file: Function from an object to header fields, as plain JSON, and tensors.
        from_file: Function from the header and the tensors to an object.
    """
    _KINDS[kind] = FileKind(cls, to_file, from_file)


def write_model(
    path: str | os.PathLike, model: Any, *, metadata: Dictionary[str, Any] | None = None
) -> None:
    """Write a learner, or an object of a registered kind.

    Args:
        path: File to write.
        model: Learner or object.
        metadata: Free-form JSON to store with it.

    Raises:
        UserError: The object is of no known kind, or the file cannot be written.
    """
    if isinstance(model, Learner):
        write_learner(path, model, metadata=metadata)
        return
    kind = next((name for name, kind in _KINDS.items() if kind.cls is type(model)), None)
    if kind is None:
        raise UserError(f"{type(model).__name__} cannot be saved: it is of no registered kind.")
    fields, tensors = _KINDS[kind].to_file(model)
    write_file(path, kind, fields, tensors, metadata=metadata)


def read_model(path: str | os.PathLike, *kinds: str) -> tuple[Any, dict[str, Any]]:
    """Read an object of a registered kind.

    Args:
        path: File that `write_model` wrote.
        kinds: Kinds that are accepted.

    Returns:
        The object and its metadata.

    Raises:
        UserError: The file is missing, is of another kind, or is damaged.
    """
    header, tensors = read_file(path, *kinds)
    with _report_damage(path, header["kind"]):
        return _KINDS[header["kind"]].from_file(header, tensors), header["metadata"]


def write_file(
    path: str | os.PathLike,
    kind: str,
    fields: Dictionary[str, Any],
    tensors: Dictionary[str, np.ndarray],
    *,
    metadata: Dictionary[str, Any] | None = None,
) -> None:
    """Write header and tensors of a kind.

    Args:
        path: File to write.
        kind: Kind of file.
        fields: Header fields of this kind, as plain JSON.
        tensors: Arrays by name.
        metadata: Free-form JSON to store with them.

    Raises:
        UserError: The folder does not exist.
    """
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": kind,
        **fields,
        "metadata": dict(metadata or {}),
    }
    text = json.dumps(header, ensure_ascii=False)
    write_atomically(path, to_bytes(dict(tensors), metadata={_FORMAT: text}))


def read_file(path: str | os.PathLike, *kinds: str) -> tuple[dict[str, Any], Tensors]:
    """Read header and tensors in their present names, also of files written by yingshe 0.1.

    Args:
        path: File to read.
        kinds: Kinds that are accepted.

    Returns:
        The header and the tensors.

    Raises:
        UserError: The file is missing, is of another kind, is newer than this version, was not
            written by yingshe, or is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    with _report_damage(path, kinds[0]):
        with safe_open(path, framework="numpy") as file:
            texts = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        header, tensors = _upgrade(texts, tensors)
        if (kind := header["kind"]) not in kinds:
            reader = f"; read it with {_READERS[kind]}" if kind in _READERS else ""
            raise UserError(f"{path} holds a {kind}, not a {kinds[0]}{reader}.")
        if header["version"] > _VERSION:
            raise UserError(
                f"{path} was written by a newer version of yingshe; upgrade to read it."
            )
    return header, tensors


def write_learner(
    path: str | os.PathLike,
    learner: Learner,
    *,
    kind: str = "learner",
    state: PyTree[Array] | None = None,
    metadata: Dictionary[str, Any] | None = None,
) -> None:
    """Write a learner and, for a mapping, its state.

    Args:
        path: File to write.
        learner: Learner of a class in `LEARNERS`.
        kind: Kind of file.
        state: State of the learner.
        metadata: Free-form JSON to store with it, such as the columns of the training table.

    Raises:
        UserError: The learner's class is not in `LEARNERS`, or the folder does not exist.
    """
    inner = learner.inner if isinstance(learner, StandardizedLearner) else learner
    name = next((n for n, cls in LEARNERS.items() if cls is type(inner)), None)
    if name is None:
        raise UserError(f"{type(inner).__name__} is not in LEARNERS; add it there to save it.")
    fields = {
        "learner": name,
        "hyperparameters": hyperparameters(inner),
        "standardized": isinstance(learner, StandardizedLearner),
    }
    tensors = {"learner" + k: v for k, v in _to_tensors(learner).items()}
    tensors |= {"state" + k: v for k, v in _to_tensors(state).items()}
    write_file(path, kind, fields, tensors, metadata=metadata)


def read_learner(
    path: str | os.PathLike,
    *,
    kind: str = "learner",
    state_of: Callable[[Learner], PyTree[Array]] | None = None,
) -> tuple[Learner, PyTree[Array], dict[str, Any]]:
    """Read a learner, its state and its metadata.

    Args:
        path: File that `write_learner` wrote.
        kind: Kind that is expected.
        state_of: Function from the learner to a state with the structure of the stored one; by
            default the learner's own state.

    Returns:
        The learner; its state, which is the initial one for a file of kind "learner"; the metadata.

    Raises:
        UserError: The file is missing, is of another kind, or is damaged.
    """
    header, tensors = read_file(path, kind)
    with _report_damage(path, kind):
        learner = _load_arrays(_abstract_learner(header), tensors, "learner")
        state = learner.init_state() if state_of is None else state_of(learner)
        if kind != "learner":
            state = _load_arrays(state, tensors, "state")
    return learner, state, header["metadata"]


def write_atomically(path: str | os.PathLike, content: bytes) -> None:
    """Write a whole file or nothing, even if the process is killed.

    Args:
        path: File to write.
        content: Its content.

    Raises:
        UserError: The folder does not exist.
    """
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


@contextlib.contextmanager
def _report_damage(path: str | os.PathLike, kind: str) -> Iterator[None]:
    """Turn errors of parsing a file into a UserError."""
    try:
        yield
    except UserError:
        raise
    except (
        *(SafetensorError, struct.error),
        *(KeyError, TypeError, ValueError, AttributeError),
    ) as error:
        raise UserError(
            f"{path} is not a {kind} saved by yingshe, or it is damaged ({type(error).__name__})."
        ) from error


def _upgrade(texts: dict[str, str], tensors: Tensors) -> tuple[dict[str, Any], Tensors]:
    """Return header and tensors in the names of the present version."""
    if _format_0_1.G2P_FORMAT in texts:
        return _format_0_1.upgrade_g2p(json.loads(texts[_format_0_1.G2P_FORMAT]), tensors)
    header = json.loads(texts[_FORMAT])
    if header["version"] == 1:
        old = header["learner"]
        tensors = {_format_0_1.upgrade_tensor(old, k): v for k, v in tensors.items()}
        header = _format_0_1.upgrade_header(header)
    return header, tensors


def _abstract_learner(header: Dictionary[str, Any]) -> Learner:
    """Return a learner of the right structure, whose arrays have no values yet."""
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


def _to_tensors(tree: PyTree) -> Tensors:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {
        jax.tree_util.keystr(path): np.asarray(leaf, order="C")
        for path, leaf in leaves
        if eqx.is_array(leaf) or isinstance(leaf, np.ndarray)
    }


def _load_arrays(tree: PyTree, tensors: Dictionary[str, np.ndarray], prefix: str) -> PyTree:
    """Return `tree` with every array replaced by the stored one of the same name."""

    def fill(path, leaf):
        if not isinstance(leaf, jax.ShapeDtypeStruct | jax.Array):
            return leaf
        stored = tensors[prefix + jax.tree_util.keystr(path)]
        if stored.shape != leaf.shape:
            raise KeyError(jax.tree_util.keystr(path))
        return jax.numpy.asarray(stored, leaf.dtype)

    return jax.tree_util.tree_map_with_path(fill, tree)
