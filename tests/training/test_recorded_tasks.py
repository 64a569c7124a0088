"""Training on recorded tasks: their units, their number, and the parameter prior that is added."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.learners import RLS
from yingshe.pairs import Pairs
from yingshe.tasks import TaskSet
from yingshe.training._step import init_train_state, make_step, sample_batch
from yingshe.training.config import TrainConfig, make_optimizer
from yingshe.training.loss import prequential_loss

COUNTS = (3, 5, 1)


@pytest.fixture(scope="module")
def tasks() -> TaskSet:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(sum(COUNTS), 1))
    return TaskSet(x, 2 * x + 1, COUNTS)


@pytest.fixture(scope="module")
def learner() -> RLS:
    return RLS(1, 1, num_features=3, key=jax.random.key(0))


def test_neg_log_prior_by_hand(learner):
    x = jnp.array([[[0.5], [2.0]], [[-1.0], [9.0]]])
    pairs = Pairs(x, x, jnp.array([[True, True], [True, False]]))
    means = jnp.array([[5.0], [5.0], [0.1], [0.2], [0.3]])
    changed = eqx.tree_at(lambda rls: rls.prior_mean, learner, means)
    learned = np.array(
        [changed.feature_net(v) for v in x.reshape(-1, 1)[:3]]
    )  # the last is padding
    functions = np.column_stack([learned, learned @ [0.1, 0.2, 0.3]])  # the factor is I
    deviations = np.sqrt(np.mean(functions**2, axis=0))
    # Each root is rounded off by at most a thousandth.
    assert changed.neg_log_prior(pairs) == pytest.approx(200 * deviations.sum(), abs=200 * 4e-3)
    other_padding = Pairs(x.at[1, 1].set(-7.0), x, pairs.mask)
    assert changed.neg_log_prior(pairs) == changed.neg_log_prior(other_padding)
    assert RLS(1, 1, num_features=0, key=jax.random.key(0)).neg_log_prior(pairs) == 0


def test_no_more_is_drawn_than_was_recorded(tasks):
    batch = sample_batch(tasks, None, jax.random.key(0), 7, 40)
    assert batch.x.shape == (7, 5, 1)


@pytest.mark.slow
def test_a_step_weighs_the_prior_against_the_number_of_pairs(tasks, learner):
    config = TrainConfig(
        optimizer="sgd", learning_rate=0.1, tasks_per_step=64, examples_per_task=40
    )
    key = jax.random.key(2)
    state = init_train_state(learner, make_optimizer(config))
    structure = eqx.partition(learner, eqx.is_inexact_array)[1]
    _, loss = make_step(structure, tasks, tasks.standardizer, config)(state, key)
    draw_key, _ = jax.random.split(jax.random.fold_in(key, 0))

    @jax.jit
    def terms():
        batch = sample_batch(tasks, tasks.standardizer, draw_key, len(COUNTS), 40)
        return prequential_loss(learner, batch), learner.neg_log_prior(batch)

    error, neg_log_prior_value = terms()
    assert neg_log_prior_value > 1
    assert float(loss) == pytest.approx(float(error + neg_log_prior_value / sum(COUNTS)), rel=1e-4)
