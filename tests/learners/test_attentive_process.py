"""What is particular to attention: its memory is bounded, and what was read can be copied."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.learners import AttentiveProcess, observe_all, scan_prequential
from yingshe.pairs import Pairs


@pytest.fixture(scope="module")
def learner():
    small = AttentiveProcess(2, 1, embed_dim=8, heads=2, capacity=4, key=jax.random.key(0))
    # Slopes and correction start small; the rest is already away from zero.
    return eqx.tree_at(lambda a: a.null, small, jnp.ones(8))


@pytest.fixture(scope="module")
def pairs():
    x = jax.random.normal(jax.random.key(1), (11, 2))
    return Pairs(x, x[:, :1] * x[:, 1:], jnp.arange(11) != 3)


def test_only_the_last_pairs_are_remembered(learner, pairs):
    read = eqx.filter_jit(lambda p: observe_all(learner, learner.init_state(), p))
    x = jnp.array([0.3, -0.2])
    everything, last = read(pairs), read(pairs.masked(jnp.arange(11) >= 7))
    for field in ("mean", "variance"):
        np.testing.assert_allclose(
            getattr(learner.predict(everything, x), field),
            getattr(learner.predict(last, x), field),
            rtol=1e-5,
        )
    assert int(everything.num_pairs) == 10


def test_at_once_is_one_after_another(learner, pairs):
    at_once = observe_all(learner, learner.init_state(), pairs)
    state = learner.init_state()
    for x, y, real in zip(pairs.x, pairs.y, pairs.mask, strict=True):
        state = learner.observe(state, x, y) if real else state
    for a, b in zip(jax.tree.leaves(at_once), jax.tree.leaves(state), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_the_window_of_training_is_that_of_the_memory(learner, pairs):
    fast, slow = learner.prequential(pairs), scan_prequential(learner, pairs)
    real = np.asarray(pairs.mask)
    np.testing.assert_allclose(fast.mean[real], slow.mean[real], atol=1e-5)


def test_capacity_may_be_changed_afterwards(learner, pairs):
    wide = learner.with_capacity(16)
    few = pairs.masked(jnp.arange(11) < 3)
    x = jnp.array([0.3, -0.2])
    answers = [
        each_learner.predict(observe_all(each_learner, each_learner.init_state(), few), x).mean
        for each_learner in (learner, wide)
    ]
    np.testing.assert_allclose(*answers, rtol=1e-5)
    assert wide.init_state().x.shape == (16, 2)


def test_heads_must_divide_the_embedding():
    with pytest.raises(ys.UserError, match="divisible by heads = 3"):
        AttentiveProcess(1, 1, embed_dim=8, heads=3, key=jax.random.key(0))
