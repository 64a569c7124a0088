"""The layers that the deep learners are built from."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def rms_norm(x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
    """x over its root mean square (Zhang & Sennrich, Root Mean Square Layer Normalization, 2019)."""
    return x * jax.lax.rsqrt(jnp.mean(x**2, axis=-1, keepdims=True) + 1e-6)


class Dense(eqx.Module):
    """x W + b. W starts as N(0, scale² / inputs), b as `bias` in every output."""

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
    """x + W₃(W₁x̂ ⊙ silu(W₂x̂)) with x̂ = rms_norm(x): products, which scores are made of.

    After Shazeer, GLU Variants Improve Transformer, 2020, eq. 6.
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

    F starts evenly spaced from 0 to `highest`, along random directions if x has several columns
    (Rahimi & Recht, Random Features for Large-Scale Kernel Machines, 2007).
    """

    frequencies: Float[Array, "count x_dim"]

    def __init__(self, x_dim: int, count: int, highest: float, *, key: PRNGKeyArray):
        direction = jax.random.normal(key, (count, x_dim))
        direction = direction / jnp.linalg.norm(direction, axis=1, keepdims=True)
        direction = jnp.abs(direction) if x_dim == 1 else direction
        self.frequencies = direction * jnp.linspace(highest / max(count, 1), highest, count)[:, None]

    @property
    def width(self) -> int:
        count, x_dim = self.frequencies.shape
        return x_dim + 1 + 2 * count

    def __call__(self, x: Float[Array, "n x_dim"]) -> Float[Array, "n width"]:
        angle = 2 * jnp.pi * x @ self.frequencies.T
        return jnp.concatenate([x, jnp.ones((len(x), 1)), jnp.cos(angle), jnp.sin(angle)], axis=1)

    def quarter_turn(self, phi: Float[Array, "n width"]) -> Float[Array, "n width"]:
        """φ with every wave a quarter of a period later; x and 1 give 1 and x̄'s place to zeros."""
        count, x_dim = self.frequencies.shape
        plain = phi[:, : x_dim + 1]
        cos, sin = phi[:, x_dim + 1 : x_dim + 1 + count], phi[:, x_dim + 1 + count :]
        return jnp.concatenate([jnp.ones_like(plain), sin, -cos], axis=1)
