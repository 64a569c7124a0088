"""The loss and one plain SGD step, against sums written out in numpy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.learners import RLS, Learner, scan_prequential
from yingshe.pairs import Pairs
from yingshe.prediction import PointEstimate
from yingshe.tasks import Family
from yingshe.training import TrainConfig, prequential_loss, support_query_loss
from yingshe.training._step import make_step, sample_batch
from yingshe.training.config import make_optimizer
from yingshe.training.loop import init_trainer_state


class Line(Learner):
    """f(x) = W x + b + the mean of the y it has read: an update rule that is easy on paper."""

    W: jax.Array
    b: jax.Array
    reads: bool = eqx.field(static=True)
    x_dim: int = eqx.field(static=True, default=2)
    y_dim: int = eqx.field(static=True, default=3)
    likelihood: str = eqx.field(static=True, default="point")

    def init_state(self):
        return jnp.zeros(self.y_dim), jnp.zeros(())

    def observe(self, state, x, y):
        total, count = state
        return total + y, count + 1

    def predict(self, state, x):
        total, count = state
        read = total / jnp.maximum(count, 1) if self.reads else 0.0
        return PointEstimate(self.W @ x + self.b + read)

    def prequential(self, pairs):
        return scan_prequential(self, pairs)


class Ragged(Family):
    """Tasks with 1 to n real pairs, scattered among padding that would spoil any sum."""

    x_dim: int = eqx.field(static=True, default=2)
    y_dim: int = eqx.field(static=True, default=3)

    def sample(self, key, n):
        x_key, y_key, order_key, number_key = jax.random.split(key, 4)
        number = jax.random.randint(number_key, (), 1, n + 1)
        mask = jax.random.permutation(order_key, n) < number
        x, y = jax.random.normal(x_key, (n, 2)), jax.random.normal(y_key, (n, 3))
        return Pairs(jnp.where(mask[:, None], x, 1e9), jnp.where(mask[:, None], y, -1e9), mask)

    @property
    def oracle(self):
        return None


def make_line(*, reads: bool) -> Line:
    w_key, b_key = jax.random.split(jax.random.key(5))
    return Line(jax.random.normal(w_key, (3, 2)), jax.random.normal(b_key, (3,)), reads=reads)


@pytest.fixture(scope="module")
def batch() -> Pairs:
    return sample_batch(Ragged(), None, jax.random.key(1), 5, 6)


def real_pairs(batch: Pairs):
    """Each task's real pairs as float64 numpy arrays, the padding left out."""
    for x, y, mask in zip(batch.x, batch.y, batch.mask, strict=True):
        real = np.asarray(mask)
        yield np.asarray(x, float)[real], np.asarray(y, float)[real]


def test_tasks_are_of_unequal_length(batch):
    assert len(set(batch.mask.sum(axis=1).tolist())) >= 3


def test_prequential_loss_is_the_mean_over_tasks_of_the_mean_over_their_pairs(batch):
    line = make_line(reads=True)
    W, b = np.asarray(line.W, float), np.asarray(line.b, float)
    task_losses = []
    for x, y in real_pairs(batch):
        errors = []
        for j in range(len(x)):
            f = W @ x[j] + b + (y[:j].mean(axis=0) if j else 0)
            errors.append(np.sum((y[j] - f) ** 2))
        task_losses.append(np.mean(errors))
    assert float(prequential_loss(line, batch)) == pytest.approx(np.mean(task_losses), rel=1e-5)


@pytest.mark.parametrize("k", [0, 2, 4])
def test_support_query_loss_evaluates_only_query_pairs(batch, k):
    line = make_line(reads=True)
    W, b = np.asarray(line.W, float), np.asarray(line.b, float)
    task_losses = []
    for x, y in real_pairs(batch):
        read = min(k, len(x) - 1)  # at least one pair is left for the query
        f = x[read:] @ W.T + b + (y[:read].mean(axis=0) if read else 0)
        task_losses.append(np.mean(np.sum((y[read:] - f) ** 2, axis=1)))
    loss = support_query_loss(line, batch, (k, k), key=jax.random.key(0))
    assert float(loss) == pytest.approx(np.mean(task_losses), rel=1e-5)


@pytest.mark.slow
def test_a_probabilistic_learner_minimises_its_negative_log_likelihood(batch):
    rls = RLS(2, 3, num_features=0, key=jax.random.key(0))
    scale, noise = 1.0, np.exp(-2.0) + 1e-5  # what it starts with
    task_losses = []
    for x, y in real_pairs(batch):
        phi = np.column_stack([np.ones(len(x)), x])
        surprise = []
        for j in range(len(x)):
            gram = phi[:j] @ phi[:j].T + noise * np.eye(j)
            gain = np.linalg.solve(gram, phi[:j] @ phi[j]) if j else np.zeros(0)
            variance = scale**2 * (phi[j] @ phi[j] - gain @ (phi[:j] @ phi[j]) + noise)
            square = (y[j] - gain @ y[:j]) ** 2 / variance
            surprise.append(0.5 * np.sum(square + np.log(2 * np.pi * variance)))
        task_losses.append(np.mean(surprise))
    assert float(prequential_loss(rls, batch)) == pytest.approx(np.mean(task_losses), rel=1e-4)


def test_one_plain_sgd_step_is_w_minus_eta_times_the_gradient():
    """∂L/∂W = -2/N Σ_i 1/M_i Σ_j (y_ij - f(x_ij)) x_ijᵀ, and the same without x for b."""
    line = make_line(reads=False)
    eta = 0.05
    config = TrainConfig(
        tasks_per_step=5,
        examples_per_task=6,
        optimizer="sgd",
        learning_rate=eta,
        lr_schedule="constant",
    )
    structure = eqx.partition(line, eqx.is_inexact_array)[1]
    train_step = make_step(structure, Ragged(), None, config)
    key = jax.random.key(3)
    state, loss = train_step(init_trainer_state(line, make_optimizer(config)).state, key)

    draw_key, _ = jax.random.split(jax.random.fold_in(key, 0))
    drawn = sample_batch(Ragged(), None, draw_key, config.tasks_per_step, config.examples_per_task)
    W, b = np.asarray(line.W, float), np.asarray(line.b, float)
    gradient_W, gradient_b, task_losses = np.zeros_like(W), np.zeros_like(b), []
    for x, y in real_pairs(drawn):
        errors = y - (x @ W.T + b)
        task_losses.append(np.mean(np.sum(errors**2, axis=1)))
        gradient_W += -2 / config.tasks_per_step / len(x) * errors.T @ x
        gradient_b += -2 / config.tasks_per_step / len(x) * errors.sum(axis=0)
    assert float(loss) == pytest.approx(np.mean(task_losses), rel=1e-5)
    np.testing.assert_allclose(state.parameters.W, W - eta * gradient_W, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(state.parameters.b, b - eta * gradient_b, rtol=1e-5, atol=1e-6)
