"""Fast-weight memories: a matrix that is written by pairs and read by queries."""

from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_solve, solve_triangular
from jaxtyping import Array, Float, PyTree


class Writes(NamedTuple):
    """What n tokens write. A token with rate 0 and log_keep 0 writes nothing."""

    keys: Float[Array, "n dk"]
    values: Float[Array, "n dv"]
    rates: Float[Array, " n"]  # β
    log_keeps: Float[Array, " n"]  # log γ


class Memory(eqx.Module):
    """One head: a matrix S (dv, dk), S k being what it remembers at key k."""

    @abstractmethod
    def init_state(self) -> PyTree[Array]:
        """The state before any token."""

    @abstractmethod
    def chunk(
        self, state: PyTree[Array] | None, writes: Writes
    ) -> tuple[PyTree[Array], Float[Array, "n dv dk"], Float[Array, " n"]]:
        """The state after n tokens; and, before each token is written, the matrix S and the
        uncertainty about its value (a variance, or 0 where the memory does not know it).

        `state=None` stands for `init_state()`, in a cheaper form.
        """


class DeltaMemory(Memory):
    """The gated delta rule S ← γ S (I - β k kᵀ) + β v kᵀ with keys of length 1.

    Within a chunk the values that the rule really writes, u_t = β_t (v_t - γ_t S_{t-1} k_t), solve one
    unit triangular system. After Schlag et al., Linear Transformers Are Secretly Fast Weight
    Programmers, 2021; Yang et al., Gated Delta Networks, 2024, eq. 10.
    """

    key_width: int = eqx.field(static=True)
    value_width: int = eqx.field(static=True)

    def init_state(self) -> Float[Array, "dv dk"]:
        return jnp.zeros((self.value_width, self.key_width))

    def chunk(self, state, writes):
        k, v, rates, log_keeps = writes
        k = k * jax.lax.rsqrt(jnp.sum(k**2, axis=1, keepdims=True) + 1e-6)
        n = len(k)
        after = jnp.cumsum(log_keeps)  # log of what is kept of the start after each token
        before = after - log_keeps
        earlier = jnp.tril(jnp.ones((n, n), bool), -1)
        kept_after = _kept(after, after, earlier)
        kept_before = _kept(before, after, earlier)
        target = v if state is None else v - jnp.exp(after)[:, None] * (k @ state.T)
        system = jnp.eye(n) + rates[:, None] * kept_after * (k @ k.T)
        u = solve_triangular(system, rates[:, None] * target, lower=True, unit_diagonal=True)
        outer = (u[:, :, None] * k[:, None, :]).reshape(n, -1)
        matrices = (kept_before @ outer).reshape(n, v.shape[1], k.shape[1])
        final = (jnp.exp(after[-1] - after)[:, None] * u).T @ k
        if state is not None:
            matrices = matrices + jnp.exp(before)[:, None, None] * state
            final = final + jnp.exp(after[-1]) * state
        return final, matrices, jnp.zeros(n)


def _kept(at, since, where):
    return jnp.where(where, jnp.exp(jnp.where(where, at[:, None] - since, 0.0)), 0.0)


class MesaMemory(Memory):
    """Least squares, solved at every token: S = G R with H ← H + β k kᵀ, G ← G + β v kᵀ and
    R = (H + Λ)⁻¹, Λ diagonal and learned.

    The state is (H, G): sums, which cannot lose their positive-definiteness. Within a chunk
    A = I + √β K R₀ Kᵀ √β = C Cᵀ; because C is triangular, the rows of C⁻¹ √β (V - K S₀ᵀ) and
    C⁻¹ √β K R₀ are the rank-one increments of S after each token: one Cholesky for all of them.
    After von Oswald et al., MesaNet: Sequence Modeling by Locally Optimal Test-Time Training, 2025.
    """

    log_ridge: Float[Array, " dk"]  # log Λ
    value_width: int = eqx.field(static=True)

    def init_state(self) -> tuple[Float[Array, "dk dk"], Float[Array, "dv dk"]]:
        dk = len(self.log_ridge)
        return jnp.zeros((dk, dk)), jnp.zeros((self.value_width, dk))

    def chunk(self, state, writes):
        k, v, rates, _ = writes
        n = len(k)
        root = jnp.sqrt(rates)[:, None]
        ridge = jnp.exp(self.log_ridge)
        weighted, target = root * k, root * v
        if state is None:
            k_r = k / ridge
        else:
            h, g = state
            # H's own rounding errors must stay below Λ, however many pairs it has summed.
            precision = h + jnp.diag(ridge + 1e-7 * jnp.trace(h))
            solve = jnp.linalg.cholesky(precision), True
            k_r = cho_solve(solve, k.T).T
            start = cho_solve(solve, g.T).T
            target = target - weighted @ start.T
        increments_k = root * k_r
        c = jnp.linalg.cholesky(jnp.eye(n) + increments_k @ weighted.T, symmetrize_input=False)
        solved = solve_triangular(c, jnp.concatenate([target, increments_k], axis=1), lower=True)
        u, l = solved[:, : v.shape[1]], solved[:, v.shape[1] :]
        earlier = jnp.tril(jnp.ones((n, n)), -1)
        outer = (u[:, :, None] * l[:, None, :]).reshape(n, -1)
        matrices = (earlier @ outer).reshape(n, v.shape[1], k.shape[1])
        variances = jnp.sum(k * k_r, axis=1) - jnp.sum(earlier * (k @ l.T) ** 2, axis=1)
        new_h, new_g = weighted.T @ weighted, (root * v).T @ weighted
        if state is not None:
            matrices = matrices + start
            new_h, new_g = h + new_h, g + new_g
        return (new_h, new_g), matrices, jnp.maximum(variances, 0.0)
