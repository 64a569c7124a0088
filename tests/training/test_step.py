"""What a step costs: one compilation, no second copy of its state, and the same on many devices."""

import os
import subprocess
import sys
from pathlib import Path

import equinox as eqx
import jax
import numpy as np
import pytest

from yingshe.errors import UserError
from yingshe.learners import RLS
from yingshe.tasks import Linear
from yingshe.training import TrainConfig, meta_train
from yingshe.training._step import make_step
from yingshe.training.config import make_optimizer
from yingshe.training.loop import init_trainer_state

CONFIG = TrainConfig(steps=4, tasks_per_step=4, examples_per_task=5, learning_rate=0.01)


@pytest.fixture(scope="module")
def learner():
    return RLS(2, 1, num_features=0, key=jax.random.key(0))


def step_of(learner, config=CONFIG):
    structure = eqx.partition(learner, eqx.is_inexact_array)[1]
    return make_step(structure, Linear(x_dim=2), None, config)


def test_compiles_once_and_donates_its_state(learner):
    train_step = step_of(learner)
    state, key = init_trainer_state(learner, make_optimizer(CONFIG)).state, jax.random.key(1)
    for _ in range(4):
        before = state
        state, _ = train_step(before, key)
        assert all(leaf.is_deleted() for leaf in jax.tree.leaves(before))
    assert train_step.func._cache_size() == 1


def test_the_learner_that_was_given_stays_whole(learner):
    init_trainer_state(learner, make_optimizer(CONFIG))
    train_step = step_of(learner)
    train_step(init_trainer_state(learner, make_optimizer(CONFIG)).state, jax.random.key(1))
    assert not any(leaf.is_deleted() for leaf in jax.tree.leaves(learner))


def train_small():
    config = TrainConfig(
        steps=20, tasks_per_step=4, examples_per_task=5, validate_every=10, validation_tasks=4
    )
    learner = RLS(2, 1, num_features=0, key=jax.random.key(0))
    trained = meta_train(learner, Linear(x_dim=2), config, key=jax.random.key(1))
    return trained.prior_mean.sharding.device_set, jax.tree.leaves(trained)


ON_TWO_DEVICES = """
import sys, numpy as np
sys.path.insert(0, {tests!r})
from test_step import train_small
devices, parameters = train_small()
assert len(devices) == 2
np.savez({file!r}, *parameters)
"""


@pytest.mark.slow
def test_two_devices_give_what_one_gives(tmp_path):
    file = tmp_path / "two.npz"
    code = ON_TWO_DEVICES.format(tests=str(Path(__file__).parent), file=str(file))
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=2"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=300)
    two = np.load(file)
    devices, parameters = train_small()
    assert len(devices) == 1
    assert len(two.files) == len(parameters)
    for name, one in zip(two.files, parameters, strict=True):
        np.testing.assert_allclose(two[name], one, rtol=1e-5, atol=1e-5)


def test_a_number_of_tasks_that_devices_do_not_divide_is_refused(learner, monkeypatch):
    monkeypatch.setattr(jax, "devices", lambda: [None, None, None])
    with pytest.raises(UserError, match="choose a multiple of 3"):
        step_of(learner)
