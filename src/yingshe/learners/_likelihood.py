"""Likelihoods: from the raw numbers of a network's last layer to a prediction."""

from typing import Literal, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from yingshe.errors import UserError, did_you_mean
from yingshe.prediction import Categorical, Gaussian, GaussianMixture, PointEstimate, Prediction

Likelihood = Literal["gaussian", "gaussian_mixture", "point", "categorical"]

_COMPONENTS = 5
_COPY_LOGIT = 5.0  # added to the logit of a class observed at this very input
_MIN_SCALE = 1e-3  # keeps the likelihood of noise-free tasks bounded


def num_distribution_params(likelihood: Likelihood, y_dim: int) -> int:
    """Return how many raw numbers parametrize a prediction of y_dim outputs.

    Args:
        likelihood: Kind of prediction.
        y_dim: Number of outputs, or of classes.

    Returns:
        Width of a network's last layer.

    Raises:
        UserError: If the likelihood is unknown.
    """
    if likelihood not in get_args(Likelihood):
        raise UserError(
            f"Unknown likelihood '{likelihood}'." + did_you_mean(likelihood, get_args(Likelihood))
        )
    return {"gaussian": 2, "gaussian_mixture": 3 * _COMPONENTS}.get(likelihood, 1) * y_dim


def make_prediction(
    likelihood: Likelihood, raw: Float[Array, "*batch width"], y_dim: int
) -> Prediction:
    """Build a prediction from raw numbers; scales pass through a softplus.

    | likelihood | raw numbers |
    |---|---|
    | gaussian | means, then scales |
    | gaussian_mixture | for each output the logits, means and scales of its components |
    | point | means |
    | categorical | logits |

    Args:
        likelihood: Kind of prediction.
        raw: Raw numbers, shape (..., width).
        y_dim: Number of outputs, or of classes.

    Returns:
        Prediction with the leading axes of `raw`.
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


def shift_mean(
    likelihood: Likelihood, raw: Float[Array, "*batch width"], y: Float[Array, "*batch y_dim"]
) -> Float[Array, "*batch width"]:
    """Shift the mean of a prediction by y; for classes, raise the logits of y.

    Args:
        likelihood: Kind of prediction.
        raw: Raw numbers, shape (..., width).
        y: Shift, shape (..., y_dim); probabilities for classes.

    Returns:
        Raw numbers of the shifted prediction.
    """
    if likelihood == "gaussian":
        return raw + jnp.concatenate([y, jnp.zeros_like(y)], axis=-1)
    if likelihood == "gaussian_mixture":
        is_mean = jnp.array([0.0, 1.0, 0.0])[:, None] * jnp.ones(_COMPONENTS)
        return raw + (y[..., None, None] * is_mean).reshape(raw.shape)
    return raw + (_COPY_LOGIT * y if likelihood == "categorical" else y)


def _variance(raw_scale: Float[Array, "..."]) -> Float[Array, "..."]:
    return (jax.nn.softplus(raw_scale) + _MIN_SCALE) ** 2
