"""Training on recorded tasks: their units, their number, and the prior that counts beside them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.learners import RLS
from yingshe.pairs import Pairs
from yingshe.tasks import TaskSet
from yingshe.training.config import TrainConfig, make_optimiser
from yingshe.training.loss import prequential_loss
from yingshe.training.step import draw_tasks, first_state, make_step

COUNTS = (3, 5, 1)


@pytest.fixture(scope="module")
def tasks() -> TaskSet:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(sum(COUNTS), 1))
    return TaskSet(x, 2 * x + 1, COUNTS)


@pytest.fixture(scope="module")
def learner() -> RLS:
    return RLS(1, 1, features=3, key=jax.random.key(0))


def test_complexity_by_hand(learner):
    x = jnp.array([[[0.5], [2.0]], [[-1.0], [9.0]]])
    pairs = Pairs(x, x, jnp.array([[True, True], [True, False]]))
    means = jnp.array([[5.0], [5.0], [0.1], [0.2], [0.3]])
    changed = eqx.tree_at(lambda rls: rls.prior_mean, learner, means)
    learned = np.array([changed.basis(v) for v in x.reshape(-1, 1)[:3]])  # the last is padding
    functions = np.column_stack([learned, learned @ [0.1, 0.2, 0.3]])  # the factor is I
    deviations = np.sqrt(np.mean(functions**2, axis=0))
    # Each root is rounded off by at most a thousandth.
    assert changed.complexity(pairs) == pytest.approx(200 * deviations.sum(), abs=200 * 4e-3)
    other_padding = Pairs(x.at[1, 1].set(-7.0), x, pairs.mask)
    assert changed.complexity(pairs) == changed.complexity(other_padding)
    assert RLS(1, 1, features=0, key=jax.random.key(0)).complexity(pairs) == 0


def test_no_more_is_drawn_than_was_recorded(tasks):
    batch = draw_tasks(tasks, None, jax.random.key(0), 7, 40)
    assert batch.x.shape == (7, 5, 1)


def test_a_step_weighs_complexity_against_the_number_of_pairs(tasks, learner):
    config = TrainConfig(optimiser="sgd", learning_rate=0.1, tasks=64, pairs=40)
    key = jax.random.key(2)
    state = first_state(learner, make_optimiser(config))
    structure = eqx.partition(learner, eqx.is_inexact_array)[1]
    _, loss = make_step(structure, tasks, tasks.scaling, config)(state, key)
    draw_key, _ = jax.random.split(jax.random.fold_in(key, 0))

    @jax.jit
    def terms():
        batch = draw_tasks(tasks, tasks.scaling, draw_key, len(COUNTS), 40)
        return prequential_loss(learner, batch), learner.complexity(batch)

    error, complexity = terms()
    assert complexity > 1
    assert float(loss) == pytest.approx(float(error + complexity / sum(COUNTS)), rel=1e-4)
