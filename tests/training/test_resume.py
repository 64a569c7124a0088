"""Run directories: their files, what they refuse, and that killing a run changes nothing."""

import fcntl
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from yingshe.errors import UserError
from yingshe.learners import RLS
from yingshe.serialization import read_learner
from yingshe.tasks import Linear
from yingshe.training import TrainConfig, meta_train
from yingshe.training.run_directory import read_config

FAMILY = Linear(x_dim=1)
CONFIG = TrainConfig(
    steps=60, tasks_per_step=4, examples_per_task=6, learning_rate=0.01, patience=50,
    validate_every=15, validation_tasks=16, log_every=5, checkpoint_every=20,
)  # fmt: skip


def train_into(folder, config=CONFIG, family=FAMILY, seed=1, learner_seed=0):
    learner = RLS(1, 1, num_features=0, key=jax.random.key(learner_seed))
    return meta_train(learner, family, config, key=jax.random.key(seed), run_dir=folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Directory of an uninterrupted run, and its learner."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return folder, train_into(folder)


def metrics(folder):
    """Return the metrics without the two fields that depend on the clock."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        assert line.pop("steps_per_second") > 0
        assert line.pop("seconds") >= 0
    return lines


def test_files_of_a_run_directory(whole):
    folder, trained = whole
    lines = metrics(folder)
    assert [line["step"] for line in lines] == list(range(5, 61, 5))
    validated = [line["step"] for line in lines if line["validation_loss"] is not None]
    assert validated == [15, 30, 45, 60]
    assert sorted(p.name for p in (folder / "checkpoints").iterdir()) == ["40", "60"]
    config = json.loads((folder / "config.json").read_text())
    assert config["family"]["name"] == "linear"
    assert config["learner"]["options"]["num_features"] == 0
    assert config["train"]["steps"] == 60
    assert {"jax", "yingshe", "python"} <= config["versions"].keys()
    learner, _, metadata = read_learner(folder / "learner.safetensors")
    assert metadata == config
    for a, b in zip(jax.tree.leaves(learner), jax.tree.leaves(trained), strict=True):
        assert np.array_equal(a, b)


def test_scalars_can_be_read_by_tensorboard(whole):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    ).EventAccumulator(str(whole[0] / "tensorboard"))
    accumulator.Reload()
    scalars = {event.step: event.value for event in accumulator.Scalars("loss")}
    assert scalars == pytest.approx({m["step"]: m["loss"] for m in metrics(whole[0])}, rel=1e-6)


def test_a_finished_run_is_read_back(whole):
    folder, trained = whole
    before = (folder / "metrics.jsonl").read_text()
    again = train_into(folder)
    for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(trained), strict=True):
        assert np.array_equal(a, b)
    assert (folder / "metrics.jsonl").read_text() == before


KILLED = """
import os, pathlib, signal, sys, threading
sys.path.insert(0, {tests!r})
from test_resume import train_into
from yingshe.training._checkpoint import Checkpoints

save = Checkpoints.save

def save_and_be_killed(self, state):
    if int(state.state.step) == 40:
        if {delay}:
            threading.Timer({delay}, os.kill, (os.getpid(), signal.SIGKILL)).start()
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    save(self, state)

Checkpoints.save = save_and_be_killed
train_into(pathlib.Path(sys.argv[1]))
"""


@pytest.mark.parametrize("delay", [0, 0.01], ids=["before a checkpoint", "while it is written"])
def test_a_killed_run_ends_as_the_one_that_was_not(whole, tmp_path, delay):
    folder, trained = whole
    code = KILLED.format(tests=str(Path(__file__).parent), delay=delay)
    child = subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], timeout=300)
    assert child.returncode == -signal.SIGKILL
    written = metrics(tmp_path / "run")
    assert written[-1]["step"] >= 40, "metrics must be ahead of the checkpoint for this test"
    assert not (tmp_path / "run" / "learner.safetensors").exists()

    resumed = train_into(tmp_path / "run")
    for a, b in zip(jax.tree.leaves(resumed), jax.tree.leaves(trained), strict=True):
        assert np.array_equal(a, b)
    assert metrics(tmp_path / "run") == metrics(folder)
    learners = (read_learner(f / "learner.safetensors") for f in (folder, tmp_path / "run"))
    leaves = (jax.tree.leaves(learner) for learner, _, _ in learners)
    for a, b in zip(*leaves, strict=True):
        assert np.array_equal(a, b)


def test_a_half_written_last_line_is_left_out(whole, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(whole[0], folder)
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 65, "lo')
    train_into(folder)
    assert metrics(folder) == metrics(whole[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"config": TrainConfig(steps=61)}, r"with train\.\w+ = "),
        (
            {"family": Linear(x_dim=1, noise_std=0.2)},
            r"family\.options\.noise_std = 0\.1, now it is 0\.2",
        ),
        ({"seed": 2}, r"with seed = \[0, 1\], now it is \[0, 2\]"),
    ],
)
def test_another_configuration_is_refused(whole, change, message):
    with pytest.raises(UserError, match=message):
        train_into(whole[0], **change)


def test_a_directory_in_use_by_another_process_is_refused(whole):
    with (whole[0] / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="Another process is training"):
            train_into(whole[0])


def test_foreign_and_damaged_directories_are_refused(whole, tmp_path):
    foreign = tmp_path / "photos"
    foreign.mkdir()
    (foreign / "cat.jpg").write_bytes(b"meow")
    with pytest.raises(UserError, match=r"not empty and is not a run directory"):
        train_into(foreign)
    assert [p.name for p in foreign.iterdir()] == ["cat.jpg"]
    with pytest.raises(UserError, match="is a file"):
        train_into(foreign / "cat.jpg")

    damaged = tmp_path / "damaged"
    shutil.copytree(whole[0], damaged)
    (damaged / "config.json").write_text("{")
    with pytest.raises(UserError, match="damaged"):
        train_into(damaged)

    rotten = tmp_path / "rotten"
    shutil.copytree(whole[0], rotten)
    for file in (rotten / "checkpoints" / "60").rglob("*"):
        if file.is_file():
            file.write_bytes(b"rot")
    with pytest.raises(UserError, match=r"checkpoints.60 cannot be read .* delete that folder"):
        train_into(rotten)
    shutil.rmtree(rotten / "checkpoints" / "60")
    trained = train_into(rotten)
    for a, b in zip(jax.tree.leaves(trained), jax.tree.leaves(whole[1]), strict=True):
        assert np.array_equal(a, b)


def test_a_run_of_0_1_is_read_and_not_resumed(whole, tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    config = json.loads((whole[0] / "config.json").read_text()) | {"format": "yingshe run 1"}
    config["about"] = config.pop("metadata")
    config["train"]["report_every"] = config["train"].pop("log_every")
    (folder / "config.json").write_text(json.dumps(config))
    upgraded = read_config(folder)
    assert upgraded["train"]["log_every"] == 5
    assert upgraded["metadata"] == {}
    with pytest.raises(UserError, match=r"written by yingshe 0\.1: its learner loads, but"):
        train_into(folder)
