"""Polynomials with random coefficients."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval, check_nonnegative
from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian
from yingshe.tasks.gp_prior import GPPrior, bayesian_linear_regression


class Polynomial(GPPrior):
    """Random polynomials y = Σ_j c_j P_j(x) + ε, j = 0 … degree, for each output.

    | symbol | distribution |
    |---|---|
    | c_j | N(0, scale² / (degree + 1)) |
    | P_j | Legendre polynomials times √(2j + 1), so that each has mean square 1 on [−1, 1] |
    | x | U(x_range) |
    | ε | N(0, noise_std² I) |

    All degrees contribute equally, and the variance on [−1, 1] is scale² for every `degree`.
    Oracle: Bayesian linear regression in that basis, exact.

    Args:
        degree: Largest power of x.
        y_dim: Number of outputs.
        noise_std: Standard deviation of the noise.
        scale: Standard deviation of the functions on [−1, 1].
        x_range: Smallest and largest input.

    Raises:
        UserError: If the degree or the noise is negative, or x_range runs backwards.
    """

    degree: int = eqx.field(static=True, default=3)
    y_dim: int = eqx.field(static=True, default=1)
    noise_std: float = eqx.field(static=True, default=0.1)
    scale: float = eqx.field(static=True, default=1.0)
    x_range: tuple[float, float] = eqx.field(static=True, default=(-1.0, 1.0))
    x_dim: int = eqx.field(static=True, default=1, init=False)

    def __check_init__(self):
        if self.degree < 0:
            raise UserError(f"degree must be 0 or more, got {self.degree}.")
        check_nonnegative("noise_std", self.noise_std)
        check_interval("x_range", self.x_range)

    def sample_inputs(self, key: PRNGKeyArray, n: int) -> Float[Array, "n 1"]:
        low, high = self.x_range
        return jax.random.uniform(key, (n, 1), minval=low, maxval=high)

    def sample_function(self, key: PRNGKeyArray, x: Float[Array, "n 1"]) -> Float[Array, "n y_dim"]:
        coefficients = jax.random.normal(key, (self.degree + 1, self.y_dim))
        return self._coefficient_scale * self._basis(x) @ coefficients

    def covariance(self, x: Float[Array, "n 1"], x2: Float[Array, "m 1"]) -> Float[Array, "n m"]:
        return self._coefficient_scale**2 * self._basis(x) @ self._basis(x2).T

    @property
    def oracle(self):
        return self._posterior_predictive

    def _posterior_predictive(self, support: Pairs, x: Float[Array, "m 1"]) -> Gaussian:
        prior_scale = jnp.full(self.degree + 1, self._coefficient_scale)
        return bayesian_linear_regression(
            self._basis(support.x), self._basis(x), prior_scale, support, self.noise_std
        )

    @property
    def _coefficient_scale(self) -> float:
        return self.scale / (self.degree + 1) ** 0.5

    def _basis(self, x: Float[Array, "n 1"]) -> Float[Array, "n p"]:
        """Evaluate the basis by (j + 1) P_{j+1} = (2j + 1) x P_j − j P_{j−1}."""
        legendre = [jnp.ones_like(x), x]
        for j in range(1, self.degree):
            legendre.append(((2 * j + 1) * x * legendre[j] - j * legendre[j - 1]) / (j + 1))
        columns = jnp.concatenate(legendre[: self.degree + 1], axis=1)
        return columns * jnp.sqrt(2 * jnp.arange(self.degree + 1) + 1.0)
