"""The batched baselines are scikit-learn's models, task by task."""

import jax
import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from yingshe.evaluation import baselines
from yingshe.pairs import Pairs


@pytest.fixture(scope="module")
def tasks():
    """Five tasks of 12 pairs with three inputs in unlike units and two outputs, and 7 queries."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 19, 3)) * [1.0, 50.0, 0.01] + [0.0, 7.0, 3.0]
    weights = rng.normal(size=(5, 3, 2)) / np.array([1.0, 50.0, 0.01])[:, None]
    y = x @ weights + rng.normal(size=(5, 19, 2))
    support = jax.tree.map(np.asarray, Pairs(x[:, :12], y[:, :12]))
    return support, np.asarray(x[:, 12:], np.float32)


def per_task(make_model, support, x):
    fits = [
        make_model().fit(*task) for task in zip(support.x.astype(float), support.y, strict=True)
    ]
    return np.stack([fit.predict(q) for fit, q in zip(fits, x.astype(float), strict=True)])


def test_ridge_is_ridge_cv_on_standardised_inputs(tasks):
    alphas = np.logspace(-3, 3, 13)
    expected = per_task(
        lambda: make_pipeline(StandardScaler(), RidgeCV(alphas, alpha_per_target=True)), *tasks
    )
    np.testing.assert_allclose(baselines.ridge(*tasks).mean, expected, rtol=1e-3, atol=1e-3)


def test_nearest_is_k_neighbours_on_standardised_inputs(tasks):
    expected = per_task(lambda: make_pipeline(StandardScaler(), KNeighborsRegressor(3)), *tasks)
    np.testing.assert_allclose(baselines.nearest(*tasks).mean, expected, rtol=1e-4)


@pytest.mark.parametrize("name", baselines.REGRESSION)
def test_one_pair_is_enough_for_an_answer(tasks, name):
    support, x = jax.tree.map(lambda leaf: leaf[:1], tasks)
    one = jax.tree.map(lambda leaf: leaf[:, :1], support)
    prediction = baselines.REGRESSION[name](one, x)
    np.testing.assert_allclose(prediction.mean, np.broadcast_to(one.y, (1, 7, 2)), rtol=1e-5)


def test_two_pairs_do_not_tell_a_penalty_so_ridge_stays_near_their_mean(tasks):
    support, x = tasks
    two = jax.tree.map(lambda leaf: leaf[:, :2], support)
    mean = np.broadcast_to(two.y.mean(axis=1, keepdims=True), (5, 7, 2))
    np.testing.assert_allclose(baselines.ridge(two, x).mean, mean, rtol=0.01)


def test_the_gaussian_process_finds_a_smooth_function():
    x = np.linspace(-2, 2, 12)[None, :, None]
    support = jax.tree.map(np.asarray, Pairs(x, np.sin(2 * x)))
    queries = np.array([[[-1.3], [0.1], [1.7]]])
    prediction = baselines.gaussian_process(support, queries)
    np.testing.assert_allclose(prediction.mean, np.sin(2 * queries), atol=0.03)
    assert (np.asarray(prediction.variance) < 0.02).all()


def test_the_pooled_model_knows_its_noise():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (200, 20, 1))
    y = np.sign(x) + 0.5 * rng.normal(size=x.shape)
    predict = baselines.pooled_regressor(jax.tree.map(np.asarray, Pairs(x, y)))
    prediction = predict(jax.tree.map(np.asarray, Pairs(x[:1], y[:1])), np.array([[[-0.5], [0.5]]]))
    np.testing.assert_allclose(prediction.mean, [[[-1], [1]]], atol=0.15)
    np.testing.assert_allclose(prediction.variance, 0.25, rtol=0.2)  # trees overfit a little


def test_classes_not_shown_get_laplaces_share():
    y = np.eye(3)[[0, 0, 1, 0]][None]
    support = jax.tree.map(np.asarray, Pairs(np.array([[[0.0], [0.1], [5.0], [0.2]]]), y))
    x = np.array([[[0.05], [5.0]]])
    np.testing.assert_allclose(baselines.majority(support, x).probs[0, 0], [4 / 7, 2 / 7, 1 / 7])
    near = baselines.nearest_classes(support, x).probs
    np.testing.assert_allclose(near[0, 0], [4 / 6, 1 / 6, 1 / 6], rtol=1e-5)
    probs = np.asarray(baselines.logistic(support, x).probs)
    np.testing.assert_allclose(probs[0, :, 2], 1 / 7, rtol=1e-4)
    assert probs[0, 0].argmax() == 0
    assert probs[0, 1].argmax() == 1
