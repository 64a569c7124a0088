"""Families whose functions are zero-mean Gaussian processes, and their exact posteriors."""

from abc import abstractmethod

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Bool, Float

from yingshe._linalg import cholesky, solve_lower
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian
from yingshe.tasks.base import FunctionPrior

_RESOLUTION = (
    1e-6  # of the prior variance: what float32 can tell apart in a Cholesky factor, a pair
)


class GPPrior(FunctionPrior):
    """Functions with a joint normal distribution: zero mean, outputs independent of one another."""

    @abstractmethod
    def covariance(
        self, x: Float[Array, "n x_dim"], x2: Float[Array, "m x_dim"]
    ) -> Float[Array, "n m"]:
        """Covariance of f(x) and f(x2), the same for each output, without noise."""

    def variance(self, x: Float[Array, "n x_dim"]) -> Float[Array, " n"]:
        """Variance of f(x), without noise."""
        return jax.vmap(lambda row: self.covariance(row[None], row[None])[0, 0])(x)

    def log_marginal_likelihood(self, pairs: Pairs) -> Float[Array, ""]:
        """The log p(y | x) of the real pairs in nats. Rasmussen and Williams, 2006, eq. 2.30."""
        covariance = self.covariance(pairs.x, pairs.x)
        factor = noisy_cholesky(covariance, pairs.mask, self.noise)
        y = pairs.y * pairs.mask[:, None]
        residuals = solve_lower(factor, y)  # standardised one-step-ahead errors
        scales = jnp.diag(factor)[:, None]
        log_densities = -0.5 * residuals**2 - jnp.log(scales) - 0.5 * jnp.log(2 * jnp.pi)
        return jnp.sum(log_densities * pairs.mask[:, None])


def noisy_cholesky(
    covariance: Float[Array, "n n"], mask: Bool[Array, " n"], noise: float
) -> Float[Array, "n n"]:
    """Lower Cholesky factor of covariance + noise² I, with rows of padding as those of I.

    Without noise, a millionth of the prior variance a pair stands in for it: less is not solvable.
    """
    n = len(covariance)
    floor = _RESOLUTION * n * jnp.max(jnp.where(mask, jnp.diag(covariance), 0.0))
    noisy = covariance + jnp.maximum(noise**2, floor) * jnp.eye(n)
    return cholesky(jnp.where(mask[:, None] & mask, noisy, jnp.eye(n)))


def condition(
    covariance: Float[Array, "n n"],
    cross: Float[Array, "n m"],
    query_variance: Float[Array, " m"],
    support: Pairs,
    noise: float,
) -> Gaussian:
    """Prediction of y at m queries by a Gaussian process, given the support's real pairs.

    `cross` is the covariance of the support with the queries. Rasmussen and Williams, 2006, alg.
    2.1.
    """
    factor = noisy_cholesky(covariance, support.mask, noise)
    whitened = solve_lower(factor, cross * support.mask[:, None])  # (n, m)
    y = solve_lower(factor, support.y * support.mask[:, None])  # (n, y_dim)
    mean = whitened.T @ y
    variance = jnp.maximum(query_variance - jnp.sum(whitened**2, axis=0), 0.0) + noise**2
    return Gaussian(mean, jnp.broadcast_to(variance[:, None], mean.shape))


def regress(
    support_features: Float[Array, "n p"],
    query_features: Float[Array, "m p"],
    prior_scale: Float[Array, " p"],
    support: Pairs,
    noise: float,
) -> Gaussian:
    """Bayesian linear regression with weights N(0, diag(prior_scale²)), given the real pairs.

    Solved as a least-squares problem by QR: the covariance, whose condition number is the square
    of the problem's, is never formed, so that the noise-free case stays exact to about 1e-4.
    Björck, Numerical Methods for Least Squares Problems, 1996, sec. 2.2.
    """
    p = prior_scale.shape[0]
    # A noise floor at float32's resolution of y keeps the noise-free case solvable.
    scale = jnp.maximum(noise, 1e-4 * jnp.max(prior_scale))
    rows = support_features * prior_scale * support.mask[:, None]  # padding is a row of zeros
    targets = jnp.concatenate([support.y * support.mask[:, None], jnp.zeros((p, support.y_dim))])
    q, r = jnp.linalg.qr(jnp.concatenate([rows, scale * jnp.eye(p)]))
    # One triangular solve gives both moments: mean = qᵀ R⁻¹ (Qᵀ y), variance = |R⁻ᵀ q|².
    spread = solve_triangular(r, (query_features * prior_scale).T, trans="T")  # (p, m)
    mean = spread.T @ (q.T @ targets)
    variance = jnp.sum((scale * spread) ** 2, axis=0) + noise**2
    return Gaussian(mean, jnp.broadcast_to(variance[:, None], mean.shape))
