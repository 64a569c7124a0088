"""Adapting, answering, going on, saving: as a user does it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.standardizer import Standardizer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 2)).astype(np.float32)
Y = X @ np.array([[1.0], [-2.0]], np.float32) + 0.5


@pytest.fixture(scope="module")
def learner():
    inner = ys.learners.RLS(2, 1, num_features=0, key=jax.random.key(0))
    standardizer = Standardizer(*(jnp.asarray(v) for v in ([0.1, 0.2], [1.0, 2.0], [0.3], [2.0])))
    return ys.learners.StandardizedLearner(inner, standardizer)


@pytest.fixture(scope="module")
def mapping(learner):
    return ys.adapt(learner, X, Y)


def test_one_by_one_is_all_at_once(learner, mapping):
    slowly = ys.adapt(learner, X[:2], Y[:2])
    for x, y in zip(X[2:], Y[2:], strict=True):
        slowly = slowly.observe(x, y)
    np.testing.assert_allclose(slowly(X).mean, mapping(X).mean, atol=1e-4)


def test_a_batch_is_its_inputs_one_by_one(mapping):
    together = mapping(X[:5])
    assert together.mean.shape == (5, 1)
    np.testing.assert_allclose(together.mean[3], mapping(X[3]).mean, rtol=1e-5)
    np.testing.assert_allclose(together.variance[3], mapping(X[3]).variance, rtol=1e-5)


def test_observing_leaves_the_old_mapping_as_it_was(mapping):
    before = np.asarray(mapping(X[0]).mean)
    mapping.observe(X[0], [100.0])
    np.testing.assert_array_equal(before, mapping(X[0]).mean)


def test_no_pairs_is_the_prior(learner):
    prior = ys.adapt(learner, np.zeros((0, 2)), np.zeros((0, 1)))
    direct = learner.predict(learner.init_state(), jnp.asarray(X[0]))
    np.testing.assert_allclose(prior(X[0]).mean, direct.mean, rtol=1e-6)


def test_saved_and_loaded_it_answers_the_same_bits(mapping, tmp_path):
    path = tmp_path / "mapping.safetensors"
    mapping.save(path)
    again = ys.Mapping.load(path)
    np.testing.assert_array_equal(again(X).mean, mapping(X).mean)
    further = again.observe(X[0], Y[0])
    np.testing.assert_array_equal(further(X).mean, mapping.observe(X[0], Y[0])(X).mean)


def test_the_file_holds_no_pairs(learner, tmp_path):
    sizes = []
    for n in (1, 6):
        path = tmp_path / f"{n}.safetensors"
        ys.adapt(learner, X[:n], Y[:n]).save(path)
        sizes.append(path.stat().st_size)
    assert sizes[0] == sizes[1]


def test_classes_are_numbers():
    learner = ys.learners.RLS(2, 3, num_features=0, likelihood="categorical", key=jax.random.key(0))
    mapping = ys.adapt(learner, X, np.array([0, 1, 2, 0, 1, 2]))
    one_hot = ys.adapt(learner, X, np.eye(3)[[0, 1, 2, 0, 1, 2]])
    np.testing.assert_array_equal(mapping(X).probs, one_hot(X).probs)
    np.testing.assert_allclose(mapping(X).probs.sum(-1), 1.0, rtol=1e-5)
    with pytest.raises(ys.UserError, match="0 to 2"):
        mapping.observe(X[0], 3)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((3, 5)), np.zeros(3), "5.*trained with 2 columns"),
        (np.zeros(3), np.zeros(3), "one row per pair"),
        (np.zeros((3, 2)), np.zeros(4), "3 rows and y has 4"),
        ([[0.0, np.nan]], [1.0], "missing or infinite"),
        ([["a", "b"]], [1.0], "not a number"),
    ],
)
def test_bad_input_is_told_in_a_sentence(learner, x, y, said):
    with pytest.raises(ys.UserError, match=said):
        ys.adapt(learner, x, y)
