"""Conversion between the user's units and standardized units."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Prediction


class Standardizer(eqx.Module):
    """Shift and scale of every input and output, fitted to meta-train tasks only."""

    x_mean: Float[Array, " x_dim"]
    x_scale: Float[Array, " x_dim"]
    y_mean: Float[Array, " y_dim"]
    y_scale: Float[Array, " y_dim"]

    @classmethod
    def fit(
        cls, pairs: Pairs, *, scale_y: bool = True, columns: int | None = None
    ) -> "Standardizer":
        """Fit to the pooled mean and standard deviation of pairs; a constant column keeps scale 1.

        Args:
            pairs: Pairs of one task or of a batch; padding is ignored.
            scale_y: False leaves y as it is (classes).
            columns: Number of first columns of x to scale; by default all.

        Returns:
            Fitted standardizer.
        """
        x_mean, x_scale = _moments(pairs.x, pairs.mask)
        is_scaled = jnp.arange(pairs.x_dim) < (pairs.x_dim if columns is None else columns)
        x_mean, x_scale = jnp.where(is_scaled, x_mean, 0.0), jnp.where(is_scaled, x_scale, 1.0)
        y_mean, y_scale = _moments(pairs.y, pairs.mask)
        if not scale_y:
            y_mean, y_scale = jnp.zeros_like(y_mean), jnp.ones_like(y_scale)
        return cls(x_mean, x_scale, y_mean, y_scale)

    def transform_x(self, x: Float[Array, "*batch x_dim"]) -> Float[Array, "*batch x_dim"]:
        """Standardize inputs.

        Args:
            x: Inputs in the user's units, shape (..., x_dim).

        Returns:
            Standardized inputs.
        """
        return (x - self.x_mean) / self.x_scale

    def transform_y(self, y: Float[Array, "*batch y_dim"]) -> Float[Array, "*batch y_dim"]:
        """Standardize outputs.

        Args:
            y: Outputs in the user's units, shape (..., y_dim).

        Returns:
            Standardized outputs.
        """
        return (y - self.y_mean) / self.y_scale

    def transform(self, pairs: Pairs) -> Pairs:
        """Standardize pairs.

        Args:
            pairs: Pairs in the user's units.

        Returns:
            Standardized pairs.
        """
        return Pairs(self.transform_x(pairs.x), self.transform_y(pairs.y), pairs.mask)

    def inverse_transform(self, prediction: Prediction) -> Prediction:
        """Convert a prediction back to the user's units.

        Args:
            prediction: Prediction in standardized units.

        Returns:
            Prediction in the user's units; probabilities of classes are unchanged.
        """
        if isinstance(prediction, Categorical):
            return prediction
        return prediction.affine(self.y_mean, self.y_scale)


def _moments(
    values: Float[Array, "*batch columns"], mask
) -> tuple[Float[Array, " columns"], Float[Array, " columns"]]:
    columns = values.reshape(-1, values.shape[-1])
    weight = mask.reshape(-1, 1) / jnp.sum(mask)
    mean = jnp.sum(weight * columns, axis=0)
    scale = jnp.sqrt(jnp.sum(weight * (columns - mean) ** 2, axis=0))
    return mean, jnp.where(scale > 1e-6 * (1 + jnp.abs(mean)), scale, 1.0)
