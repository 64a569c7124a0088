"""Layers of the deep learners."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def rms_norm(x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
    """Divide by the root mean square (Zhang & Sennrich, Root Mean Square Normalization, 2019)."""
    return x * jax.lax.rsqrt(jnp.mean(x**2, axis=-1, keepdims=True) + 1e-6)


class Dense(eqx.Module):
    """Linear layer x W + b. W starts as N(0, scale² / in_features), b as `bias` in every output."""

    weight: Float[Array, "in_features out_features"]
    bias: Float[Array, " out_features"]

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        scale: float = 1.0,
        bias: float = 0.0,
        key: PRNGKeyArray,
    ):
        weight = jax.random.normal(key, (in_features, out_features))
        self.weight = scale * weight / jnp.sqrt(in_features)
        self.bias = jnp.full((out_features,), bias)

    def __call__(
        self, x: Float[Array, "*batch in_features"]
    ) -> Float[Array, "*batch out_features"]:
        return x @ self.weight + self.bias


class MLP(eqx.Module):
    """Network of one hidden layer, second(silu(first(x)))."""

    first: Dense
    second: Dense

    def __call__(
        self, x: Float[Array, "*batch in_features"]
    ) -> Float[Array, "*batch out_features"]:
        return self.second(jax.nn.silu(self.first(x)))


class GatedMLP(eqx.Module):
    """Residual gated layer x + W₃ (W₁x̂ ⊙ silu(W₂x̂)) with x̂ = rms_norm(x).

    One layer can form products of features.

    References:
        Shazeer, GLU Variants Improve Transformer, 2020, eq. 6.
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
