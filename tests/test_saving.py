"""Learners on disk: the same bits back, and one sentence for what cannot be read."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

import yingshe as ys
from yingshe.learners import LEARNERS
from yingshe.serialization import write_atomically


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_comes_back_bit_by_bit(name, tmp_path):
    learner = LEARNERS[name](2, 2, key=jax.random.key(5))
    ys.save(tmp_path / "learner.safetensors", learner)
    again = ys.load(tmp_path / "learner.safetensors")
    assert jax.tree.structure(again) == jax.tree.structure(learner)
    for old, new in zip(jax.tree.leaves(learner), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "learner.safetensors"
    ys.save(path, ys.learners.RLS(1, 1, num_features=0, key=jax.random.key(0)))
    return path


def test_a_missing_file(tmp_path):
    with pytest.raises(ys.UserError, match="no file"):
        ys.load(tmp_path / "nothing.safetensors")


def test_a_cut_off_file(saved):
    saved.write_bytes(saved.read_bytes()[:-3])
    with pytest.raises(ys.UserError, match="damaged"):
        ys.load(saved)


def test_a_foreign_file(tmp_path):
    save_file({"weight": np.zeros(3)}, tmp_path / "foreign.safetensors")
    with pytest.raises(ys.UserError, match="not a learner saved by yingshe"):
        ys.load(tmp_path / "foreign.safetensors")


def test_a_mapping_is_not_a_learner(saved, tmp_path):
    ys.adapt(ys.load(saved), [[0.0]], [1.0]).save(tmp_path / "mapping.safetensors")
    with pytest.raises(ys.UserError, match="a mapping, not a learner"):
        ys.load(tmp_path / "mapping.safetensors")


def test_a_learner_of_ones_own_says_how_to_be_saved(tmp_path):
    class Own(ys.learners.RLS):
        pass

    learner = Own(1, 1, num_features=0, key=jax.random.key(0))
    with pytest.raises(ys.UserError, match="LEARNERS"):
        ys.save(tmp_path / "own.safetensors", learner)


def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("before")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_atomically(path, b"after")
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(ys.UserError, match="neither"):
        ys.load("sinosoid")


def test_parameters_and_not_options_are_arrays():
    learner = ys.learners.RLS(1, 1, num_features=0, key=jax.random.key(0))
    assert all(eqx.is_array(leaf) for leaf in jax.tree.leaves(learner))
    assert learner.prior_mean.dtype == jnp.float32


def test_a_file_of_an_application_is_told_apart():
    with pytest.raises(ys.UserError, match="holds a g2p prior, not a learner"):
        ys.load("g2p")
