"""Prediction of Gaussian functions that are replaced by new ones at unknown moments."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from yingshe._linalg import solve_lower
from yingshe.pairs import Pairs
from yingshe.prediction import GaussianMixture
from yingshe.tasks.gp_prior import noisy_cholesky


class Backwards(NamedTuple):
    """The first `stop` pairs with the last one first, and what one Cholesky factor says of them."""

    order: Int[Array, " n"]
    real: Bool[Array, " n"]
    factor: Float[Array, "n n"]
    whitened: Float[Array, "n y_dim"]


def changepoint_predictive(
    covariance: Float[Array, "n n"],
    cross: Float[Array, "n m"],
    query_variance: Float[Array, " m"],
    support: Pairs,
    noise: float,
    stay: float,
) -> GaussianMixture:
    """Prediction of y at m queries, if each pair and the query may begin a new function.

    Each does so with probability 1 − stay. All real pairs must stand before the padding.
    A mixture over the start s = 0 … n of the function in force. Since s..t−1 are the *last* pairs
    of those before t, one Cholesky factor of the pairs in reverse order serves all s. After Adams
    and MacKay, Bayesian Online Changepoint Detection, 2007, eqs. 1–3.
    """
    n = len(support)
    total = jnp.sum(support.mask)
    logits = _log_starts(covariance, support, noise, stay)[total]  # (n + 1,)
    pairs = _backwards(covariance, support, noise, total)
    spread = cross[pairs.order] * pairs.real[:, None]
    spread = solve_lower(pairs.factor, spread)  # (n, m)
    # Row r: from the last r pairs alone, r = 0 … n.
    means = _running_sum(spread[:, :, None] * pairs.whitened[:, None])  # (n + 1, m, y_dim)
    variances = jnp.maximum(query_variance - _running_sum(spread**2), 0.0) + noise**2
    length = jnp.clip(total - jnp.arange(n + 1), 0, n)
    means = jnp.moveaxis(means[length], 0, -1)  # (m, y_dim, n + 1)
    variances = jnp.broadcast_to(variances[length].T[:, None], means.shape)
    logits = jnp.broadcast_to(logits, means.shape)
    return GaussianMixture(logits=logits, means=means, variances=variances)


def _log_starts(
    covariance: Float[Array, "n n"], support: Pairs, noise: float, stay: float
) -> Float[Array, "n1 n1"]:
    """Row t: log p(y_0..y_{t−1}, the function in force at t began at s), s = 0 … n; −1e30: none."""
    n = len(support)
    start = jnp.arange(n + 1)
    log_stay, log_change = (math.log(max(p, 1e-30)) for p in (stay, 1 - stay))

    def extend(log_begun, stop):
        """log_begun[s] is log p(y_0..y_{s−1}, a function begins at s), known for s < stop."""
        pairs = _backwards(covariance, support, noise, stop)
        log_densities = -0.5 * pairs.whitened**2 - 0.5 * math.log(2 * math.pi)
        log_densities = log_densities - jnp.log(jnp.diag(pairs.factor))[:, None]
        of_last = _running_sum(jnp.sum(log_densities, axis=1) * pairs.real)  # 0, 1, … n pairs
        length = jnp.clip(stop - start, 1, n)
        log_run = log_begun + of_last[length] + (length - 1) * log_stay
        log_run = jnp.where(start < stop, log_run, -1e30)
        begun = jax.nn.logsumexp(log_run) + log_change
        row = jnp.where(start < stop, log_run + log_stay, -1e30).at[stop].set(begun)
        return log_begun.at[stop].set(begun), row

    before = jnp.full(n + 1, -1e30).at[0].set(0.0)
    _, rows = jax.lax.scan(extend, before, jnp.arange(1, n + 1))
    return jnp.concatenate([before[None], rows])


def _backwards(
    covariance: Float[Array, "n n"], support: Pairs, noise: float, stop: Int[Array, ""]
) -> Backwards:
    n = len(support)
    order = jnp.clip(stop - 1 - jnp.arange(n), 0, n - 1)
    real = jnp.arange(n) < stop
    factor = noisy_cholesky(covariance[order][:, order], real, noise)
    whitened = solve_lower(factor, support.y[order] * real[:, None])
    return Backwards(order, real, factor, whitened)


def _running_sum(rows: Float[Array, "..."]) -> Float[Array, "..."]:
    """Sums of the first 0, 1, … n rows."""
    return jnp.concatenate([jnp.zeros_like(rows[:1]), jnp.cumsum(rows, axis=0)])
