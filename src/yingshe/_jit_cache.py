"""Hashable wrappers of modules, as keys of caches of compiled functions."""

import hashlib
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PyTree


class HashableStatic:
    """Static half of a module (`eqx.partition`), equal if its leaves and structure are equal."""

    def __init__(self, structure: PyTree):
        self.structure = structure
        leaves, tree = jax.tree.flatten(structure)
        self._key: tuple[Any, ...] = (tuple(leaves), tree)

    def __hash__(self):
        return hash(self._key)

    def __eq__(self, other):
        return isinstance(other, type(self)) and self._key == other._key


class HashableModule(HashableStatic):
    """Module, equal if its arrays are equal too, element by element."""

    def __init__(self, module: eqx.Module):
        arrays, rest = eqx.partition(module, eqx.is_array)
        super().__init__(rest)
        self.module = module
        self._key = (*self._key, tuple(_digest(leaf) for leaf in jax.tree.leaves(arrays)))


def _digest(leaf: jax.Array) -> tuple[Any, ...]:
    array = np.asarray(leaf)
    return array.shape, array.dtype.str, hashlib.blake2b(array.tobytes()).digest()
