"""`Matching`: classes alike, views apart, and a last class that is none of the others."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.errors import UserError
from yingshe.learners import Matching
from yingshe.learners.matching import _FAST

OPTIONS = {"views": (3, 2), "features": 3, "hidden": 4, "capacity": 6}


@pytest.fixture(scope="module")
def learner():
    return Matching(5, 4, none=True, **OPTIONS, key=jax.random.key(0))


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


def test_what_is_of_none_of_the_classes_is_not_read(learner, pairs):
    x, y = pairs
    before = ys.adapt(learner, x[:3], y[:3])
    after = before.observe(x[3:], np.array([3, 3, 3]))
    for one, other in zip(jax.tree.leaves(before.state), jax.tree.leaves(after.state), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_temperature_divides_the_logits_and_a_shift_is_of_none_alone(learner, pairs):
    x, y = pairs
    other = learner.tempered(2.0, 0.7)
    plain, changed = (np.asarray(ys.adapt(one, x, y)(x).logits) for one in (learner, other))
    differences = changed - plain / 2
    differences -= differences[:, :1]
    expected = np.broadcast_to([0, 0, 0, 0.7], plain.shape)
    np.testing.assert_allclose(differences, expected, atol=1e-4)


def test_ridge_regression_by_hand(learner, pairs):
    x, y = pairs
    seen = np.asarray(jax.vmap(learner._seen)(jnp.asarray(x)))
    shares, log_noise = _FAST * learner.shares[0], _FAST * learner.log_noise[0]
    of = jnp.stack([seen[:, a:b] @ seen[:, a:b].T for a, b in learner._bounds()])
    kernel = np.einsum("c,cij->ij", jax.nn.softmax(shares), of)
    one_hot = np.eye(4)[y]
    noise = np.exp(2 * float(log_noise))
    expected = kernel @ np.linalg.solve(kernel + noise * np.eye(6), one_hot)
    everything = jnp.ones((6, 6), bool)
    found, _ = eqx.filter_jit(learner._ridge)(
        shares,
        log_noise,
        of,
        of,
        jnp.asarray(one_hot, jnp.float32),
        everything,
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_views_that_do_not_sum_to_the_inputs_are_refused():
    with pytest.raises(UserError, match="have 4 columns together, x has 5"):
        Matching(5, 2, views=(2, 2), key=jax.random.key(0))


def test_what_is_recognised_is_compared_by_its_probabilities_and_is_not_trained(pairs):
    x, y = pairs
    learner = Matching(5, 4, known=3, **OPTIONS, key=jax.random.key(0))
    first, second = learner.recogniser
    unit = x[:, :3] / np.linalg.norm(x[:, :3], axis=1, keepdims=True)
    hidden = np.maximum(unit @ first.weight + first.bias, 0)
    expected = np.asarray(jax.nn.softmax(hidden @ second.weight + second.bias))
    seen = np.asarray(jax.vmap(learner._seen)(jnp.asarray(x)))[:, 5:8]
    np.testing.assert_allclose(seen**2, expected, rtol=1e-3)

    @eqx.filter_jit
    @eqx.filter_grad
    def gradient(learner):
        pairs = ys.Pairs(x, np.eye(4)[y])
        return learner.prequential(pairs).loss(pairs.y).mean()

    found = gradient(learner)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(found.recogniser))
    assert np.any(found.first.weight)
