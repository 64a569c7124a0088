"""Bayesian linear regression, which estimators use before any meta-training."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# Variance of one pseudo-observation, relative to that of the outputs. It keeps the noise variance
# of a perfect fit, or of a single pair, above zero.
_PSEUDO_NOISE = 1e-2
_RATIOS = np.logspace(-6, 6, 97)  # of the noise variance to the prior variance of a weight


@dataclass(frozen=True)
class LinearPosterior:
    """Posterior of y = b + xᵀw + ε in standardized units.

    b has a flat prior, w ~ N(0, (σ²/λ) I), ε ~ N(0, σ²). Means, scales, λ and σ² come from the
    pairs themselves, λ by maximizing the marginal likelihood. The state is a set of sums of
    constant size.

    References:
        MacKay, Bayesian Interpolation, 1992.
    """

    count: int
    x_mean: np.ndarray  # (d,)
    y_mean: np.ndarray  # (k,)
    xx: np.ndarray  # (d, d) sums of products of deviations from the mean
    xy: np.ndarray  # (d, k)
    yy: np.ndarray  # (k,)

    @classmethod
    def prior(cls, x_dim: int, y_dim: int) -> "LinearPosterior":
        """Return the distribution before the first pair."""
        d, k = x_dim, y_dim
        return cls(0, np.zeros(d), np.zeros(k), np.zeros((d, d)), np.zeros((d, k)), np.zeros(k))

    def observe(self, x: np.ndarray, y: np.ndarray) -> "LinearPosterior":
        """Return the posterior after n more pairs, x (n, d) and y (n, k).

        References:
            Chan et al., 1983, equation 2.1.
        """
        n = len(x)
        count = self.count + n
        x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
        dx, dy = x - x_mean, y - y_mean
        x_shift, y_shift = x_mean - self.x_mean, y_mean - self.y_mean
        weight = self.count * n / count
        return LinearPosterior(
            count,
            self.x_mean + x_shift * n / count,
            self.y_mean + y_shift * n / count,
            self.xx + dx.T @ dx + weight * np.outer(x_shift, x_shift),
            self.xy + dx.T @ dy + weight * np.outer(x_shift, y_shift),
            self.yy + np.sum(dy**2, axis=0) + weight * y_shift**2,
        )

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Predict mean and variance of y at each row of x, both (n, k)."""
        weights, root, noise = self._solution
        standardized = (x - self.x_mean) / self._x_scale
        mean = self.y_mean + self._y_scale * (standardized @ weights)
        leverage = 1 + 1 / self.count + np.sum((standardized @ root) ** 2, axis=1)
        return mean, np.outer(noise * leverage, self._y_scale**2)

    @property
    def _x_scale(self) -> np.ndarray:
        return _scale(np.diag(self.xx), self.count, self.x_mean)

    @property
    def _y_scale(self) -> np.ndarray:
        return _scale(self.yy, self.count, self.y_mean)

    @cached_property
    def _solution(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Weights (d, k), a root (d, d) of their covariance divided by σ², and σ²."""
        x_scale, y_scale = self._x_scale, self._y_scale
        values, vectors = np.linalg.eigh(self.xx / np.outer(x_scale, x_scale))
        values = np.maximum(values, 0.0)
        projected = vectors.T @ (self.xy / np.outer(x_scale, y_scale))  # (d, k)
        outputs = len(y_scale)
        freedom = max(self.count - 1, 0) * outputs
        ratios = _RATIOS[:, None]
        explained = np.sum(projected**2, axis=1) / (values + ratios)
        residual = np.sum(self.yy / y_scale**2) - np.sum(explained, axis=1)
        noise = (np.maximum(residual, 0.0) + _PSEUDO_NOISE) / (freedom + 1)
        determinant = outputs * np.sum(np.log1p(values / ratios), axis=1)
        best = int(np.argmin(determinant + (freedom + 1) * np.log(noise)))
        inverse = 1 / (values + _RATIOS[best])
        weights = vectors @ (inverse[:, None] * projected)
        return weights, vectors * np.sqrt(inverse), float(noise[best])


def _scale(squares: np.ndarray, count: int, mean: np.ndarray) -> np.ndarray:
    """Return standard deviations; 1 for a constant column."""
    scale = np.sqrt(np.maximum(squares, 0.0) / max(count, 1))
    return np.where(scale > 1e-9 * (1 + np.abs(mean)), scale, 1.0)
