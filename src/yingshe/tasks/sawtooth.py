"""Sawtooth waves: functions with jumps, which no Gaussian process describes."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval, check_nonnegative
from yingshe.pairs import Pairs
from yingshe.prediction import GaussianMixture
from yingshe.tasks._quadrature import (
    Posterior,
    adaptive_quadrature,
    mixture_prediction,
    num_refinements,
    smoothed_log_density,
    smoothed_variance,
)
from yingshe.tasks.base import FunctionPrior

_CELLS = (160, 40)  # of the first grid over signed frequency (half of them for each sign) and phase
_POINTS = 4096
_RESOLUTION = 1e-3  # of y: the noise floor of the quadrature


class Sawtooth(FunctionPrior):
    """Sawtooth waves y = (ω d x − φ) mod 1 + ε: rising or falling teeth of height 1.

    | symbol | distribution |
    |---|---|
    | ω | U(frequency), in teeth per unit of x |
    | d | −1 or +1, equally probable |
    | φ | U[0, 1] |
    | x | U(x_range) |
    | ε | N(0, noise_std²) |

    In the form ω (d x − φ/ω) mod 1 these are the sawtooth waves of Gordon et al., Convolutional
    Conditional Neural Processes, 2020 (package `neuralprocesses`, `data/sawtooth.py`).
    Oracle: the posterior over (ω, d, φ) by quadrature. Its prediction is a mixture: near a jump, y
    lies on one side or the other. Once the wave is known, log p(y) = −½ log(2πe noise_std²) per
    pair.

    Args:
        noise_std: Standard deviation of the noise.
        frequency: Smallest and largest ω.
        x_range: Smallest and largest input.

    Raises:
        UserError: If an interval runs backwards, a frequency is not positive, or the noise is
            negative.
    """

    noise_std: float = eqx.field(static=True, default=0.05)
    frequency: tuple[float, float] = eqx.field(static=True, default=(3.0, 5.0))
    x_range: tuple[float, float] = eqx.field(static=True, default=(-2.0, 2.0))
    x_dim: int = eqx.field(static=True, default=1, init=False)
    y_dim: int = eqx.field(static=True, default=1, init=False)

    def __check_init__(self):
        check_nonnegative("noise_std", self.noise_std)
        check_interval("frequency", self.frequency, positive=True)
        check_interval("x_range", self.x_range)

    def sample_inputs(self, key: PRNGKeyArray, n: int) -> Float[Array, "n 1"]:
        low, high = self.x_range
        return jax.random.uniform(key, (n, 1), minval=low, maxval=high)

    def sample_function(self, key: PRNGKeyArray, x: Float[Array, "n 1"]) -> Float[Array, "n 1"]:
        frequency_key, direction_key, phase_key = jax.random.split(key, 3)
        low, high = self.frequency
        frequency = jax.random.uniform(frequency_key, minval=low, maxval=high)
        direction = jax.random.rademacher(direction_key)
        phase = jax.random.uniform(phase_key)
        return (direction * frequency * x - phase) % 1.0

    def log_marginal_likelihood(self, pairs: Pairs) -> Float[Array, ""]:
        """Return log p(y | x) of the real pairs in nats, by quadrature.

        Args:
            pairs: n pairs of one task.

        Returns:
            Log marginal likelihood.
        """
        return self._posterior(pairs).log_marginal_likelihood

    @property
    def oracle(self):
        return self._posterior_predictive

    def _posterior_predictive(self, support: Pairs, x: Float[Array, "m 1"]) -> GaussianMixture:
        posterior = self._posterior(support)
        frequency = self._signed_frequency(posterior.points[:, :1])
        values = (frequency * x[:, 0] - posterior.points[:, 1:]) % 1.0  # (points, m)
        return mixture_prediction(values, posterior.log_weights, self._noise_floor)

    def _posterior(self, support: Pairs) -> Posterior:
        x, y = support.x[:, 0], support.y[:, 0]
        low, high = self.frequency

        def log_likelihood(theta, half_width):
            value = (self._signed_frequency(theta[0]) * x - theta[1]) % 1.0
            half_range = jnp.abs(x) * (high - low) * half_width[0] + half_width[1]
            error = y - value
            # A cell with a jump holds values of both sides of it.
            below = jnp.where(value + half_range > 1.0, jnp.abs(error + 1.0), jnp.inf)
            above = jnp.where(value < half_range, jnp.abs(error - 1.0), jnp.inf)
            error = jnp.minimum(jnp.abs(error), jnp.minimum(below, above))
            noise_std, mask = self._noise_floor, support.mask
            variance = smoothed_variance(half_range, noise_std, mask)
            return smoothed_log_density(error, variance, noise_std, mask, num_parameters=2)

        largest_x = max(map(abs, self.x_range))
        half_range = largest_x * (high - low) / _CELLS[0] + 0.5 / _CELLS[1]
        refinements = num_refinements(half_range * math.sqrt(len(support) + 1), self._noise_floor)
        return adaptive_quadrature(
            log_likelihood, (-1.0, 0.0), (1.0, 1.0), _CELLS, refinements, _POINTS
        )

    def _signed_frequency(self, position: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return d ω for a position in [−1, 1): its sign is d, its size from low to high."""
        low, high = self.frequency
        return jnp.where(position < 0, -low, low) + (high - low) * position

    @property
    def _noise_floor(self) -> float:
        return max(self.noise_std, _RESOLUTION)
