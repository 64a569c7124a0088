"""Fast-weight memories: a matrix that is written by pairs and read by queries."""

from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from yingshe._linalg import cholesky, invert_triangular


class MemoryInputs(NamedTuple):
    """What n tokens write. A token with rate 0 and log_keep 0 writes nothing."""

    keys: Float[Array, "*heads n dk"]
    values: Float[Array, "*heads n dv"]
    beta: Float[Array, "*heads n"]
    """β, from 0 to 1."""
    log_decay: Float[Array, "*heads n"]
    """log γ, at most 0."""


class MemoryReads(NamedTuple):
    """A memory as each of n tokens finds it, before the token itself is written."""

    matrices: Float[Array, "*heads n dk dv"]
    """Sᵀ: what is remembered at key k is S k."""
    variances: Float[Array, "*heads n"]
    """How uncertain S k is at the token's own key; 0 where a memory does not know."""


class Memory(eqx.Module):
    """One head: a matrix S of dv rows and dk columns, and the rule by which tokens change it."""

    @abstractmethod
    def init_state(self) -> PyTree[Array]:
        """The state before any token."""

    @abstractmethod
    def read_and_write(
        self, state: PyTree[Array] | None, writes: MemoryInputs
    ) -> tuple[PyTree[Array], MemoryReads]:
        """The state after n tokens, and what each of them finds.

        n tokens at once or one by one is the same mathematics. `state=None` stands for
        `init_state()`, in a cheaper form.
        """


class DeltaMemory(Memory):
    """The gated delta rule S ← γ S (I - β k kᵀ) + β v kᵀ, with keys of length 1.

    What token t really adds is u_t k_tᵀ with u_t = β_t (v_t - γ_t S_{t-1} k_t): all u together
    solve one unit triangular system, so that n tokens cost matrix products only. After Schlag et
    al., Linear Transformers Are Secretly Fast Weight Programmers, 2021; Yang et al., Gated Delta
    Networks, 2024.
    """

    key_width: int = eqx.field(static=True)
    value_width: int = eqx.field(static=True)

    def init_state(self) -> Float[Array, "dk dv"]:
        return jnp.zeros((self.key_width, self.value_width))

    def read_and_write(self, state, writes):
        k, v, beta, log_decay = writes
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
    """Least squares, solved at every token: S = G R with G ← γ G + β v kᵀ, H ← γ H + β k kᵀ and
    R = (H + Λ)⁻¹, Λ diagonal and learned.

    The state is (H, G): sums of what was read, which stay positive-definite where updates of R
    lose it. n tokens at once are possible because γ = 1 between them: with A = I + √β K R₀ Kᵀ √β =
    C Cᵀ, the rows of C⁻¹ √β (V - K S₀ᵀ) and of C⁻¹ √β K R₀ are the rank-one increments of S, so
    that one Cholesky factor gives the solution after every token. A memory that use_decay must be
    given them one by one. After von Oswald et al., MesaNet: Sequence Modeling by Locally Optimal
    Test-Time Training, 2025.
    """

    log_ridge: Float[Array, "*heads dk"]
    """log Λ."""
    value_width: int = eqx.field(static=True)
    use_decay: bool = eqx.field(static=True, default=False)
    """Whether γ is the tokens' own; otherwise it is 1."""

    def init_state(self) -> tuple[Float[Array, "dk dk"], Float[Array, "dk dv"]]:
        dk = self.log_ridge.shape[0]
        return jnp.zeros((dk, dk)), jnp.zeros((dk, self.value_width))

    def read_and_write(self, state, writes):
        k, v, beta, log_decay = writes
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
            # However many pairs H has summed, its rounding errors stay below the diagonal.
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
    """Σ_s weights_ts k_s u_sᵀ for every t."""
    outer = k[:, :, None] * u[:, None, :]
    return (weights @ outer.reshape(k.shape[0], -1)).reshape(outer.shape)


def _decay_matrix(
    at: Float[Array, " n"], since: Float[Array, " n"], where: Array
) -> Float[Array, "n n"]:
    """exp(at_t - since_s) where asked, else 0; never the exponential of what is not asked for."""
    difference = jnp.where(where, at[:, None] - since, 0.0)
    return jnp.where(where, jnp.exp(difference), 0.0)
