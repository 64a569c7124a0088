"""Bayesian online changepoint detection for Gaussian process functions."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from yingshe._linalg import solve_lower
from yingshe.pairs import Pairs
from yingshe.prediction import GaussianMixture
from yingshe.tasks.gp_prior import noisy_cholesky

_LOG_ZERO = -1e30


class ReversedCholesky(NamedTuple):
    """First `stop` pairs in reverse order, with their Cholesky factor and whitened outputs."""

    order: Int[Array, " n"]
    real: Bool[Array, " n"]
    factor: Float[Array, "n n"]
    whitened: Float[Array, "n y_dim"]


def changepoint_predictive(
    covariance: Float[Array, "n n"],
    cross_covariance: Float[Array, "n m"],
    prior_variance: Float[Array, " m"],
    support: Pairs,
    noise_std: float,
    hazard: float,
) -> GaussianMixture:
    """Predict y at m queries, if each pair and the query may begin a new function.

    The prediction is a mixture over the run length: the start s = 0 … n of the current function.
    Since s … t−1 are the *last* pairs before t, one Cholesky factor of the pairs in reverse order
    serves all s.

    Args:
        covariance: Covariance of the support, if no function changes.
        cross_covariance: Covariance of the support with the queries.
        prior_variance: Variance of f at the queries.
        support: n pairs of one task; all real pairs stand before the padding.
        noise_std: Standard deviation of the noise.
        hazard: Probability of a changepoint at each pair, and at the query.

    Returns:
        Prediction at the queries.

    References:
        Adams & MacKay, Bayesian Online Changepoint Detection, 2007, eqs. 1–3.
    """
    n = len(support)
    total = jnp.sum(support.mask)
    logits = _log_run_length(covariance, support, noise_std, hazard)[total]  # (n + 1,)
    pairs = _reverse_cholesky(covariance, support, noise_std, total)
    solved = cross_covariance[pairs.order] * pairs.real[:, None]
    solved = solve_lower(pairs.factor, solved)  # (n, m)
    # Row r: from the last r pairs alone, r = 0 … n.
    means = _running_sum(solved[:, :, None] * pairs.whitened[:, None])  # (n + 1, m, y_dim)
    variances = jnp.maximum(prior_variance - _running_sum(solved**2), 0.0) + noise_std**2
    length = jnp.clip(total - jnp.arange(n + 1), 0, n)
    means = jnp.moveaxis(means[length], 0, -1)  # (m, y_dim, n + 1)
    variances = jnp.broadcast_to(variances[length].T[:, None], means.shape)
    logits = jnp.broadcast_to(logits, means.shape)
    return GaussianMixture(logits=logits, means=means, variances=variances)


def _log_run_length(
    covariance: Float[Array, "n n"], support: Pairs, noise_std: float, hazard: float
) -> Float[Array, "n1 n1"]:
    """Return in row t log p(y_0..y_{t−1}, the function at t began at s), s = 0 … n."""
    n = len(support)
    starts = jnp.arange(n + 1)
    log_no_change, log_change = (math.log(max(p, 1e-30)) for p in (1 - hazard, hazard))

    def extend(log_changepoint, stop):
        """Extend log_changepoint[s] = log p(y_0..y_{s−1}, a function begins at s) to s = stop."""
        pairs = _reverse_cholesky(covariance, support, noise_std, stop)
        log_densities = -0.5 * pairs.whitened**2 - 0.5 * math.log(2 * math.pi)
        log_densities = log_densities - jnp.log(jnp.diag(pairs.factor))[:, None]
        log_last = _running_sum(jnp.sum(log_densities, axis=1) * pairs.real)  # 0, 1, … n pairs
        length = jnp.clip(stop - starts, 1, n)
        log_run = log_changepoint + log_last[length] + (length - 1) * log_no_change
        log_run = jnp.where(starts < stop, log_run, _LOG_ZERO)
        log_new = jax.nn.logsumexp(log_run) + log_change
        row = jnp.where(starts < stop, log_run + log_no_change, _LOG_ZERO).at[stop].set(log_new)
        return log_changepoint.at[stop].set(log_new), row

    before = jnp.full(n + 1, _LOG_ZERO).at[0].set(0.0)
    _, rows = jax.lax.scan(extend, before, jnp.arange(1, n + 1))
    return jnp.concatenate([before[None], rows])


def _reverse_cholesky(
    covariance: Float[Array, "n n"], support: Pairs, noise_std: float, stop: Int[Array, ""]
) -> ReversedCholesky:
    n = len(support)
    order = jnp.clip(stop - 1 - jnp.arange(n), 0, n - 1)
    real = jnp.arange(n) < stop
    factor = noisy_cholesky(covariance[order][:, order], real, noise_std)
    whitened = solve_lower(factor, support.y[order] * real[:, None])
    return ReversedCholesky(order, real, factor, whitened)


def _running_sum(rows: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return sums of the first 0, 1, … n rows."""
    return jnp.concatenate([jnp.zeros_like(rows[:1]), jnp.cumsum(rows, axis=0)])
