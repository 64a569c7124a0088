"""Adapted model: a learner and its state after observing a task."""

import functools
import os
from collections.abc import Callable
from typing import Any, cast

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, PyTree
from numpy.typing import ArrayLike

from yingshe._jit_cache import HashableModule, HashableStatic
from yingshe.errors import UserError
from yingshe.learners import Learner, observe_all
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction
from yingshe.serialization import read_learner, write_learner


class Mapping:
    """Adapted model of one task: call it to predict, `observe` to adapt it further.

    It holds the learner and its state, never the pairs themselves. `observe` returns a new mapping
    and leaves this one unchanged.

    Args:
        learner: Meta-learner.
        state: Its state after the observed pairs.
    """

    def __init__(self, learner: Learner, state: PyTree[Array]):
        self.learner = learner
        self._state, state_tree = jax.tree.flatten(state)
        self._compiled = _CompiledFns(learner, state_tree)

    @property
    def state(self) -> PyTree[Array]:
        """State of the learner: arrays of constant size."""
        return jax.tree.unflatten(self._compiled.state_tree, self._state)

    def __call__(self, x: ArrayLike) -> Prediction:
        """Predict y.

        Args:
            x: One input, shape (x_dim,), or a batch, shape (m, x_dim).

        Returns:
            Prediction with the leading axes of x.

        Raises:
            UserError: If x has other columns than the learner was trained with.
        """
        x = _checked(x, self.learner.x_dim, "x")
        if x.ndim == 1:
            return self._compiled.predict(self._state, x)
        # Batches are padded to a power of two, so that few sizes need a new compilation.
        rows = len(x)
        padded = np.pad(x, ((0, _power_of_two(rows) - rows), (0, 0)))
        predictions = self._compiled.predict_many(self._state, padded)
        return jax.tree.map(lambda leaf: leaf[:rows], predictions)

    def observe(self, x: ArrayLike, y: ArrayLike | float | int) -> "Mapping":
        """Return the mapping after one more pair, or after n more.

        Args:
            x: Input, shape (x_dim,), or n inputs, shape (n, x_dim).
            y: Output, shape (y_dim,), or n outputs, shape (n, y_dim). The last axis may be omitted
                for one output, and for class numbers 0, 1, …

        Returns:
            New mapping.

        Raises:
            UserError: If shapes do not match the learner, or a value is missing.
        """
        x = _checked(x, self.learner.x_dim, "x")
        y = _checked_y(y, self.learner, is_single=x.ndim == 1)
        if x.ndim == 1:
            return self._with_state(self._compiled.observe(self._state, x, y))
        if len(x) != len(y):
            raise UserError(f"x has {len(x)} rows and y has {len(y)}; they must be pairs.")
        rows = _power_of_two(len(x))
        mask = np.arange(rows) < len(x)
        x, y = (np.pad(v, ((0, rows - len(v)), (0, 0))) for v in (x, y))
        return self._with_state(self._compiled.observe_many(self._state, x, y, mask))

    def save(self, path: str | os.PathLike, *, metadata: dict[str, Any] | None = None) -> None:
        """Write learner and state to one file, which holds no training data.

        Args:
            path: File to write.
            metadata: JSON-serializable data stored in the same file.
        """
        write_learner(path, self.learner, kind="mapping", state=self.state, metadata=metadata)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Mapping":
        """Read a file written by `save`.

        Args:
            path: File to read.

        Returns:
            The mapping.

        Raises:
            UserError: If the file is missing, damaged or no mapping.
        """
        learner, state, _ = read_learner(path, kind="mapping")
        return cls(learner, state)

    def _with_state(self, leaves: list[Array]) -> "Mapping":
        mapping = object.__new__(Mapping)  # shares the compiled functions
        mapping.learner, mapping._compiled = self.learner, self._compiled
        mapping._state = leaves
        return mapping


def adapt(learner: Learner, x: ArrayLike, y: ArrayLike) -> Mapping:
    """Adapt a learner to a new task by observing n pairs; no gradient steps are taken.

    Args:
        learner: Meta-learner.
        x: Inputs, shape (n, x_dim). With n = 0 the mapping predicts from the learner's prior.
        y: Outputs, shape (n, y_dim), or (n,) for one output or class numbers 0, 1, …

    Returns:
        Adapted model.

    Raises:
        UserError: If shapes do not match the learner.
    """
    x = np.asarray(x)
    if x.ndim == 1:
        raise UserError(
            f"x has shape {x.shape}; adapt needs one row per pair: ({len(x)}, 1) for "
            f"{len(x)} pairs with one input, (1, {len(x)}) for one pair."
        )
    mapping = Mapping(learner, learner.init_state())
    return mapping.observe(x, y) if len(x) else mapping


