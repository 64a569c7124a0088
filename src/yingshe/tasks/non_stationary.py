"""Tasks that change along the sequence."""

from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError, did_you_mean
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian, GaussianMixture
from yingshe.tasks._changepoints import changepoint_predictive
from yingshe.tasks.base import Family, FunctionPrior
from yingshe.tasks.gp_prior import GPPrior, gp_posterior_predictive
from yingshe.tasks.linear import Linear

DriftKind = Literal["gradual", "abrupt"]


class NonStationary(Family):
    """Non-stationary tasks: the task of another family, changing from pair to pair.

    | kind | task at pair t |
    |---|---|
    | gradual | f_t = a f_{t−1} + √(1 − a²) g_t: an Ornstein–Uhlenbeck process in function space |
    | abrupt | f_t = f_{t−1} with probability a, else g_t: a new task at an unknown time |

    | symbol | distribution |
    |---|---|
    | a | `autocorrelation` of the tasks at two consecutive pairs |
    | f_0, g_1, g_2, … | tasks of the family, independent |

    In both cases the covariance of f_s(x) and f_t(x') is the family's times a^|s−t|. Half of the
    information about the task is lost after log(½) / log(a) pairs. A gradual drift needs a
    `FunctionPrior` and preserves its distribution if the mean is zero; any other mean grows with t.
    An abrupt drift works with any family.

    Oracle, if the family is Gaussian (`Linear`, `Polynomial`, `GaussianProcess`): for a gradual
    drift that Gaussian process; for an abrupt one the posterior over the last changepoint, exact
    for each output. The query comes one step after the last real pair of the support.

    Args:
        family: Family of the tasks.
        kind: "gradual" or "abrupt".
        autocorrelation: a, from 0 to 1; 1 − a is the hazard of an abrupt drift.

    Raises:
        UserError: If the autocorrelation is not in [0, 1], the kind is unknown, or the drift is
            gradual and the family is no `FunctionPrior`.

    References:
        Adams & MacKay, Bayesian Online Changepoint Detection, 2007.
    """

    family: Family = Linear()
    kind: DriftKind = eqx.field(static=True, default="gradual")
    autocorrelation: float = eqx.field(static=True, default=0.95)

    x_dim: int = eqx.field(static=True, init=False)
    y_dim: int = eqx.field(static=True, init=False)

    def __post_init__(self):
        self.x_dim, self.y_dim = self.family.x_dim, self.family.y_dim
        kinds = get_args(DriftKind)
        if self.kind not in kinds:
            raise UserError(f"Unknown kind '{self.kind}'." + did_you_mean(self.kind, kinds))
        if not 0 <= self.autocorrelation <= 1:
            raise UserError(f"autocorrelation must be in [0, 1], got {self.autocorrelation}.")
        if self.kind == "gradual" and not isinstance(self.family, FunctionPrior):
            raise UserError(
                f"{type(self.family).__name__} tasks cannot drift gradually, because they are not "
                "functions that can be added; use kind='abrupt'."
            )

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        if self.kind == "gradual" and isinstance(self.family, FunctionPrior):
            return _sample_gradual(self.family, self.autocorrelation, key, n)
        return _sample_abrupt(self.family, self.autocorrelation, key, n)

    @property
    def oracle(self):
        if not isinstance(self.family, GPPrior):
            return None
        return self._predict_gradual if self.kind == "gradual" else self._predict_abrupt

    def _predict_gradual(self, support: Pairs, x: Float[Array, "m x_dim"]) -> Gaussian:
        family = self._gaussian
        step = jnp.cumsum(support.mask) - 1  # padding takes no time
        age = jnp.sum(support.mask) - step
        decay = self.autocorrelation ** jnp.abs(step[:, None] - step)
        covariance = family.covariance(support.x, support.x) * decay
        cross_covariance = family.covariance(support.x, x) * (self.autocorrelation**age)[:, None]
        return gp_posterior_predictive(
            covariance, cross_covariance, family.variance(x), support, family.noise_std
        )

    def _predict_abrupt(self, support: Pairs, x: Float[Array, "m x_dim"]) -> GaussianMixture:
        family = self._gaussian
        order = jnp.argsort(~support.mask, stable=True)  # padding last, so that rows are steps
        support = Pairs(support.x[order], support.y[order], support.mask[order])
        covariance = family.covariance(support.x, support.x)
        cross_covariance = family.covariance(support.x, x)
        return changepoint_predictive(
            covariance,
            cross_covariance,
            family.variance(x),
            support,
            family.noise_std,
            1 - self.autocorrelation,
        )

    @property
    def _gaussian(self) -> GPPrior:
        if isinstance(self.family, GPPrior):
            return self.family
        raise UserError(f"{type(self.family).__name__} is not Gaussian: its drift has no oracle.")


def _sample_gradual(
    family: FunctionPrior, autocorrelation: float, key: PRNGKeyArray, n: int
) -> Pairs:
    function_key, x_key, noise_key = jax.random.split(key, 3)
    x = family.sample_inputs(x_key, n)
    draws = jax.vmap(lambda key: family.sample_function(key, x))(jax.random.split(function_key, n))

    def step(f, draw):
        f = autocorrelation * f + (1 - autocorrelation**2) ** 0.5 * draw
        return f, f

    _, later = jax.lax.scan(step, draws[0], draws[1:])
    f_t = jnp.concatenate([draws[:1], later])  # (n, n, y_dim): row t is f_t at every input
    t = jnp.arange(n)
    f = f_t[t, t]
    return Pairs(x, f + family.noise_std * jax.random.normal(noise_key, f.shape))


def _sample_abrupt(family: Family, autocorrelation: float, key: PRNGKeyArray, n: int) -> Pairs:
    change_key, task_key = jax.random.split(key)
    changes = jax.random.bernoulli(change_key, 1 - autocorrelation, (n,)).at[0].set(False)
    task = jnp.cumsum(changes)  # the number of the task at pair t
    tasks = jax.vmap(lambda key: family.sample(key, n))(jax.random.split(task_key, n))
    t = jnp.arange(n)
    return jax.tree.map(lambda leaf: leaf[task, t], tasks)
