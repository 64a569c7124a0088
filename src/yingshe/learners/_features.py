"""Fourier features: cosines and sines of inputs times frequencies, learned or fixed."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

_MIN_FREQUENCY = 0.04  # smallest initial frequency of `FourierMLP`, in cycles per unit of x

Waves = tuple[Float[Array, "*n m"], Float[Array, "*n m"]]


def cos_sin(angles: Float[Array, "*n m"]) -> Waves:
    """Return the cosines and the sines of m angles.

    Args:
        angles: Inputs times frequencies, in radians, shape (..., m).

    Returns:
        Two arrays of shape (..., m).
    """
    return jnp.cos(angles), jnp.sin(angles)


class FourierFeatures(eqx.Module):
    """Features φ(x) = [x, 1, cos 2πFx, sin 2πFx] with learned frequencies F.

    F is in cycles per unit of x. It starts evenly spaced up to `max_frequency`. If x has several
    columns, each frequency has a random direction.

    References:
        Rahimi & Recht, Random Features for Large-Scale Kernel Machines, 2007.
    """

    frequencies: Float[Array, "num_frequencies x_dim"]

    def __init__(
        self, x_dim: int, num_frequencies: int, max_frequency: float, *, key: PRNGKeyArray
    ):
        direction = jax.random.normal(key, (num_frequencies, x_dim))
        direction = direction / jnp.linalg.norm(direction, axis=1, keepdims=True)
        if x_dim == 1:
            direction = jnp.abs(direction)
        self.frequencies = (
            direction
            * (max_frequency / max(num_frequencies, 1))
            * jnp.arange(1, num_frequencies + 1)[:, None]
        )

    @property
    def num_frequencies(self) -> int:
        """Number of frequencies."""
        return self.frequencies.shape[0]

    @property
    def width(self) -> int:
        """Number of features: x_dim + 1 + 2 num_frequencies."""
        return self.frequencies.shape[1] + 1 + 2 * self.num_frequencies

    def __call__(self, x: Float[Array, "n x_dim"]) -> Float[Array, "n width"]:
        cos, sin = cos_sin(2 * jnp.pi * x @ self.frequencies.T)
        return jnp.concatenate([x, jnp.ones((x.shape[0], 1)), cos, sin], axis=1)


class FourierMLP(eqx.Module):
    """Learned Fourier features, and a multilayer perceptron on them, mixed linearly.

    A perceptron of x alone hardly learns small length scales. Fourier features of all scales remove
    that bias.

    References:
        Tancik et al., Fourier Features Let Networks Learn High Frequency Functions, 2020.
    """

    frequencies: Float[Array, "x_dim num_frequencies"]
    """Frequencies and their directions, in radians per unit of x."""
    hidden: tuple[eqx.nn.Linear, ...]
    mix: eqx.nn.Linear

    def __init__(
        self,
        x_dim: int,
        width: int,
        num_frequencies: int,
        hidden: int,
        max_frequency: float,
        *,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: Number of inputs.
            width: Number of features.
            num_frequencies: Number of frequencies.
            hidden: Width of the two hidden layers.
            max_frequency: Largest initial frequency, in cycles per unit of x.
            key: PRNG key.
        """
        wave_key, direction_key, first_key, second_key, mix_key = jax.random.split(key, 5)
        log_frequency = jax.random.uniform(
            wave_key,
            (num_frequencies,),
            minval=jnp.log(_MIN_FREQUENCY),
            maxval=jnp.log(max_frequency),
        )
        directions = jax.random.normal(direction_key, (x_dim, num_frequencies))
        directions /= jnp.linalg.norm(directions, axis=0)
        self.frequencies = 2 * jnp.pi * directions * jnp.exp(log_frequency)
        self.hidden = (
            eqx.nn.Linear(x_dim + 2 * num_frequencies, hidden, key=first_key),
            eqx.nn.Linear(hidden, hidden, key=second_key),
        )
        self.mix = eqx.nn.Linear(2 * num_frequencies + hidden, width, use_bias=False, key=mix_key)

    def __call__(self, x: Float[Array, " x_dim"]) -> Float[Array, " width"]:
        cos, sin = cos_sin(x @ self.frequencies)
        waves = jnp.concatenate([sin, cos])
        h = jnp.concatenate([x, waves])
        for layer in self.hidden:
            h = jax.nn.silu(layer(h))
        return self.mix(jnp.concatenate([waves, h]))
