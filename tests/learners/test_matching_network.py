"""`MatchingNetwork`: classes alike, views apart, and a last class that is none of the others."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.errors import UserError
from yingshe.learners import MatchingNetwork
from yingshe.learners._similarity import kernel_ridge, novel_base_mass, similarity_statistics

OPTIONS = {"views": (3, 2), "num_features": 3, "hidden": 4, "capacity": 6}


@pytest.fixture(scope="module")
def learner():
    return MatchingNetwork(5, 4, out_of_scope=True, **OPTIONS, key=jax.random.key(0))


@pytest.fixture(scope="module")
def pairs():
    x = np.asarray(jax.random.normal(jax.random.key(1), (6, 5)))
    return x, np.array([0, 1, 2, 0, 1, 2])


def probs(learner, x, y, new):
    return np.asarray(ys.adapt(learner, x, y)(new).probs)


def test_classes_in_another_order_give_the_same_answers_in_that_order(learner, pairs):
    x, y = pairs
    order = np.array([2, 0, 1])
    there = probs(learner, x, order[y], x)
    here = probs(learner, x, y, x)
    np.testing.assert_allclose(there[:, order], here[:, :3], atol=1e-5)
    np.testing.assert_allclose(there[:, 3], here[:, 3], atol=1e-5)


def test_the_length_of_a_view_does_not_count(learner, pairs):
    x, y = pairs
    longer = x * np.array([7, 7, 7, 0.5, 0.5])
    np.testing.assert_allclose(
        probs(learner, x, y, x), probs(learner, longer, y, longer), atol=1e-3
    )


def test_what_is_out_of_scope_is_not_stored(learner, pairs):
    x, y = pairs
    before = ys.adapt(learner, x[:3], y[:3])
    after = before.observe(x[3:], np.array([3, 3, 3]))
    for one, other in zip(jax.tree.leaves(before.state), jax.tree.leaves(after.state), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_temperature_divides_the_logits_and_a_shift_is_of_none_alone(learner, pairs):
    x, y = pairs
    other = learner.with_temperature(
        2.0, 0.4, 0.3 / (np.log(3) / 2)
    )  # two pairs were read of a class
    plain, changed = (np.asarray(ys.adapt(one, x, y)(x).logits) for one in (learner, other))
    differences = changed - plain / 2
    differences -= differences[:, :1]
    expected = np.broadcast_to([0, 0, 0, 0.7], plain.shape)
    np.testing.assert_allclose(differences, expected, atol=1e-4)


def test_ridge_regression_by_hand(pairs):
    x, y = pairs
    kernel, one_hot, noise = x @ x.T, np.eye(4)[y], 0.3
    expected = kernel @ np.linalg.solve(kernel + noise * np.eye(6), one_hot)
    arguments = (jnp.asarray(each, jnp.float32) for each in (kernel, kernel, noise, one_hot))
    result, _ = jax.jit(kernel_ridge)(*arguments, jnp.ones((6, 6), bool))
    np.testing.assert_allclose(result, expected, atol=1e-4)


def test_similarity_statistics_by_hand():
    """Three pairs, of which the first two are of one class; an input sees two, another all."""
    cosines = jnp.array([[[1.0, 0.6, 0.1], [0.6, 1.0, 0.3], [0.1, 0.3, 1.0]]])
    embedded = jnp.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    result = similarity_statistics(cosines, embedded[..., None] * jnp.eye(2)[jnp.array([0, 0, 1])])
    np.testing.assert_allclose(
        result.within_class_mean[..., 0], [[0.6, 0.0], [0.6, 0.0]], atol=1e-6
    )
    np.testing.assert_allclose(result.between_class_mean, [[0.0], [0.2]], atol=1e-6)
    np.testing.assert_allclose(result.between_class_std, [[0.05], [np.hypot(0.1, 0.05)]], rtol=1e-4)
    np.testing.assert_array_equal(result.has_within, [[1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_array_equal(result.has_between, [0.0, 1.0])


def test_an_observed_base_class_has_no_novel_mass_and_another_has():
    observed = jnp.sqrt(jnp.array([[0.98, 0.01, 0.01], [0.01, 0.98, 0.01]]))
    query = jnp.sqrt(jnp.array([[0.98, 0.01, 0.01], [0.01, 0.01, 0.98]]))
    one_hot = jnp.broadcast_to(jnp.eye(2), (2, 2, 2))
    matched, novel = novel_base_mass(query, observed, one_hot)
    assert matched < 0.05
    assert novel > 0.9
    everything = novel_base_mass(query, observed, jnp.zeros((2, 2, 2)))
    np.testing.assert_allclose(everything, 1.0, rtol=1e-5)


def test_views_that_do_not_sum_to_the_inputs_are_refused():
    with pytest.raises(UserError, match="have 4 columns together, x has 5"):
        MatchingNetwork(5, 2, views=(2, 2), key=jax.random.key(0))


@pytest.mark.slow
def test_base_classifiers_are_compared_by_their_probabilities_and_not_trained(pairs):
    x, y = pairs
    learner = MatchingNetwork(5, 4, num_base_classes=3, **OPTIONS, key=jax.random.key(0))
    first, second = learner.base_classifiers[0]
    unit = x[:, :3] / np.linalg.norm(x[:, :3], axis=1, keepdims=True)
    hidden = np.maximum(unit @ first.weight + first.bias, 0)
    expected = np.asarray(jax.nn.softmax(hidden @ second.weight + second.bias))
    embedded = np.asarray(jax.vmap(learner._embed)(jnp.asarray(x)))
    np.testing.assert_allclose(embedded[:, 5:8] ** 2, expected, rtol=1e-3)
    together = np.sqrt(embedded[:, 5:8] ** 2 * embedded[:, 8:11] ** 2)
    together /= together.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(embedded[:, 11:14] ** 2, together, rtol=1e-3)

    @eqx.filter_jit
    @eqx.filter_grad
    def gradient(learner):
        pairs = ys.Pairs(x, np.eye(4)[y])
        return learner.prequential(pairs).loss(pairs.y).mean()

    result = gradient(learner)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(result.base_classifiers))
    assert np.any(result.first.weight)


def test_precomputed_base_probs_are_as_good_as_those_of_the_classifiers(pairs):
    x, y = pairs
    whole = MatchingNetwork(5, 4, num_base_classes=3, **OPTIONS, key=jax.random.key(0))
    precomputed = MatchingNetwork(
        5 + 9, 4, num_base_classes=3, precomputed_base_probs=True, **OPTIONS, key=jax.random.key(1)
    )
    learner = precomputed.with_base_classifiers(whole.base_classifiers)
    embedded = np.asarray(jax.vmap(learner._embed)(jnp.asarray(x)))
    given = np.concatenate([x, embedded[:, 5:14]], axis=1)
    np.testing.assert_allclose(
        probs(precomputed, given, y, given), probs(learner, x, y, x), atol=1e-5
    )
