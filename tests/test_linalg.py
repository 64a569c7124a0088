"""Against JAX's own, which LAPACK computes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yingshe._linalg import cholesky, invert_triangular


def _matrix(seed: int, n: int) -> jax.Array:
    square = np.random.default_rng(seed).normal(size=(n, n))
    return jnp.asarray(square @ square.T / n + np.eye(n), jnp.float32)


@pytest.mark.parametrize("n", [3, 19])
def test_gradient_is_that_of_jax(n):
    weight = jnp.asarray(np.random.default_rng(1).normal(size=(n, n)), jnp.float32)
    ours, theirs = (
        jax.jit(jax.grad(lambda m, f=f: jnp.sum(weight * f(0.5 * (m + m.T)))))(_matrix(0, n))
        for f in (cholesky, jnp.linalg.cholesky)
    )
    np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_gradient_of_the_inverse_by_differences():
    factor = jnp.linalg.cholesky(_matrix(0, 4))
    weight = jnp.arange(16.0).reshape(4, 4)
    gradient = jax.grad(lambda c: jnp.sum(weight * invert_triangular(c)))(factor)
    step = 1e-2
    for i, j in ((0, 0), (2, 1), (3, 0)):
        moved = [factor.at[i, j].add(sign * step) for sign in (1, -1)]
        high, low = (jnp.sum(weight * invert_triangular(m)) for m in moved)
        np.testing.assert_allclose(gradient[i, j], (high - low) / (2 * step), rtol=1e-2)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([1, 2, 5, 8]))
def test_inverse_of_triangle(seed, n):
    factor = jnp.linalg.cholesky(_matrix(seed, n))
    np.testing.assert_allclose(invert_triangular(factor) @ factor, np.eye(n), atol=1e-4)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([1, 5, 16, 19, 40]))
def test_factor_is_that_of_lapack(seed, n):
    matrix = _matrix(seed, n)
    np.testing.assert_allclose(cholesky(matrix), np.linalg.cholesky(matrix), atol=2e-5)


def test_an_indefinite_matrix_is_told_by_nan():
    assert np.isnan(cholesky(jnp.array([[1.0, 2.0], [2.0, 1.0]]))).any()


def test_no_batch_goes_to_lapack():
    """Two batches in LAPACK at once can wait for each other for ever on two cores."""
    program = jax.jit(jax.vmap(lambda m: (cholesky(m), invert_triangular(m))))
    text = program.lower(jnp.ones((4, 20, 20))).as_text()
    assert "lapack" not in text


def test_what_is_barely_positive_definite_is_factored_as_well_as_by_lapack():
    x = jnp.linspace(0.0, 2.0, 40)
    matrix = jnp.exp(-0.5 * (x[:, None] - x) ** 2) + 2e-5 * jnp.eye(40)
    ours, theirs = jax.jit(cholesky)(matrix), jnp.linalg.cholesky(matrix)
    residual = [float(jnp.abs(c @ c.T - matrix).max()) for c in (ours, theirs)]
    assert residual[0] < 3 * residual[1]
