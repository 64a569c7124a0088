"""From the raw numbers of a network's last layer to a prediction."""

from typing import Literal, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from yingshe.errors import UserError, did_you_mean
from yingshe.prediction import Categorical, Gaussian, GaussianMixture, PointEstimate, Prediction

Output = Literal["gaussian", "gaussian_mixture", "point", "categorical"]

_COMPONENTS = 5
_LOG_ODDS = 5.0  # of a class that was read at this very place
_SMALLEST_SCALE = 1e-3  # keeps the likelihood of noise-free tasks bounded


def num_distribution_params(likelihood: Output, y_dim: int) -> int:
    """How many raw numbers a prediction of y_dim outputs is made of."""
    if likelihood not in get_args(Output):
        raise UserError(
            f"Unknown likelihood '{likelihood}'." + did_you_mean(likelihood, get_args(Output))
        )
    return {"gaussian": 2, "gaussian_mixture": 3 * _COMPONENTS}.get(likelihood, 1) * y_dim


def make_prediction(
    likelihood: Output, raw: Float[Array, "*batch width"], y_dim: int
) -> Prediction:
    """gaussian: means, then scales · mixture: logits, means, scales of each likelihood's components ·
    squared_error: means · categorical: logits. Scales pass through a softplus.
    """
    if likelihood == "categorical":
        return Categorical(raw)
    if likelihood == "point":
        return PointEstimate(raw)
    if likelihood == "gaussian":
        mean, scale = jnp.split(raw, 2, axis=-1)
        return Gaussian(mean, _variance(scale))
    components = raw.reshape(*raw.shape[:-1], y_dim, 3, _COMPONENTS)
    spread = jnp.linspace(-1.0, 1.0, _COMPONENTS)  # components that start equal stay equal
    return GaussianMixture(
        components[..., 0, :], components[..., 1, :] + spread, _variance(components[..., 2, :])
    )


def move(
    likelihood: Output, raw: Float[Array, "*batch width"], y: Float[Array, "*batch y_dim"]
) -> Float[Array, "*batch width"]:
    """The raw numbers of the same prediction about y; for classes y are added as log-odds."""
    if likelihood == "gaussian":
        return raw + jnp.concatenate([y, jnp.zeros_like(y)], axis=-1)
    if likelihood == "gaussian_mixture":
        part = jnp.array([0.0, 1.0, 0.0])[:, None] * jnp.ones(_COMPONENTS)
        return raw + (y[..., None, None] * part).reshape(raw.shape)
    return raw + (_LOG_ODDS * y if likelihood == "categorical" else y)


def _variance(raw_scale: Float[Array, "..."]) -> Float[Array, "..."]:
    return (jax.nn.softplus(raw_scale) + _SMALLEST_SCALE) ** 2
