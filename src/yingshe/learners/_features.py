"""A learned basis φ(x): what a Bayesian linear regression needs to become a family's own model."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

_SLOWEST = 0.04  # the lowest of the first frequencies, in cycles a unit of x


class FourierMLP(eqx.Module):
    """FourierFeatures of learned frequencies, and a multilayer perceptron on them, side by side.

    Small scales of length are out of reach of a perceptron that reads x alone; starting from waves
    of all scales removes that bias (Tancik et al., Fourier Features Let Networks Learn High
    Frequency Functions, 2020).
    """

    frequencies: Float[Array, "x_dim waves"]
    hidden: tuple[eqx.nn.Linear, ...]
    mix: eqx.nn.Linear

    def __init__(
        self, x_dim: int, width: int, waves: int, hidden: int, highest: float, *, key: PRNGKeyArray
    ):
        """`width` features; the waves start at up to `highest` cycles a unit of x."""
        wave_key, direction_key, first_key, second_key, mix_key = jax.random.split(key, 5)
        log_frequency = jax.random.uniform(
            wave_key, (waves,), minval=jnp.log(_SLOWEST), maxval=jnp.log(highest)
        )
        directions = jax.random.normal(direction_key, (x_dim, waves))
        directions /= jnp.linalg.norm(directions, axis=0)
        self.frequencies = 2 * jnp.pi * directions * jnp.exp(log_frequency)  # radians a unit of x
        self.hidden = (
            eqx.nn.Linear(x_dim + 2 * waves, hidden, key=first_key),
            eqx.nn.Linear(hidden, hidden, key=second_key),
        )
        self.mix = eqx.nn.Linear(2 * waves + hidden, width, use_bias=False, key=mix_key)

    def __call__(self, x: Float[Array, " x_dim"]) -> Float[Array, " width"]:
        angles = x @ self.frequencies
        waves = jnp.concatenate([jnp.sin(angles), jnp.cos(angles)])
        h = jnp.concatenate([x, waves])
        for layer in self.hidden:
            h = jax.nn.silu(layer(h))
        return self.mix(jnp.concatenate([waves, h]))
