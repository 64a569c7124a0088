"""Fast-weight memories: a matrix that is written by pairs and read by queries."""

from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from yingshe._linalg import cholesky, invert_triangular


class MemoryInputs(NamedTuple):
    """Keys, values and gates of n tokens. A token with beta 0 and log_decay 0 writes nothing."""

    keys: Float[Array, "*heads n dk"]
    values: Float[Array, "*heads n dv"]
    beta: Float[Array, "*heads n"]
    """β, from 0 to 1."""
    log_decay: Float[Array, "*heads n"]
    """log γ, at most 0."""


class MemoryReads(NamedTuple):
    """State of a memory at each of n tokens, before the token itself is written."""

    matrices: Float[Array, "*heads n dk dv"]
    """Sᵀ; the value stored at key k is S k."""
    variances: Float[Array, "*heads n"]
    """Variance of S k at the token's own key; 0 for a memory without uncertainty."""


class Memory(eqx.Module):
    """One head: a matrix S of dv rows and dk columns, and the rule by which tokens update it."""

    @abstractmethod
    def init_state(self) -> PyTree[Array]:
        """Return the state before any token."""

    @abstractmethod
    def read_and_write(
        self, state: PyTree[Array] | None, inputs: MemoryInputs
    ) -> tuple[PyTree[Array], MemoryReads]:
        """Read and write n tokens, one after another.

        The result is the same as one by one. `state=None` is a cheaper form of `init_state()`.

        Args:
            state: State before the tokens.
            inputs: Keys, values and gates of the tokens.

        Returns:
            State after the tokens, and the memory as each token reads it.
        """


class DeltaMemory(Memory):
    """Gated delta rule S ← γ S (I - β k kᵀ) + β v kᵀ, with keys of length 1.

    Token t adds u_t k_tᵀ with u_t = β_t (v_t - γ_t S_{t-1} k_t). All u together solve one unit
    triangular system, so that n tokens cost matrix products only.

    References:
        Schlag et al., Linear Transformers Are Secretly Fast Weight Programmers, 2021.
        Yang et al., Gated Delta Networks, 2024.
    """

    key_width: int = eqx.field(static=True)
    value_width: int = eqx.field(static=True)

    def init_state(self) -> Float[Array, "dk dv"]:
        return jnp.zeros((self.key_width, self.value_width))

    def read_and_write(self, state, inputs):
        k, v, beta, log_decay = inputs
        k = k * jax.lax.rsqrt(jnp.sum(k**2, axis=1, keepdims=True) + 1e-6)
        n = k.shape[0]
        after = jnp.cumsum(log_decay)  # log of how much of the start each token leaves
        before = after - log_decay
        earlier = jnp.tril(jnp.ones((n, n), bool), -1)
        target = v if state is None else v - jnp.exp(after)[:, None] * (k @ state)
        system = jnp.eye(n) + beta[:, None] * _decay_matrix(after, after, earlier) * (k @ k.T)
        u = invert_triangular(system) @ (beta[:, None] * target)
        matrices = _sum_of_outer(_decay_matrix(before, after, earlier), k, u)
        final = k.T @ (jnp.exp(after[-1] - after)[:, None] * u)
        if state is not None:
            matrices = matrices + jnp.exp(before)[:, None, None] * state
            final = final + jnp.exp(after[-1]) * state
        return final, MemoryReads(matrices, jnp.zeros(n))


class MesaMemory(Memory):
    """Least squares, solved at every token: S = G R with R = (H + Λ)⁻¹, Λ diagonal and learned.

    G ← γ G + β v kᵀ and H ← γ H + β k kᵀ.

    The state is (H, G): sums over tokens, which stay positive-definite where updates of R do not.
    n tokens can be processed at once because γ = 1 between them. Let I + √β K R₀ Kᵀ √β = C Cᵀ. Then
    the rows of C⁻¹ √β (V - K S₀ᵀ) and of C⁻¹ √β K R₀ are the rank-one increments of S. One Cholesky
    factor thus gives the solution after every token. With `use_decay`, tokens must be given one by
    one.

    References:
        von Oswald et al., MesaNet: Sequence Modeling by Locally Optimal Test-Time Training, 2025.
    """

    log_ridge: Float[Array, "*heads dk"]
    """log Λ."""
    value_width: int = eqx.field(static=True)
    use_decay: bool = eqx.field(static=True, default=False)
    """Take γ from each token; otherwise γ is 1."""

    def init_state(self) -> tuple[Float[Array, "dk dk"], Float[Array, "dk dv"]]:
        dk = self.log_ridge.shape[0]
        return jnp.zeros((dk, dk)), jnp.zeros((dk, self.value_width))

    def read_and_write(self, state, inputs):
        k, v, beta, log_decay = inputs
        n = k.shape[0]
        root = jnp.sqrt(jnp.where(beta > 0, beta, 1.0))  # the root of 0 has no gradient
        root = jnp.where(beta > 0, root, 0.0)[:, None]
        ridge = jnp.exp(self.log_ridge)
        weighted = root * k
        if state is None:
            h = g = start = 0.0
            k_r = k / ridge
            target = root * v
        else:
            h, g = state
            # The rounding errors of H, a sum of many pairs, stay below the diagonal.
            diagonal = jnp.maximum(ridge, 1e-7 * jnp.trace(h))
            root_r = invert_triangular(cholesky(h + jnp.diag(diagonal)))  # R = root_rᵀ root_r
            k_r = k @ root_r.T @ root_r
            start = root_r.T @ (root_r @ g)
            target = root * v - weighted @ start
        c = cholesky(jnp.eye(n) + root * k_r @ weighted.T)
        inverse = invert_triangular(c)
        u, increments = inverse @ target, inverse @ (root * k_r)
        earlier = jnp.tril(jnp.ones((n, n)), -1)
        matrices = start + _sum_of_outer(earlier, increments, u)
        variances = jnp.sum(k * k_r, axis=1) - jnp.sum(earlier * (k @ increments.T) ** 2, axis=1)
        keep = jnp.exp(log_decay[0]) if self.use_decay else 1.0
        after = keep * h + weighted.T @ weighted, keep * g + weighted.T @ (root * v)
        return after, MemoryReads(matrices, jnp.maximum(variances, 0.0))


def _sum_of_outer(
    weights: Float[Array, "n n"], k: Float[Array, "n dk"], u: Float[Array, "n dv"]
) -> Float[Array, "n dk dv"]:
    """Return Σ_s weights_ts k_s u_sᵀ for every t."""
    outer = k[:, :, None] * u[:, None, :]
    return (weights @ outer.reshape(k.shape[0], -1)).reshape(outer.shape)


def _decay_matrix(
    at: Float[Array, " n"], since: Float[Array, " n"], where: Array
) -> Float[Array, "n n"]:
    """Return exp(at_t - since_s) where selected, else 0; other exponentials are not evaluated."""
    difference = jnp.where(where, at[:, None] - since, 0.0)
    return jnp.where(where, jnp.exp(difference), 0.0)
