"""Sinusoids of random amplitude, phase and frequency."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import log_ndtr, ndtr, ndtri
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval, check_nonnegative
from yingshe.pairs import Pairs
from yingshe.prediction import GaussianMixture
from yingshe.tasks._quadrature import (
    adaptive_quadrature,
    mixture_prediction,
    num_refinements,
    smoothed_log_density,
    smoothed_variance,
)
from yingshe.tasks.base import FunctionPrior

_CELLS = (128, 64)  # of the first grid over phase and frequency
_POINTS = {1: 64, 2: 1024, 3: 4096}  # by the number of free parameters
_GOLDEN = (5**0.5 - 1) / 2
_RESOLUTION = 4e-5  # of y: the noise floor of the quadrature, in units of the largest amplitude


class Sinusoid(FunctionPrior):
    """Sinusoids y = A sin(ω x − φ) + ε.

    | symbol | distribution |
    |---|---|
    | A | U(amplitude) |
    | φ | U(phase), in radians |
    | ω | U(frequency), in radians per unit of x; fixed by default |
    | x | U(x_range) |
    | ε | N(0, noise_std²); none by default |

    The defaults are the sinusoids of Finn et al., Model-Agnostic Meta-Learning, 2017, sec. 5.1;
    `Sinusoid.meta_sgd()` gives those of Li et al., Meta-SGD, 2017, sec. 4.1, with a random
    frequency. Oracle: the posterior by quadrature over (A, φ, ω).

    Args:
        noise_std: Standard deviation of the noise.
        amplitude: Smallest and largest A.
        phase: Smallest and largest φ, in radians.
        frequency: Smallest and largest ω, in radians per unit of x.
        x_range: Smallest and largest input.

    Raises:
        UserError: If an interval runs backwards, an amplitude or frequency is not positive, or the
            noise is negative.
    """

    noise_std: float = eqx.field(static=True, default=0.0)
    amplitude: tuple[float, float] = eqx.field(static=True, default=(0.1, 5.0))
    phase: tuple[float, float] = eqx.field(static=True, default=(0.0, math.pi))
    frequency: tuple[float, float] = eqx.field(static=True, default=(1.0, 1.0))
    x_range: tuple[float, float] = eqx.field(static=True, default=(-5.0, 5.0))
    x_dim: int = eqx.field(static=True, default=1, init=False)
    y_dim: int = eqx.field(static=True, default=1, init=False)

    def __check_init__(self):
        check_nonnegative("noise_std", self.noise_std)
        check_interval("amplitude", self.amplitude, positive=True)
        check_interval("phase", self.phase)
        check_interval("frequency", self.frequency, positive=True)
        check_interval("x_range", self.x_range)

    @classmethod
    def meta_sgd(cls, noise_std: float = 0.0) -> "Sinusoid":
        """Return the sinusoids of Meta-SGD: ω ~ U[0.8, 1.2] and −φ ~ U[0, π].

        Args:
            noise_std: Standard deviation of the noise.

        Returns:
            Family of A sin(ω x + b) (Li et al., 2017, sec. 4.1).
        """
        return cls(noise_std=noise_std, frequency=(0.8, 1.2), phase=(-math.pi, 0.0))

    def sample_inputs(self, key: PRNGKeyArray, n: int) -> Float[Array, "n 1"]:
        low, high = self.x_range
        return jax.random.uniform(key, (n, 1), minval=low, maxval=high)

    def sample_function(self, key: PRNGKeyArray, x: Float[Array, "n 1"]) -> Float[Array, "n 1"]:
        low, high = zip(self.amplitude, self.phase, self.frequency, strict=True)
        draws = jax.random.uniform(key, (3,), minval=jnp.array(low), maxval=jnp.array(high))
        amplitude, phase, frequency = draws
        return amplitude * jnp.sin(frequency * x - phase)

    @property
    def oracle(self):
        return self._posterior_predictive

    def _posterior_predictive(self, support: Pairs, x: Float[Array, "m 1"]) -> GaussianMixture:
        """Integrate over (φ, ω); given these, the posterior of A is a truncated normal."""
        low, high = zip(self.phase, self.frequency, strict=True)
        free = [b > a for a, b in zip(low, high, strict=True)]
        num_parameters = 1 + sum(free)

        def log_likelihood(theta, half_width):
            return self._amplitude(support, theta, half_width, num_parameters)[2]

        cells = tuple(count if f else 1 for f, count in zip(free, _CELLS, strict=True))
        turn = (high[0] - low[0]) / (2 * cells[0])
        turn += max(map(abs, self.x_range)) * (high[1] - low[1]) / (2 * cells[1])
        half_range = self.amplitude[1] * turn * math.sqrt(len(support) + 1)
        refinements = num_refinements(half_range, self._noise_floor)
        posterior = adaptive_quadrature(
            log_likelihood, low, high, cells, refinements, _POINTS[num_parameters]
        )

        def draw(theta, probability):
            mean, deviation, _ = self._amplitude(support, theta, jnp.zeros(2), num_parameters)
            ends = [ndtr((end - mean) / deviation) for end in self.amplitude]
            quantile = ndtri(ends[0] + probability * (ends[1] - ends[0]))
            amplitude = jnp.clip(mean + deviation * quantile, *self.amplitude)
            return amplitude * jnp.sin(theta[1] * x[:, 0] - theta[0])

        count = len(posterior.points)
        spread = (jnp.arange(count) + 0.5) * _GOLDEN % 1.0
        values = jax.vmap(draw)(posterior.points, spread)  # (points, m)
        return mixture_prediction(values, posterior.log_weights, self._noise_floor)

    def _amplitude(
        self,
        support: Pairs,
        theta: Float[Array, "2"],
        half_width: Float[Array, "2"],
        num_parameters: int,
    ) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
        """Return mean and std of A before truncation, and log p(y | cell of φ and ω)."""
        x, y, mask = support.x[:, 0], support.y[:, 0], support.mask
        low, high = self.amplitude
        wave = jnp.where(mask, jnp.sin(theta[1] * x - theta[0]), 0.0)
        slope = jnp.sqrt(1.0 - wave**2)  # the absolute cosine, at a tenth of its cost
        rough = jnp.clip(wave @ y / (wave @ wave + 1e-6), low, high)
        turn = half_width[0] + jnp.abs(x) * half_width[1]
        half_range = rough * (slope * turn + turn**2 / 2)
        variance = smoothed_variance(half_range, self._noise_floor, mask)
        precision = jnp.sum(wave**2 / variance) + 1e-6 / (high - low + 1e-6) ** 2
        mean = jnp.sum(wave * y / variance) / precision
        deviation = precision**-0.5
        log_mass = _log_normal_mass((low - mean) / deviation, (high - mean) / deviation)
        log_prior = -jnp.log((high - low) / deviation) if high > low else 0.0
        log_density = smoothed_log_density(
            y - mean * wave, variance, self._noise_floor, mask, num_parameters
        )
        return mean, deviation, log_density + log_mass + log_prior

    @property
    def _noise_floor(self) -> float:
        return max(self.noise_std, _RESOLUTION * self.amplitude[1])


def _log_normal_mass(a: Float[Array, ""], b: Float[Array, ""]) -> Float[Array, ""]:
    """Return log(Φ(b) − Φ(a)) for a < b, accurate in both tails."""
    a, b = jnp.where(a > 0, -b, a), jnp.where(a > 0, -a, b)
    upper = log_ndtr(b)
    ratio = jnp.minimum(log_ndtr(a) - upper, -1e-6)
    return upper + jnp.log(-jnp.expm1(ratio))
