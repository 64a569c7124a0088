"""RLS against Bayesian linear regression written out by hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yingshe.learners import RLS, observe_all
from yingshe.pairs import Pairs


def _plain(x_dim: int, noise: float, **options) -> RLS:
    """RLS on (1, x) with a standard normal prior and that noise."""
    learner = RLS(x_dim, 1, num_features=0, **options, key=jax.random.key(0))
    return eqx.tree_at(lambda r: r.log_noise, learner, jnp.asarray(np.log(noise)))


def _posterior(x: np.ndarray, y: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the weights, in float64: (ΦᵀΦ/σ² + I)⁻¹."""
    phi = np.concatenate([np.ones((len(x), 1)), x], axis=1).astype(float)
    covariance = np.linalg.inv(phi.T @ phi / noise**2 + np.eye(phi.shape[1]))
    return covariance @ phi.T @ y.astype(float) / noise**2, covariance


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12))
def test_state_is_the_exact_posterior(seed, n):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 1))
    learner = _plain(3, 0.5)
    pairs = Pairs(x, y, np.arange(12) < n)
    state = _read(learner, pairs)
    mean, covariance = _posterior(x[:n], y[:n], 0.5)
    np.testing.assert_allclose(state.mean, mean, atol=2e-4)
    np.testing.assert_allclose(
        state.sqrt_covariance @ state.sqrt_covariance.T, covariance, atol=2e-4
    )


_read = eqx.filter_jit(lambda learner, pairs: observe_all(learner, learner.init_state(), pairs))


def test_two_points_by_hand():
    # φ = (1, x); the points (0, 1) and (1, 3) without noise: the line 1 + 2x.
    state = _read(_plain(1, 1e-3), Pairs(np.array([[0.0], [1.0]]), np.array([[1.0], [3.0]])))
    np.testing.assert_allclose(state.mean[:, 0], [1.0, 2.0], atol=1e-2)


@pytest.mark.slow
def test_drift_is_the_kernel_times_a_to_the_time_apart():
    learner = _plain(1, 0.3, drift=True)
    a = 1 / (1 + np.exp(-3.0))
    x, y = np.array([[0.5], [-1.0], [2.0]]), np.array([[1.0], [0.0], [2.0]])
    phi = np.concatenate([np.ones((3, 1)), x], axis=1)
    time = np.arange(3)
    kernel = phi @ phi.T * a ** np.abs(time[:, None] - time)
    gram = kernel[:2, :2] + 0.09 * np.eye(2)
    mean = kernel[2, :2] @ np.linalg.solve(gram, y[:2, 0])
    variance = kernel[2, 2] - kernel[2, :2] @ np.linalg.solve(gram, kernel[:2, 2]) + 0.09
    prediction = learner.prequential(Pairs(x, y))
    np.testing.assert_allclose(prediction.mean[2, 0], mean, rtol=1e-4)
    np.testing.assert_allclose(prediction.variance[2, 0], variance, rtol=1e-4)


@pytest.mark.parametrize("drift", [False, True])
def test_covariance_stays_positive_definite(drift):
    learner = _plain(4, 1e-2, drift=drift)
    x = np.random.default_rng(0).normal(size=(20_000, 4))
    state = _read(learner, Pairs(x, x[:, :1]))
    covariance = (
        np.asarray(state.sqrt_covariance, float) @ np.asarray(state.sqrt_covariance, float).T
    )
    assert np.linalg.eigvalsh(covariance).min() > 0
