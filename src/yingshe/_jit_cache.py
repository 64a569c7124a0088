"""Keys under which compiled functions are kept, so that what is equal is compiled once."""

import hashlib
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PyTree


class HashableStatic:
    """The static half of a module (`eqx.partition`): equal where its leaves and structure are."""

    def __init__(self, structure: PyTree):
        self.structure = structure
        leaves, tree = jax.tree.flatten(structure)
        self._key: tuple[Any, ...] = (tuple(leaves), tree)

    def __hash__(self):
        return hash(self._key)

    def __eq__(self, other):
        return isinstance(other, type(self)) and self._key == other._key


class HashableModule(HashableStatic):
    """A whole module: equal where its arrays are too, element by element."""

    def __init__(self, module: eqx.Module):
        arrays, rest = eqx.partition(module, eqx.is_array)
        super().__init__(rest)
        self.module = module
        self._key = (*self._key, tuple(_digest(leaf) for leaf in jax.tree.leaves(arrays)))


def _digest(leaf: jax.Array) -> tuple[Any, ...]:
    array = np.asarray(leaf)
    return array.shape, array.dtype.str, hashlib.blake2b(array.tobytes()).digest()
