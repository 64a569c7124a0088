"""Cholesky factorization and triangular inverse of small matrices, by matrix products alone.

On a CPU, JAX passes batches of small factorizations to LAPACK on the threads that also run the
program. Two at once on two cores wait for each other forever (jaxlib 0.10.2, `ParallelBatchMap` in
its LAPACK kernels). These functions stay inside the program, batch under `jax.vmap`, and have fast
gradients.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

_BLOCK = 16  # rows factored one by one; the rest is matrix products


@jax.custom_vjp
def cholesky(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Return the lower C with CCᵀ = matrix; NaN if the matrix is not positive-definite.

    Blocks of columns from left to right: Golub and Van Loan, Matrix Computations, 2013, section
    4.2.6. The gradient is that of Murray, Differentiation of the Cholesky Decomposition, 2016,
    eq. 10, with C⁻¹ formed once.
    """
    n = matrix.shape[0]
    columns, rest = [], matrix
    for start in range(0, n, _BLOCK):
        size = min(_BLOCK, n - start)
        corner = _cholesky_unblocked(rest[:size, :size])
        below = _solve_refined(rest[size:, :size], corner)
        above = jnp.zeros((start, size), matrix.dtype)
        columns.append(jnp.concatenate([above, corner, below]))
        rest = rest[size:, size:] - below @ below.T
    return jnp.concatenate(columns, axis=1)


def _solve_refined(left: Float[Array, "m n"], factor: Float[Array, "n n"]) -> Float[Array, "m n"]:
    """Return left C⁻ᵀ, refined once.

    An inverse alone loses as many digits as C's condition number has; a barely positive-definite
    matrix would then no longer be one (Higham, Accuracy and Stability of Numerical Algorithms,
    2002, sec. 12.1).
    """
    inverse = invert_triangular(factor).T
    first = left @ inverse
    return first + (left - first @ factor.T) @ inverse


def _cholesky_forward(matrix):
    factor = cholesky(matrix)
    return factor, factor


def _cholesky_backward(factor, gradient):
    inverse = invert_triangular(factor)
    inner = jnp.tril(factor.T @ gradient)
    inner -= 0.5 * jnp.diag(jnp.diagonal(inner))
    outer = inverse.T @ inner @ inverse
    return (0.5 * (outer + outer.T),)


cholesky.defvjp(_cholesky_forward, _cholesky_backward)


def solve_lower(factor: Float[Array, "n n"], right: Float[Array, "n m"]) -> Float[Array, "n m"]:
    """Return C⁻¹ right, for a lower triangle C."""
    return invert_triangular(factor) @ right


@jax.custom_vjp
def invert_triangular(factor: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Return C⁻¹ of a lower triangle C, by inverting ever larger blocks on its diagonal.

    [[A, 0], [B, D]]⁻¹ = [[A⁻¹, 0], [-D⁻¹ B A⁻¹, D⁻¹]]: two matrix products for each doubling of n.
    """
    n = factor.shape[0]
    padded = 1 << (n - 1).bit_length()
    triangle = jnp.eye(padded).at[:n, :n].set(jnp.tril(factor))
    blocks = 1 / jnp.diagonal(triangle)[:, None, None]  # (padded, 1, 1)
    while (size := blocks.shape[1]) < padded:
        pairs = padded // (2 * size)
        tiles = triangle.reshape(pairs, 2, size, pairs, 2, size)
        index = jnp.arange(pairs)
        below = tiles[index, 1, :, index, 0, :]  # (pairs, size, size)
        left, right = blocks[0::2], blocks[1::2]
        corner = -right @ below @ left
        top = jnp.concatenate([left, jnp.zeros_like(left)], axis=2)
        blocks = jnp.concatenate([top, jnp.concatenate([corner, right], axis=2)], axis=1)
    return blocks[0, :n, :n]


def _inverse_forward(factor):
    inverse = invert_triangular(factor)
    return inverse, inverse


def _inverse_backward(inverse, gradient):
    return (-jnp.tril(inverse.T @ gradient @ inverse.T),)


invert_triangular.defvjp(_inverse_forward, _inverse_backward)


def _cholesky_unblocked(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Return the lower Cholesky factor, column by column."""
    rows = jnp.arange(matrix.shape[0])

    def step(rest, j):
        pivot = jnp.sqrt(rest[j, j])
        column = jnp.where(rows >= j, rest[:, j] / pivot, 0.0)
        return rest - jnp.outer(column, column), column

    return jax.lax.scan(step, matrix, rows)[1].T
