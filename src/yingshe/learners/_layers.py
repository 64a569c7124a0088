"""The layers that the deep learners are built from."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def rms_norm(x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
    """Divide by the root mean square (Zhang & Sennrich, Root Mean Square Normalization, 2019)."""
    return x * jax.lax.rsqrt(jnp.mean(x**2, axis=-1, keepdims=True) + 1e-6)


class Dense(eqx.Module):
    """x W + b. W starts as N(0, scale² / inputs), b as `bias` in every likelihood."""

    weight: Float[Array, "inputs outputs"]
    bias: Float[Array, " outputs"]

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        scale: float = 1.0,
        bias: float = 0.0,
        key: PRNGKeyArray,
    ):
        self.weight = scale * jax.random.normal(key, (inputs, outputs)) / jnp.sqrt(inputs)
        self.bias = jnp.full((outputs,), bias)

    def __call__(self, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        return x @ self.weight + self.bias


class GatedMLP(eqx.Module):
    """x + W₃ (W₁x̂ ⊙ silu(W₂x̂)) with x̂ = rms_norm(x).

    After Shazeer, GLU Variants Improve Transformer, 2020, eq. 6: products of features cost one
    layer.
    """

    up: Dense
    gate: Dense
    down: Dense

    def __init__(self, width: int, hidden: int, *, key: PRNGKeyArray):
        up_key, gate_key, down_key = jax.random.split(key, 3)
        self.up = Dense(width, hidden, key=up_key)
        self.gate = Dense(width, hidden, key=gate_key)
        self.down = Dense(hidden, width, scale=0.5, key=down_key)

    def __call__(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        normed = rms_norm(x)
        return x + self.down(self.up(normed) * jax.nn.silu(self.gate(normed)))


class FourierFeatures(eqx.Module):
    """φ(x) = [x, 1, cos 2πFx, sin 2πFx] with learned frequencies F, in cycles per unit of x.

    F starts evenly spaced up to `max_frequency`, along random directions where x has several columns
    (random Fourier features: Rahimi & Recht, Random Features for Large-Scale Kernel Machines,
    2007).
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
        return self.frequencies.shape[0]

    @property
    def width(self) -> int:
        """Number of features: x_dim + 1 + 2 num_frequencies."""
        return self.frequencies.shape[1] + 1 + 2 * self.num_frequencies

    def __call__(self, x: Float[Array, "n x_dim"]) -> Float[Array, "n width"]:
        angle = 2 * jnp.pi * x @ self.frequencies.T
        ones = jnp.ones((x.shape[0], 1))
        return jnp.concatenate([x, ones, jnp.cos(angle), jnp.sin(angle)], axis=1)
