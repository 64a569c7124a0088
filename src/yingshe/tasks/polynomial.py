"""Polynomials with random coefficients."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval, check_nonnegative
from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian
from yingshe.tasks.gp_prior import GPPrior, regress


class Polynomial(GPPrior):
    """y = Σ_j c_j P_j(x) + ε, j = 0 … degree, for each output.

    | symbol | distribution |
    |---|---|
    | c_j | N(0, scale² / (degree + 1)) |
    | P_j | Legendre polynomials times √(2j + 1), so that each has mean square 1 on [−1, 1] |
    | x | U(x_range) |
    | ε | N(0, noise² I) |

    Every degree has an equal share in a function whose variance on [−1, 1] is scale², whatever the
    degree. Limit: Bayesian linear regression in that basis, exact.

    Raises UserError where the degree or the noise is negative, or x_range runs backwards.
    """

    degree: int = eqx.field(static=True, default=3)
    y_dim: int = eqx.field(static=True, default=1)
    noise: float = eqx.field(static=True, default=0.1)
    scale: float = eqx.field(static=True, default=1.0)
    x_range: tuple[float, float] = eqx.field(static=True, default=(-1.0, 1.0))
    x_dim: int = eqx.field(static=True, default=1, init=False)

    def __check_init__(self):
        if self.degree < 0:
            raise UserError(f"degree is {self.degree}; it must be 0 or more.")
        check_nonnegative("noise", self.noise)
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
        return regress(self._basis(support.x), self._basis(x), prior_scale, support, self.noise)

    @property
    def _coefficient_scale(self) -> float:
        return self.scale / (self.degree + 1) ** 0.5

    def _basis(self, x: Float[Array, "n 1"]) -> Float[Array, "n p"]:
        """By the recurrence (j + 1) P_{j+1} = (2j + 1) x P_j − j P_{j−1}."""
        legendre = [jnp.ones_like(x), x]
        for j in range(1, self.degree):
            legendre.append(((2 * j + 1) * x * legendre[j] - j * legendre[j - 1]) / (j + 1))
        columns = jnp.concatenate(legendre[: self.degree + 1], axis=1)
        return columns * jnp.sqrt(2 * jnp.arange(self.degree + 1) + 1.0)
