"""Mixtures of families."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.prediction import Gaussian, GaussianMixture, Prediction
from yingshe.tasks.base import Family, HasMarginalLikelihood
from yingshe.tasks.gaussian_process import GaussianProcess
from yingshe.tasks.sawtooth import Sawtooth


class Mixture(Family):
    """Mixture of families: each task comes from one of them, all equally probable.

    By default the mixture of Gordon et al., Convolutional Conditional Neural Processes, 2020, and
    of the package `neuralprocesses`: Gaussian processes with the EQ, Matérn-5/2 and weakly
    periodic kernels, and sawtooth waves.

    Oracle: the members' predictions, weighted by the marginal likelihood of the support under each.
    It is known if every member has an oracle and a `log_marginal_likelihood`, and exact if all draw
    x from the same distribution. With several outputs it is exact for each output, not jointly.

    Args:
        families: Members.

    Raises:
        UserError: If there is no family, or their numbers of inputs or outputs differ.
    """

    families: tuple[Family, ...] = (
        GaussianProcess(kernel="eq"),
        GaussianProcess(kernel="matern52"),
        GaussianProcess(kernel="weakly_periodic"),
        Sawtooth(),
    )
    x_dim: int = eqx.field(static=True, init=False)
    y_dim: int = eqx.field(static=True, init=False)

    def __post_init__(self):
        shapes = {(family.x_dim, family.y_dim) for family in self.families}
        if len(shapes) != 1:
            raise UserError(
                f"The families have (inputs, outputs) {sorted(shapes)}; "
                "a mixture needs one family or more, all with the same numbers."
            )
        ((self.x_dim, self.y_dim),) = shapes

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        choice_key, task_key = jax.random.split(key)
        choice = jax.random.randint(choice_key, (), 0, len(self.families))
        draws = [lambda key, family=family: family.sample(key, n) for family in self.families]
        return jax.lax.switch(choice, draws, task_key)

    @property
    def oracle(self):
        is_known = all(
            f.oracle is not None and isinstance(f, HasMarginalLikelihood) for f in self.families
        )
        return self._posterior_predictive if is_known else None

    def log_marginal_likelihood(self, pairs: Pairs) -> Float[Array, ""]:
        """Return log p(y | x) of the real pairs in nats; every member must have one.

        Args:
            pairs: n pairs of one task.

        Returns:
            Log marginal likelihood.
        """
        return jax.nn.logsumexp(self._log_marginal_likelihoods(pairs)) - math.log(
            len(self.families)
        )

    def _log_marginal_likelihoods(self, pairs: Pairs) -> Float[Array, " families"]:
        members = [family for family in self.families if isinstance(family, HasMarginalLikelihood)]
        return jnp.stack([family.log_marginal_likelihood(pairs) for family in members])

    def _posterior_predictive(self, support: Pairs, x: Float[Array, "m x_dim"]) -> GaussianMixture:
        log_weights = jax.nn.log_softmax(self._log_marginal_likelihoods(support))
        oracles = [family.oracle for family in self.families]
        parts = [_as_mixture(oracle(support, x)) for oracle in oracles if oracle is not None]
        logits = [
            jax.nn.log_softmax(part.logits) + log_weight
            for part, log_weight in zip(parts, log_weights, strict=True)
        ]
        return GaussianMixture(
            logits=jnp.concatenate(logits, axis=-1),
            means=jnp.concatenate([part.means for part in parts], axis=-1),
            variances=jnp.concatenate([part.variances for part in parts], axis=-1),
        )


def _as_mixture(prediction: Prediction) -> GaussianMixture:
    if isinstance(prediction, GaussianMixture):
        return prediction
    if isinstance(prediction, Gaussian):
        mean, variance = prediction.mean[..., None], prediction.variance[..., None]
        return GaussianMixture(logits=jnp.zeros_like(mean), means=mean, variances=variance)
    raise UserError(f"Mixture cannot weight predictions of kind {type(prediction).__name__}.")
