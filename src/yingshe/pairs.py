"""The (x, y) pairs through which a task is known."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float
from numpy.typing import ArrayLike

from yingshe.errors import UserError


class Pairs(eqx.Module):
    """n pairs of one task, or, with leading axes, of a batch of tasks.

    Tasks have unequal numbers of pairs; `mask` is true where a pair is real. Padding never touches
    a state or a loss. For classification `y` is one-hot, with one column a class.
    """

    x: Float[Array, "*batch n x_dim"]
    y: Float[Array, "*batch n y_dim"]
    mask: Bool[Array, "*batch n"]

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike,
        mask: ArrayLike | None = None,
    ):
        """x (..., n, x_dim), y (..., n, y_dim), mask (..., n), by default all real.

        Raises UserError where x, y and mask do not have the same number of rows.
        """
        self.x = jnp.asarray(x, float)
        self.y = jnp.asarray(y, float)
        if self.x.ndim < 2 or self.x.shape[:-1] != self.y.shape[:-1]:
            raise UserError(
                f"x has shape {self.x.shape} and y has shape {self.y.shape}; "
                "both must be (..., n, columns) with the same n: one row a pair."
            )
        if mask is None:
            mask = jnp.ones(self.x.shape[:-1], bool)
        self.mask = jnp.asarray(mask, bool)
        if self.mask.shape != self.x.shape[:-1]:
            raise UserError(
                f"mask has shape {self.mask.shape}; "
                f"it must be {self.x.shape[:-1]}: one entry a pair."
            )

    @property
    def x_dim(self) -> int:
        return self.x.shape[-1]

    @property
    def y_dim(self) -> int:
        return self.y.shape[-1]

    def __len__(self) -> int:
        """Number of pairs a task, padding included."""
        return self.x.shape[-2]

    def __getitem__(self, rows: slice) -> "Pairs":
        """The pairs of those rows, of every task in the batch."""
        return Pairs(self.x[..., rows, :], self.y[..., rows, :], self.mask[..., rows])

    def only(self, keep: Bool[Array, "..."]) -> "Pairs":
        """The same rows, with all pairs outside `keep` turned into padding."""
        return Pairs(self.x, self.y, self.mask & keep)
