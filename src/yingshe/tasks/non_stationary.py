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
from yingshe.tasks.gp_prior import GPPrior, condition
from yingshe.tasks.linear import Linear

How = Literal["gradual", "abrupt"]


class NonStationary(Family):
    """The task of another family, which is not the same at pair t + 1 as at pair t.

    | how | task at pair t |
    |---|---|
    | gradual | f_t = a f_{t−1} + √(1 − a²) g_t: an Ornstein–Uhlenbeck process in function space |
    | abrupt | f_t = f_{t−1} with probability a, else g_t: a new task at unknown moments |

    | symbol | distribution |
    |---|---|
    | a | `correlation`: that of the tasks at two consecutive pairs |
    | f_0, g_1, g_2, … | tasks of the family, independent |

    In both the covariance of f_s(x) and f_t(x') is the family's times a^|s−t|, and half of what is
    known of the task is lost after log(½) / log(a) pairs. A gradual drift keeps a family of zero
    mean as it is; the mean of another grows with t. It needs a `FunctionPrior`; an abrupt one
    works with any.

    Limit, where the family is Gaussian (`Linear`, `Polynomial`, `GaussianProcess`): gradual, that
    Gaussian process; abrupt, the posterior over the moment of the last change (Adams and MacKay,
    Bayesian Online Changepoint Detection, 2007), exact for each output. The query comes one step
    after the last real pair of the support.

    Raises UserError where the correlation is not in [0, 1], `how` is unknown, or a gradual drift is
    asked of a family that has no functions.
    """

    family: Family = Linear()
    how: How = eqx.field(static=True, default="gradual")
    correlation: float = eqx.field(static=True, default=0.95)

    x_dim: int = eqx.field(static=True, init=False)
    y_dim: int = eqx.field(static=True, init=False)

    def __post_init__(self):
        self.x_dim, self.y_dim = self.family.x_dim, self.family.y_dim
        if self.how not in get_args(How):
            raise UserError(f"Unknown drift '{self.how}'." + did_you_mean(self.how, get_args(How)))
        if not 0 <= self.correlation <= 1:
            raise UserError(f"correlation is {self.correlation}; it must be from 0 to 1.")
        if self.how == "gradual" and not isinstance(self.family, FunctionPrior):
            raise UserError(
                f"{type(self.family).__name__} tasks cannot drift gradually, because they are not "
                "functions that can be added up; use how='abrupt'."
            )

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        if self.how == "gradual" and isinstance(self.family, FunctionPrior):
            return _sample_gradual(self.family, self.correlation, key, n)
        return _sample_abrupt(self.family, self.correlation, key, n)

    @property
    def oracle(self):
        if not isinstance(self.family, GPPrior):
            return None
        return self._after_drift if self.how == "gradual" else self._after_changes

    def _after_drift(self, support: Pairs, x: Float[Array, "m x_dim"]) -> Gaussian:
        family = self._gaussian
        step = jnp.cumsum(support.mask) - 1  # padding takes no time
        age = jnp.sum(support.mask) - step
        decay = self.correlation ** jnp.abs(step[:, None] - step)
        covariance = family.covariance(support.x, support.x) * decay
        cross = family.covariance(support.x, x) * (self.correlation**age)[:, None]
        return condition(covariance, cross, family.variance(x), support, family.noise)

    def _after_changes(self, support: Pairs, x: Float[Array, "m x_dim"]) -> GaussianMixture:
        family = self._gaussian
        order = jnp.argsort(~support.mask, stable=True)  # padding last, so that rows are steps
        support = Pairs(support.x[order], support.y[order], support.mask[order])
        covariance = family.covariance(support.x, support.x)
        cross = family.covariance(support.x, x)
        return changepoint_predictive(
            covariance, cross, family.variance(x), support, family.noise, self.correlation
        )

    @property
    def _gaussian(self) -> GPPrior:
        if isinstance(self.family, GPPrior):
            return self.family
        raise UserError(f"{type(self.family).__name__} is not Gaussian: its drift has no oracle.")


def _sample_gradual(family: FunctionPrior, correlation: float, key: PRNGKeyArray, n: int) -> Pairs:
    function_key, x_key, noise_key = jax.random.split(key, 3)
    x = family.sample_inputs(x_key, n)
    draws = jax.vmap(lambda key: family.sample_function(key, x))(jax.random.split(function_key, n))

    def step(f, draw):
        f = correlation * f + (1 - correlation**2) ** 0.5 * draw
        return f, f

    _, later = jax.lax.scan(step, draws[0], draws[1:])
    f_t = jnp.concatenate([draws[:1], later])  # (n, n, y_dim): row t is f_t at every input
    t = jnp.arange(n)
    f = f_t[t, t]
    return Pairs(x, f + family.noise * jax.random.normal(noise_key, f.shape))


def _sample_abrupt(family: Family, correlation: float, key: PRNGKeyArray, n: int) -> Pairs:
    change_key, task_key = jax.random.split(key)
    changes = jax.random.bernoulli(change_key, 1 - correlation, (n,)).at[0].set(False)
    task = jnp.cumsum(changes)  # the number of the task that is in force at pair t
    tasks = jax.vmap(lambda key: family.sample(key, n))(jax.random.split(task_key, n))
    t = jnp.arange(n)
    return jax.tree.map(lambda leaf: leaf[task, t], tasks)
