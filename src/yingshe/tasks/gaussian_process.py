"""Functions drawn from a Gaussian process with a standard kernel."""

from collections.abc import Callable
from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval, check_nonnegative
from yingshe.errors import UserError, did_you_mean
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian
from yingshe.tasks.gp_prior import GPPrior, gp_posterior_predictive, noisy_cholesky

Kernel = Literal["eq", "matern52", "weakly_periodic"]


class GaussianProcess(GPPrior):
    """Gaussian process functions y = f(x) + ε with f ~ GP(0, k), for each output.

    | symbol | distribution |
    |---|---|
    | x | U(x_range) in each input |
    | f | GP(0, k), k of variance 1, by `kernel` |
    | ε | N(0, noise_std² I); by default of variance 0.05 |

    With r = ‖x − x'‖ and ℓ = length_scale · √x_dim:

    | kernel | k(r) |
    |---|---|
    | eq | exp(−r² / 2ℓ²) |
    | matern52 | (1 + √5 r/ℓ + 5r²/3ℓ²) exp(−√5 r/ℓ) |
    | weakly_periodic | exp(−r² / 8ℓ²) · exp(−2 Σ_i sin²(π (x_i − x'_i) / ℓ)) |

    Weakly periodic functions repeat with period ℓ and decorrelate over 2ℓ. The defaults are the
    one-dimensional benchmark of Bruinsma et al., The Gaussian Neural Process, 2021, and of the
    package `neuralprocesses` (`data/predefined.py`): x in [−2, 2] and ℓ = 0.25, hence period 0.25
    and an envelope of 0.5. Move x_range to evaluate out of range. Oracle: the posterior of that
    process, exact.

    Args:
        kernel: "eq", "matern52" or "weakly_periodic".
        x_dim: Number of inputs.
        y_dim: Number of outputs.
        length_scale: Length scale of the kernel; it is multiplied by √x_dim.
        noise_std: Standard deviation of the noise.
        x_range: Smallest and largest input.

    Raises:
        UserError: If the kernel is unknown, the length scale is not positive, the noise is
            negative, or x_range runs backwards.
    """

    kernel: Kernel = eqx.field(static=True, default="eq")
    x_dim: int = eqx.field(static=True, default=1)
    y_dim: int = eqx.field(static=True, default=1)
    length_scale: float = eqx.field(static=True, default=0.25)
    noise_std: float = eqx.field(static=True, default=0.05**0.5)
    x_range: tuple[float, float] = eqx.field(static=True, default=(-2.0, 2.0))

    def __check_init__(self):
        if self.kernel not in get_args(Kernel):
            kernels = get_args(Kernel)
            raise UserError(f"Unknown kernel '{self.kernel}'." + did_you_mean(self.kernel, kernels))
        if self.length_scale <= 0:
            raise UserError(f"length_scale must be above 0, got {self.length_scale}.")
        check_nonnegative("noise_std", self.noise_std)
        check_interval("x_range", self.x_range)

    def sample_inputs(self, key: PRNGKeyArray, n: int) -> Float[Array, "n x_dim"]:
        low, high = self.x_range
        return jax.random.uniform(key, (n, self.x_dim), minval=low, maxval=high)

    def sample_function(
        self, key: PRNGKeyArray, x: Float[Array, "n x_dim"]
    ) -> Float[Array, "n y_dim"]:
        factor = noisy_cholesky(self.covariance(x, x), jnp.ones(len(x), bool), noise_std=0.0)
        return factor @ jax.random.normal(key, (len(x), self.y_dim))

    def covariance(
        self, x: Float[Array, "n x_dim"], x2: Float[Array, "m x_dim"]
    ) -> Float[Array, "n m"]:
        length_scale = self.length_scale * self.x_dim**0.5
        return _KERNELS[self.kernel](x / length_scale, x2 / length_scale)

    @property
    def oracle(self):
        return self._posterior_predictive

    def _posterior_predictive(self, support: Pairs, x: Float[Array, "m x_dim"]) -> Gaussian:
        covariance = self.covariance(support.x, support.x)
        cross_covariance = self.covariance(support.x, x)
        return gp_posterior_predictive(
            covariance, cross_covariance, self.variance(x), support, self.noise_std
        )


def _eq(x: Float[Array, "n x_dim"], x2: Float[Array, "m x_dim"]) -> Float[Array, "n m"]:
    return jnp.exp(-0.5 * jnp.sum((x[:, None] - x2) ** 2, axis=-1))


def _matern52(x: Float[Array, "n x_dim"], x2: Float[Array, "m x_dim"]) -> Float[Array, "n m"]:
    r = jnp.sqrt(5.0 * jnp.sum((x[:, None] - x2) ** 2, axis=-1))
    return (1 + r + r**2 / 3) * jnp.exp(-r)


def _weakly_periodic(
    x: Float[Array, "n x_dim"], x2: Float[Array, "m x_dim"]
) -> Float[Array, "n m"]:
    # An EQ kernel of inputs wound on a circle. The sine of a difference is the same on paper, but
    # its rounding errors, unlike those of places on the circle, can spoil positive-definiteness.
    return _eq(x / 2, x2 / 2) * _eq(_on_circle(x), _on_circle(x2))


def _on_circle(x: Float[Array, "n x_dim"]) -> Float[Array, "n twice_x_dim"]:
    turns = 2 * jnp.pi * (x - jnp.round(x))
    return jnp.concatenate([jnp.cos(turns), jnp.sin(turns)], axis=-1)


_KERNELS: dict[str, Callable[[Float[Array, "n x_dim"], Float[Array, "m x_dim"]], Array]] = {
    "eq": _eq,
    "matern52": _matern52,
    "weakly_periodic": _weakly_periodic,
}
