"""A run from start to finish: early stopping, divergence, units, and what the bar shows."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.errors import UserError
from yingshe.learners import RLS, StandardizedLearner
from yingshe.standardizer import Standardizer
from yingshe.tasks import Family, Linear
from yingshe.training import DivergenceError, TrainConfig, meta_train, train
from yingshe.training.config import make_optimizer

FAMILY = Linear(x_dim=1, noise_std=0.01)
CONFIG = TrainConfig(
    steps=200, tasks_per_step=4, examples_per_task=6, learning_rate=0.02, lr_schedule="constant",
    validate_every=20, validation_tasks=16, log_every=20,
)  # fmt: skip


@pytest.fixture(scope="module")
def learner():
    return RLS(1, 1, num_features=0, key=jax.random.key(0))


def parameters(learner):
    return jax.tree.leaves(learner)


def same(a, b) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(parameters(a), parameters(b), strict=True))


def with_settings(**changes) -> TrainConfig:
    return dataclasses.replace(CONFIG, **changes)


def test_training_lowers_the_loss_of_tasks_held_out(learner):
    reports = list(train(learner, FAMILY, CONFIG, key=jax.random.key(1)))
    assert [r.step for r in reports] == list(range(20, 201, 20))
    # Exact for this family: so it must come near the entropy of the noise, -3.2 nats, from above.
    assert reports[-1].validation_loss < reports[0].validation_loss - 0.5


def test_early_stopping_keeps_the_best(learner):
    # Held-out tasks are far noisier, so that validation gets worse while training gets better.
    held_out = Linear(x_dim=1, noise_std=0.6)
    never, early = CONFIG, with_settings(patience=2)
    every = list(train(learner, FAMILY, never, key=jax.random.key(1), validation=held_out))
    stopped = list(train(learner, FAMILY, early, key=jax.random.key(1), validation=held_out))
    best = min(every, key=lambda report: report.validation_loss)
    assert best.step < 140, "the family no longer overfits; this test shows nothing"
    assert stopped[-1].step == best.step + 2 * CONFIG.validate_every
    assert stopped[-1].checkpoint_due
    assert same(stopped[-1].learner, best.learner)
    assert not same(stopped[-1].learner, every[len(stopped) - 1].learner)


def test_divergence_says_where_and_what_to_do(learner):
    config = with_settings(optimizer="sgd", learning_rate=1e6)
    with pytest.raises(DivergenceError, match=r"at step \d+; try a learning rate below 1e\+06"):
        meta_train(learner, FAMILY, config, key=jax.random.key(1))


def test_a_learner_of_other_shape_is_refused(learner):
    with pytest.raises(UserError, match="make the learner with x_dim=3"):
        meta_train(learner, Linear(x_dim=3), CONFIG, key=jax.random.key(1))


class Celsius(Family):
    """`FAMILY` in other units: 300 + 50 y at 1000 + 20 x."""

    x_dim: int = 1
    y_dim: int = 1

    @property
    def standardizer(self):
        return Standardizer(*(jnp.array([v]) for v in (1000.0, 20.0, 300.0, 50.0)))

    def sample(self, key, n):
        pairs = FAMILY.sample(key, n)
        return type(pairs)(1000 + 20 * pairs.x, 300 + 50 * pairs.y, pairs.mask)

    @property
    def oracle(self):
        return None


@pytest.mark.slow
def test_a_family_with_units_is_trained_in_standardized_ones(learner):
    config = with_settings(steps=40)
    plain = meta_train(learner, FAMILY, config, key=jax.random.key(1))
    trained = meta_train(learner, Celsius(), config, key=jax.random.key(1))
    assert isinstance(trained, StandardizedLearner)
    for a, b in zip(parameters(plain), parameters(trained.inner), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-3, atol=1e-3)
    # And it goes on training in the units it has.
    again = meta_train(trained, Celsius(), config, key=jax.random.key(2))
    assert isinstance(again, StandardizedLearner)
    assert not isinstance(again.inner, StandardizedLearner)
    assert np.array_equal(again.standardizer.y_scale, trained.standardizer.y_scale)


def test_the_bar_shows_losses_and_speed_on_standard_error(learner, capsys):
    meta_train(learner, FAMILY, with_settings(steps=40), key=jax.random.key(1), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    for shown in ("RLS", "40/40", "loss", "validation", "steps/s"):
        assert shown in err


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"learning_rate": -1.0}, "learning_rate must be above 0, got -1.0"),
        ({"objective": "support_query", "shot_range": (5, 40)}, "query pairs are left"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, message):
    with pytest.raises(UserError, match=message):
        TrainConfig(**setting)


def test_learning_rate_schedules():
    def moved(step, **settings):
        """How far plain SGD moves a parameter of gradient 1 at that step."""
        rule = make_optimizer(TrainConfig(optimizer="sgd", learning_rate=0.5, **settings))
        state = rule.init(jnp.zeros(()))
        for _ in range(step + 1):
            update, state = rule.update(jnp.ones(()), state)
        return -float(update)

    assert moved(9, steps=10, lr_schedule="constant") == pytest.approx(0.5)
    assert moved(5, steps=10, lr_schedule="linear") == pytest.approx(0.25)
    assert moved(5, steps=10, lr_schedule="cosine") == pytest.approx(0.25)
    assert moved(2, steps=10, lr_schedule="cosine") == pytest.approx(
        0.25 * (1 + math.cos(0.2 * math.pi))
    )
    assert moved(1, steps=10, warmup_steps=4, lr_schedule="constant") == pytest.approx(0.125)
