"""Predictions against scipy and against their own samples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from yingshe.errors import UserError
from yingshe.prediction import Categorical, Gaussian, GaussianMixture, PointEstimate

MEAN, VARIANCE = jnp.array([1.0, -2.0]), jnp.array([0.25, 4.0])
MIXTURE = GaussianMixture(
    jnp.log(jnp.array([[0.3, 0.7]])), jnp.array([[-1.0, 2.0]]), jnp.array([[0.04, 0.25]])
)

CONTINUOUS = [Gaussian(MEAN, VARIANCE), MIXTURE]


def _mixture_cdf(y: float) -> float:
    return 0.3 * stats.norm.cdf(y, -1, 0.2) + 0.7 * stats.norm.cdf(y, 2, 0.5)


def test_gaussian_is_scipys():
    prediction, y = Gaussian(MEAN, VARIANCE), jnp.array([0.3, 1.0])
    wanted = stats.norm.logpdf(y, MEAN, np.sqrt(VARIANCE)).sum()
    np.testing.assert_allclose(prediction.log_prob(y), wanted, rtol=1e-5)
    np.testing.assert_allclose(
        prediction.quantile(0.9), stats.norm.ppf(0.9, MEAN, np.sqrt(VARIANCE)), rtol=1e-5
    )


def test_mixture_by_hand():
    density = 0.3 * stats.norm.pdf(0.5, -1, 0.2) + 0.7 * stats.norm.pdf(0.5, 2, 0.5)
    np.testing.assert_allclose(MIXTURE.log_prob(jnp.array([0.5])), np.log(density), rtol=1e-5)
    np.testing.assert_allclose(MIXTURE.mean, [0.3 * -1 + 0.7 * 2], rtol=1e-6)
    second_moment = 0.3 * (0.04 + 1) + 0.7 * (0.25 + 4)
    np.testing.assert_allclose(MIXTURE.variance, [second_moment - 1.1**2], rtol=1e-5)


@pytest.mark.parametrize("probability", [0.05, 0.3, 0.5, 0.95])
def test_mixture_quantile_inverts_its_distribution(probability):
    quantile = float(MIXTURE.quantile(probability)[0])
    assert _mixture_cdf(quantile) == pytest.approx(probability, abs=1e-5)


@pytest.mark.parametrize("prediction", CONTINUOUS, ids=["gaussian", "mixture"])
def test_samples_have_the_mean_and_variance(prediction):
    samples = jax.vmap(prediction.sample)(jax.random.split(jax.random.key(0), 20_000))
    scale = np.sqrt(np.asarray(prediction.variance))
    np.testing.assert_allclose(samples.mean(0), prediction.mean, atol=4 * scale.max() / 141)
    np.testing.assert_allclose(samples.var(0), prediction.variance, rtol=0.06)


@pytest.mark.parametrize("prediction", CONTINUOUS, ids=["gaussian", "mixture"])
def test_rescaling_changes_units_and_keeps_probability(prediction):
    y, shift, scale = jnp.ones(prediction.mean.shape) * 0.4, 5.0, 3.0
    other = prediction.affine(jnp.asarray(shift), jnp.asarray(scale))
    log_jacobian = np.log(scale) * y.size
    np.testing.assert_allclose(
        other.log_prob(shift + scale * y), prediction.log_prob(y) - log_jacobian, rtol=1e-5
    )


def test_categorical_by_hand():
    prediction = Categorical(jnp.log(jnp.array([0.2, 0.5, 0.3])))
    np.testing.assert_allclose(prediction.probs, [0.2, 0.5, 0.3], rtol=1e-6)
    np.testing.assert_allclose(prediction.loss(jnp.array([0.0, 1.0, 0.0])), -np.log(0.5), rtol=1e-6)
    drawn = jax.vmap(prediction.sample)(jax.random.split(jax.random.key(0), 5000))
    np.testing.assert_allclose(drawn.mean(0), prediction.probs, atol=0.03)


def test_point_says_what_it_cannot():
    prediction = PointEstimate(MEAN)
    assert float(prediction.loss(MEAN + 2)) == pytest.approx(8.0)
    with pytest.raises(UserError, match="likelihood='gaussian'"):
        _ = prediction.variance
