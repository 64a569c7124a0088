"""Gaussian process priors over functions, and their exact posteriors."""

from abc import abstractmethod

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Bool, Float

from yingshe._linalg import cholesky, solve_lower
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian
from yingshe.tasks.base import FunctionPrior

_RESOLUTION = 1e-6  # jitter per pair, in units of the prior variance: float32's limit in Cholesky


class GPPrior(FunctionPrior):
    """Functions with a joint normal distribution: zero mean, independent outputs."""

    @abstractmethod
    def covariance(
        self, x: Float[Array, "n x_dim"], x2: Float[Array, "m x_dim"]
    ) -> Float[Array, "n m"]:
        """Return the covariance of f(x) and f(x2), the same for each output, without noise.

        Args:
            x: Inputs, shape (n, x_dim).
            x2: Inputs, shape (m, x_dim).

        Returns:
            Covariance, shape (n, m).
        """

    def variance(self, x: Float[Array, "n x_dim"]) -> Float[Array, " n"]:
        """Return the variance of f(x), without noise.

        Args:
            x: Inputs, shape (n, x_dim).

        Returns:
            Variances, shape (n,).
        """
        return jax.vmap(lambda row: self.covariance(row[None], row[None])[0, 0])(x)

    def log_marginal_likelihood(self, pairs: Pairs) -> Float[Array, ""]:
        """Return log p(y | x) of the real pairs in nats.

        Args:
            pairs: n pairs of one task.

        Returns:
            Log marginal likelihood (Rasmussen & Williams, 2006, eq. 2.30).
        """
        covariance = self.covariance(pairs.x, pairs.x)
        factor = noisy_cholesky(covariance, pairs.mask, self.noise_std)
        y = pairs.y * pairs.mask[:, None]
        residuals = solve_lower(factor, y)  # standardized one-step-ahead errors
        scales = jnp.diag(factor)[:, None]
        log_densities = -0.5 * residuals**2 - jnp.log(scales) - 0.5 * jnp.log(2 * jnp.pi)
        return jnp.sum(log_densities * pairs.mask[:, None])


def noisy_cholesky(
    covariance: Float[Array, "n n"], mask: Bool[Array, " n"], noise_std: float
) -> Float[Array, "n n"]:
    """Factorize covariance + noise_std² I, with rows of padding as those of I.

    Noise of a millionth of the prior variance per pair is the minimum that float32 can solve.

    Args:
        covariance: Covariance of n pairs, without noise.
        mask: True for real pairs.
        noise_std: Standard deviation of the noise.

    Returns:
        Lower Cholesky factor.
    """
    n = len(covariance)
    floor = _RESOLUTION * n * jnp.max(jnp.where(mask, jnp.diag(covariance), 0.0))
    noisy = covariance + jnp.maximum(noise_std**2, floor) * jnp.eye(n)
    return cholesky(jnp.where(mask[:, None] & mask, noisy, jnp.eye(n)))


def gp_posterior_predictive(
    covariance: Float[Array, "n n"],
    cross_covariance: Float[Array, "n m"],
    prior_variance: Float[Array, " m"],
    support: Pairs,
    noise_std: float,
) -> Gaussian:
    """Predict y at m queries by a Gaussian process, given the support's real pairs.

    Args:
        covariance: Covariance of the support.
        cross_covariance: Covariance of the support with the queries.
        prior_variance: Variance of f at the queries.
        support: n pairs of one task.
        noise_std: Standard deviation of the noise.

    Returns:
        Prediction at the queries (Rasmussen & Williams, 2006, alg. 2.1).
    """
    factor = noisy_cholesky(covariance, support.mask, noise_std)
    whitened = solve_lower(factor, cross_covariance * support.mask[:, None])  # (n, m)
    y = solve_lower(factor, support.y * support.mask[:, None])  # (n, y_dim)
    mean = whitened.T @ y
    variance = jnp.maximum(prior_variance - jnp.sum(whitened**2, axis=0), 0.0) + noise_std**2
    return Gaussian(mean, jnp.broadcast_to(variance[:, None], mean.shape))


def bayesian_linear_regression(
    support_features: Float[Array, "n p"],
    query_features: Float[Array, "m p"],
    prior_scale: Float[Array, " p"],
    support: Pairs,
    noise_std: float,
) -> Gaussian:
    """Predict by Bayesian linear regression with weights N(0, diag(prior_scale²)).

    Solved as a least-squares problem by QR. The covariance, whose condition number is the square
    of the problem's, is never formed, so that the noise-free case stays exact to about 1e-4.

    Args:
        support_features: Features of the support, shape (n, p).
        query_features: Features of the queries, shape (m, p).
        prior_scale: Standard deviations of the weights, shape (p,).
        support: n pairs of one task.
        noise_std: Standard deviation of the noise.

    Returns:
        Prediction at the queries, given the real pairs.

    References:
        Björck, Numerical Methods for Least Squares Problems, 1996, sec. 2.2.
    """
    p = prior_scale.shape[0]
    # A noise floor at float32's resolution of y keeps the noise-free case solvable.
    scale = jnp.maximum(noise_std, 1e-4 * jnp.max(prior_scale))
    rows = support_features * prior_scale * support.mask[:, None]  # padding is a row of zeros
    targets = jnp.concatenate([support.y * support.mask[:, None], jnp.zeros((p, support.y_dim))])
    q, r = jnp.linalg.qr(jnp.concatenate([rows, scale * jnp.eye(p)]))
    # One triangular solve gives mean = qᵀ R⁻¹ (Qᵀ y) and variance = |R⁻ᵀ q|².
    solved = solve_triangular(r, (query_features * prior_scale).T, trans="T")  # (p, m)
    mean = solved.T @ (q.T @ targets)
    variance = jnp.sum((scale * solved) ** 2, axis=0) + noise_std**2
    return Gaussian(mean, jnp.broadcast_to(variance[:, None], mean.shape))
