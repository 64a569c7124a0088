"""Linear functions with random coefficients."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_nonnegative
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian
from yingshe.tasks.gp_prior import GPPrior, bayesian_linear_regression


class Linear(GPPrior):
    """Random linear functions y = W x + b + ε, one for each output.

    | symbol | distribution |
    |---|---|
    | W, one row per output | N(0, coefficient_scale² I) |
    | b | N(0, intercept_scale² I) |
    | x | N(0, I) |
    | ε | N(0, noise_std² I) |

    Oracle: Bayesian linear regression with that prior, exact. With `intercept_scale=0` and
    x_dim = 20 these are the linear functions of Garg et al., What Can Transformers Learn
    In-Context?, 2022.

    Args:
        x_dim: Number of inputs.
        y_dim: Number of outputs.
        noise_std: Standard deviation of the noise.
        coefficient_scale: Standard deviation of the coefficients.
        intercept_scale: Standard deviation of the intercept.

    Raises:
        UserError: If the noise is negative.
    """

    x_dim: int = eqx.field(static=True, default=1)
    y_dim: int = eqx.field(static=True, default=1)
    noise_std: float = eqx.field(static=True, default=0.1)
    coefficient_scale: float = eqx.field(static=True, default=1.0)
    intercept_scale: float = eqx.field(static=True, default=1.0)

    def __check_init__(self):
        check_nonnegative("noise_std", self.noise_std)

    def sample_inputs(self, key: PRNGKeyArray, n: int) -> Float[Array, "n x_dim"]:
        return jax.random.normal(key, (n, self.x_dim))

    def sample_function(
        self, key: PRNGKeyArray, x: Float[Array, "n x_dim"]
    ) -> Float[Array, "n y_dim"]:
        w_key, b_key = jax.random.split(key)
        w = self.coefficient_scale * jax.random.normal(w_key, (self.x_dim, self.y_dim))
        b = self.intercept_scale * jax.random.normal(b_key, (self.y_dim,))
        return x @ w + b

    def covariance(
        self, x: Float[Array, "n x_dim"], x2: Float[Array, "m x_dim"]
    ) -> Float[Array, "n m"]:
        return self.coefficient_scale**2 * (x @ x2.T) + self.intercept_scale**2

    @property
    def oracle(self):
        return self._posterior_predictive

    def _posterior_predictive(self, support: Pairs, x: Float[Array, "m x_dim"]) -> Gaussian:
        prior_scale = jnp.full(self.x_dim + 1, self.coefficient_scale)
        prior_scale = prior_scale.at[-1].set(self.intercept_scale)
        return bayesian_linear_regression(
            _with_ones(support.x), _with_ones(x), prior_scale, support, self.noise_std
        )


def _with_ones(x: Float[Array, "n d"]) -> Float[Array, "n d1"]:
    return jnp.concatenate([x, jnp.ones((x.shape[0], 1))], axis=1)
