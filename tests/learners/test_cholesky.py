"""The fast gradient against JAX's own."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from yingshe.learners.cholesky import cholesky, inverse_of_triangle


def _matrix(seed: int, n: int) -> jax.Array:
    square = np.random.default_rng(seed).normal(size=(n, n))
    return jnp.asarray(square @ square.T / n + np.eye(n), jnp.float32)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([1, 3, 6]))
def test_gradient_is_that_of_jax(seed, n):
    weight = jnp.asarray(np.random.default_rng(seed + 1).normal(size=(n, n)), jnp.float32)
    ours, theirs = (
        jax.grad(lambda m, f=f: jnp.sum(weight * f(0.5 * (m + m.T))))(_matrix(seed, n))
        for f in (cholesky, jnp.linalg.cholesky)
    )
    np.testing.assert_allclose(ours, theirs, atol=2e-4)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([1, 2, 5, 8]))
def test_inverse_of_triangle(seed, n):
    factor = jnp.linalg.cholesky(_matrix(seed, n))
    np.testing.assert_allclose(inverse_of_triangle(factor) @ factor, np.eye(n), atol=1e-4)
