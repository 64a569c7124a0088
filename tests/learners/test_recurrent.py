"""GRU and LSTM: their cells by hand, tasks batched at the edge, and that they learn."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from yingshe.learners import GRU, LSTM
from yingshe.learners.gru import _gru
from yingshe.learners.lstm import _lstm
from yingshe.tasks import Linear


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


def _arrays(count: int) -> tuple[np.ndarray, ...]:
    return tuple(np.random.default_rng(0).normal(size=(count, 5)).astype(np.float32))


def test_gru_cell_by_hand():
    h, reset, update, from_token, from_h = _arrays(5)
    z = _sigmoid(update)
    n = np.tanh(from_token + _sigmoid(reset) * from_h)
    (actual,) = _gru(*_jax((h,), (reset, update, from_token, from_h)))
    np.testing.assert_allclose(actual, (1 - z) * n + z * h, rtol=1e-5, atol=1e-6)


def test_lstm_cell_by_hand():
    h, c, i, f, g, o = _arrays(6)
    want_c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    got_h, got_c = _lstm(*_jax((h, c), (i, f, g, o)))
    np.testing.assert_allclose(got_c, want_c, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(got_h, _sigmoid(o) * np.tanh(want_c), rtol=1e-5, atol=1e-6)


def _jax(*groups):
    return jax.tree.map(jnp.asarray, groups)


@pytest.mark.parametrize("kind", [GRU, LSTM])
def test_a_batch_of_tasks_is_each_task_alone(kind):
    learner = kind(1, 1, hidden=8, key=jax.random.key(0))
    keys = jax.random.split(jax.random.key(1), 3)
    batch = jax.vmap(lambda k: Linear().sample(k, 5))(keys)
    prequential = eqx.filter_jit(kind.prequential)
    together = eqx.filter_jit(jax.vmap(kind.prequential, (None, 0)))(learner, batch)
    alone = prequential(learner, jax.tree.map(lambda leaf: leaf[1], batch))
    np.testing.assert_allclose(together.mean[1], alone.mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(together.variance[1], alone.variance, rtol=1e-4, atol=1e-5)


def test_the_weights_are_not_copied_for_every_task():
    """The recurrent product of a batch is one matrix product, there and back."""
    learner = GRU(1, 1, hidden=8, key=jax.random.key(0))
    batch = jax.vmap(lambda k: Linear().sample(k, 5))(jax.random.split(jax.random.key(1), 7))
    arrays, static = eqx.partition(learner, eqx.is_inexact_array)

    def loss(arrays):
        predictions = jax.vmap(eqx.combine(arrays, static).prequential)(batch)
        return jnp.mean(predictions.loss(batch.y))

    text = str(jax.make_jaxpr(jax.grad(loss))(arrays))
    assert "f32[7,8]" in text  # 7 tasks' hidden vectors
    assert "f32[7,8,8]" not in text  # and never 7 matrices


@pytest.mark.slow
def test_gru_learns_lines():
    """Seed 0, 150 steps of 64 tasks: squared error after 9 pairs at most 0.25 of that after none
    (0.05 when this was written).
    """
    learner = GRU(1, 1, likelihood="point", hidden=32, key=jax.random.key(0))
    arrays, static = eqx.partition(learner, eqx.is_inexact_array)
    optimizer = optax.adam(5e-3)

    def draw(key):
        return jax.vmap(lambda k: Linear().sample(k, 10))(jax.random.split(key, 64))

    def errors(arrays, pairs):
        predictions = jax.vmap(eqx.combine(arrays, static).prequential)(pairs)
        return jnp.mean(predictions.loss(pairs.y), axis=0)

    def step(carry, key):
        arrays, opt_state = carry
        gradient = jax.grad(lambda a: jnp.mean(errors(a, draw(key))))(arrays)
        updates, opt_state = optimizer.update(gradient, opt_state)
        return (optax.apply_updates(arrays, updates), opt_state), None

    @jax.jit
    def train(arrays):
        keys = jax.random.split(jax.random.key(1), 150)
        (arrays, _), _ = jax.lax.scan(step, (arrays, optimizer.init(arrays)), keys)
        return errors(arrays, draw(jax.random.key(2)))

    after = train(arrays)
    assert after[9] < 0.25 * after[0]
