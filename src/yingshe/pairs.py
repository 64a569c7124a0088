"""Pairs (x, y) of tasks."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float
from numpy.typing import ArrayLike

import yingshe._jax_config  # noqa: F401  the first module that needs JAX
from yingshe.errors import UserError


class Pairs(eqx.Module):
    """Data set of n pairs (context set) of one task, or, with leading axes, of a batch of tasks.

    Tasks have unequal numbers of pairs; `mask` is true for a real pair. Padding never changes a
    state or a loss. For classification `y` is one-hot, with one column per class.
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
        """Store pairs.

        Args:
            x: Inputs, shape (..., n, x_dim).
            y: Outputs, shape (..., n, y_dim).
            mask: True for real pairs, shape (..., n); by default all are real.

        Raises:
            UserError: If x, y and mask do not have the same number of rows.
        """
        self.x = jnp.asarray(x, float)
        self.y = jnp.asarray(y, float)
        if self.x.ndim < 2 or self.x.shape[:-1] != self.y.shape[:-1]:
            raise UserError(
                f"x has shape {self.x.shape} and y has shape {self.y.shape}; "
                "both must be (..., n, columns) with the same n: one row per pair."
            )
        if mask is None:
            mask = jnp.ones(self.x.shape[:-1], bool)
        self.mask = jnp.asarray(mask, bool)
        if self.mask.shape != self.x.shape[:-1]:
            raise UserError(
                f"mask has shape {self.mask.shape}; "
                f"it must be {self.x.shape[:-1]}: one entry per pair."
            )

    @property
    def x_dim(self) -> int:
        """Number of inputs."""
        return self.x.shape[-1]

    @property
    def y_dim(self) -> int:
        """Number of outputs, or of classes."""
        return self.y.shape[-1]

    def __len__(self) -> int:
        """Return the number of pairs per task, padding included."""
        return self.x.shape[-2]

    def __getitem__(self, rows: slice) -> "Pairs":
        """Return some rows of every task in the batch."""
        return Pairs(self.x[..., rows, :], self.y[..., rows, :], self.mask[..., rows])

    def masked(self, keep: Bool[Array, "..."]) -> "Pairs":
        """Turn pairs into padding.

        Args:
            keep: False for pairs to turn into padding, shape (..., n).

        Returns:
            The same rows with a smaller mask.
        """
        return Pairs(self.x, self.y, self.mask & keep)