class _CompiledFns:
    """Compiled functions of a learner's mappings, compiled on first use.

    Control loops call with one pair or input at a time, in microseconds: those functions are
    compiled for this very learner, with its parameters as constants. Batches share a compilation
    with every learner of the same structure. All take and return plain lists of arrays, which JAX
    dispatches fastest.
    """

    def __init__(self, learner: Learner, state_tree: Any):
        self.learner, self.state_tree = learner, state_tree

    @functools.cached_property
    def observe(self) -> Callable:
        return self._single[0]

    @functools.cached_property
    def predict(self) -> Callable:
        return self._single[1]

    @functools.cached_property
    def observe_many(self) -> Callable:
        observe_many, _, leaves = self._batched
        return functools.partial(observe_many, leaves)

    @functools.cached_property
    def predict_many(self) -> Callable:
        _, predict_many, leaves = self._batched
        return functools.partial(predict_many, leaves)

    @functools.cached_property
    def _single(self) -> tuple[Callable, Callable]:
        return _jit_single(HashableModule(self.learner), self.state_tree)

    @functools.cached_property
    def _batched(self) -> tuple[Callable, Callable, list[Array]]:
        arrays, structure = eqx.partition(self.learner, eqx.is_array)
        leaves, tree = jax.tree.flatten(arrays)
        return *_jit_batched(HashableStatic(structure), tree, self.state_tree), leaves


@functools.lru_cache(maxsize=64)
def _jit_single(module: HashableModule, state_tree: Any) -> tuple[Callable, Callable]:
    learner = cast(Learner, module.module)

    def observe(state, x, y):
        return jax.tree.leaves(learner.observe(jax.tree.unflatten(state_tree, state), x, y))

    def predict(state, x):
        return learner.predict(jax.tree.unflatten(state_tree, state), x)

    # On matrices this small, starting a second thread takes longer than the product.
    options = {"xla_cpu_multi_thread_eigen": False}
    return jax.jit(observe, compiler_options=options), jax.jit(predict, compiler_options=options)


@functools.lru_cache(maxsize=64)
def _jit_batched(static: HashableStatic, tree: Any, state_tree: Any) -> tuple[Callable, Callable]:
    def build_learner(leaves) -> Learner:
        return eqx.combine(jax.tree.unflatten(tree, leaves), static.structure)

    def observe_many(leaves, state, x, y, mask):
        before = jax.tree.unflatten(state_tree, state)
        return jax.tree.leaves(observe_all(build_learner(leaves), before, Pairs(x, y, mask)))

    def predict_many(leaves, state, x):
        state = jax.tree.unflatten(state_tree, state)
        return jax.vmap(build_learner(leaves).predict, in_axes=(None, 0))(state, x)

    return jax.jit(observe_many), jax.jit(predict_many)


def _checked(values: ArrayLike, columns: int, name: str) -> np.ndarray:
    try:
        array = np.asarray(values, np.float32)
    except (TypeError, ValueError) as error:
        raise UserError(f"{name} holds a value that is not a number: {error}.") from error
    if array.ndim not in (1, 2) or array.shape[-1] != columns:
        raise UserError(
            f"{name} has shape {array.shape}; this learner was trained with {columns} "
            f"column{'s' * (columns != 1)}: give ({columns},) for one, (n, {columns}) for n."
        )
    if not np.isfinite(array).all():
        raise UserError(f"{name} holds missing or infinite values; leave those rows out.")
    return array


def _checked_y(y: ArrayLike | float | int, learner: Learner, *, is_single: bool) -> np.ndarray:
    """Return y with shape (y_dim,) for one pair, (n, y_dim) for several; classes as one-hot."""
    array = np.asarray(y)
    if learner.likelihood == "categorical" and array.ndim == (0 if is_single else 1):
        numbers = array.astype(int)
        if (numbers != array).any() or ((numbers < 0) | (numbers >= learner.y_dim)).any():
            raise UserError(
                f"y holds {array.tolist()}; classes are the numbers 0 to {learner.y_dim - 1}."
            )
        array = np.eye(learner.y_dim, dtype=np.float32)[numbers]
    elif learner.y_dim == 1 and array.ndim == (0 if is_single else 1):
        array = array[..., None]
    array = _checked(array, learner.y_dim, "y")
    if array.ndim != (1 if is_single else 2):
        raise UserError(
            f"y has shape {array.shape} and x is {'one row' if is_single else 'many rows'}."
        )
    return array


def _power_of_two(rows: int) -> int:
    return 1 << max(rows - 1, 0).bit_length()
