"""Damaged walkers: what a learner reads against MuJoCo's own, logs, adapting, planning."""

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe.applications.robots.locomotion import (
    Planner,
    WalkerMapping,
    body_tasks,
    collect,
    make_walker,
)
from yingshe.applications.robots.locomotion.control import Fixed, line_up
from yingshe.applications.robots.locomotion.episode import walk
from yingshe.applications.robots.locomotion.planner import Model, search
from yingshe.cli import main as yingshe


@pytest.fixture(scope="module")
def cheetah():
    return make_walker("half-cheetah")


@pytest.fixture(scope="module")
def learners():
    return [ys.load("half-cheetah" + part) for part in ("", "-joints", "-commanded")]


def moments(walker, strength, *, count=60, seed=0):
    """Full states before and after actions at random, and the actions."""
    generator = np.random.default_rng(seed)
    data, model = walker.start(generator), walker.with_strength(strength)
    full, actions, after = [], [], []
    action = np.zeros(walker.size)
    for _ in range(count):
        action = np.clip(0.7 * action + 0.5 * generator.normal(size=walker.size), -1, 1)
        full.append(walker.full_state(data))
        data.ctrl[:] = action
        mujoco.mj_step(model, data, 5)
        actions.append(action)
        after.append(walker.full_state(data))
    return np.array(full), np.array(actions), np.array(after)


@pytest.mark.parametrize("name", ["half-cheetah", "ant"])
def test_a_pose_and_what_changed_make_the_next_pose(name):
    walker = make_walker(name)
    full, _, after = moments(walker, (1.0,) * walker.size)
    pose, change = walker.pose(full), walker.change(full, after)
    assert change.shape[-1] == len(walker.outputs)
    assert walker.read(pose).shape[-1] == len(walker.inputs)
    then, velocity = walker.advance(jnp.asarray(pose), jnp.asarray(change))
    np.testing.assert_allclose(then, walker.pose(after), atol=2e-4)
    np.testing.assert_allclose(velocity, (after[:, 1] - full[:, 1]) / 0.05, atol=1e-3)


def test_what_is_read_does_not_depend_on_where_an_ant_is_heading():
    ant = make_walker("ant")
    full, _, after = moments(ant, (1.0,) * 8, count=20)
    turned = []
    half = 0.6  # rad, half of the turn about the vertical
    for states in (full, after):
        new = states.copy()
        w, x, y, z = states[:, 4:8].T
        c, s = np.cos(half), np.sin(half)
        new[:, 4:8] = np.stack([c * w - s * z, c * x - s * y, c * y + s * x, c * z + s * w], 1)
        c, s = np.cos(2 * half), np.sin(2 * half)
        for at in (1, 16):
            a, b = states[:, at], states[:, at + 1]
            new[:, at], new[:, at + 1] = c * a - s * b, s * a + c * b
        turned.append(new)
    np.testing.assert_allclose(ant.read(ant.pose(turned[0])), ant.read(ant.pose(full)), atol=1e-5)
    np.testing.assert_allclose(ant.change(*turned), ant.change(full, after), atol=1e-4)


def test_damages_of_training_and_of_judging_share_no_motor(cheetah):
    for walker in (cheetah, make_walker("ant")):
        generator = np.random.default_rng(0)
        drawn = np.array([walker.draw(generator).strength for _ in range(200)])
        judged = [motor for motors in walker.test for motor in motors]
        assert (drawn[:, judged] == 1).all()
        trained = [motor for motors in walker.train for motor in motors]
        assert sorted(judged + trained) == list(range(walker.size))
        assert (drawn[:, trained] == 0).any(axis=0).all()


def test_a_dead_motor_moves_nothing(cheetah):
    damage = cheetah.damage((1,))
    assert damage.name == "bshin dead"
    ends = []
    for command in (-1.0, 1.0):
        data = cheetah.start(np.random.default_rng(0))
        data.ctrl[1] = command
        mujoco.mj_step(cheetah.with_strength(damage.strength), data, 5)
        ends.append(cheetah.full_state(data))
    np.testing.assert_array_equal(*ends)
    with pytest.raises(ys.UserError, match="6 motors"):
        cheetah.with_strength((1.0,))


def test_collecting_goes_on_where_it_stopped(cheetah, tmp_path):
    options = {"steps": 6, "branches": 2, "length": 3, "seed": 5}
    whole = collect(cheetah, tmp_path / "whole.parquet", walks=5, **options)
    collect(cheetah, tmp_path / "part.parquet", walks=4, **options)
    told = []
    again = collect(cheetah, tmp_path / "part.parquet", walks=5, on_progress=told.append, **options)
    assert told == [5]
    assert whole.equals(again)
    assert pl.read_parquet(tmp_path / "part.parquet").equals(whole)
    assert len(whole) == 5 * (6 + 3 * 2 * 3)  # from 3 of 6 states 2 branches of 3 steps
    tasks = body_tasks(cheetah, whole)
    assert int(tasks.counts.sum()) == len(whole)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(cheetah, tmp_path / "part.parquet", walks=5, **options | {"seed": 6})


@pytest.mark.parametrize("dead", [3, 4])
def test_a_second_tells_which_motor_is_dead(cheetah, learners, dead):
    """Of those that no training ever saw dead."""
    body, joints, _ = learners
    mapping = WalkerMapping(cheetah, body, joints)
    assert mapping.strength.min() > 0.6
    damage = cheetah.damage((dead,))
    full, actions, after = moments(cheetah, damage.strength, count=20, seed=3)
    for before, action, then in zip(full, actions, after, strict=True):
        mapping = mapping.observe(cheetah.pose(before), action, cheetah.change(before, then))
    assert mapping.strength[dead] < 0.4
    assert np.delete(mapping.strength, dead).min() > 0.6
    # And it predicts better for it.
    prior = WalkerMapping(cheetah, body, joints)
    full, actions, after = moments(cheetah, damage.strength, count=40, seed=4)
    change = cheetah.change(full, after)
    size = change.std(axis=0)
    errors = [
        np.mean(((np.array([m(cheetah.pose(f), a) for f, a in zip(full, actions, strict=True)])
                  - change) / size) ** 2)
        for m in (mapping, prior)
    ]  # fmt: skip
    assert errors[0] < 0.7 * errors[1]


def test_the_search_finds_what_is_best_and_keeps_to_what_motors_can(cheetah):
    planner = Planner(cheetah, horizon=5, candidates=256, rounds=4)
    wanted = jnp.asarray([0.8, -0.5, 0.2, 0.0, 2.0, -2.0])  # the last two are out of reach
    plan = planner.begin()
    for t in range(6):
        action, plan = search(
            lambda actions: -jnp.sum((actions - wanted) ** 2, axis=(1, 2)),
            planner,
            plan,
            jax.random.key(t),
        )
    np.testing.assert_allclose(action, jnp.clip(wanted, -1, 1), atol=0.2)


def test_a_plan_expects_what_its_model_says(cheetah, learners):
    body = learners[0]
    planner = Planner(cheetah, horizon=2)
    model = Model(body, body.inner.prior_mean, jnp.ones(6))
    pose = jnp.asarray(cheetah.pose(cheetah.full_state(cheetah.start(np.random.default_rng(0)))))
    actions = jnp.asarray(np.random.default_rng(1).uniform(-1, 1, (3, 2, 6)), jnp.float32)
    for expected, sequence in zip(planner.returns(model, pose, actions), actions, strict=True):
        now, total = pose, 0.0
        for action in sequence:
            now, velocity = cheetah.advance(now, model.change(cheetah.read(now), action))
            total += velocity - 0.1 * jnp.sum(action**2) - cheetah.fallen(now)
        np.testing.assert_allclose(expected, total, rtol=1e-4, atol=1e-4)


def test_only_the_told_are_told_and_the_same_seed_walks_alike(cheetah, learners):
    planner = Planner(cheetah, horizon=4, candidates=16, rounds=1, elite=4)
    makers = line_up(planner, *learners)
    damage = cheetah.damage((3,))
    runs = [
        walk(cheetah, makers[name](), damage, seed=1, steps=8, strike=4)
        for name in ("undamaged", "undamaged", "told", "adapting", "ridge", "true simulator")
    ]
    np.testing.assert_array_equal(runs[0].full, runs[1].full)
    np.testing.assert_array_equal(runs[0].full[:5], runs[2].full[:5])
    assert not np.array_equal(runs[0].full, runs[2].full)
    assert all(np.isfinite(run.reward).all() for run in runs)
    told = makers["told"]()
    assert isinstance(told, Fixed)
    walk(cheetah, told, damage, seed=1, steps=5, strike=4)
    np.testing.assert_array_equal(told.model.strength, damage.strength)


def test_bad_input_is_told_in_one_sentence(cheetah, learners, tmp_path, capsys):
    with pytest.raises(ys.UserError, match="Did you mean 'ant'"):
        make_walker("ants")
    with pytest.raises(ys.UserError, match="24 inputs and 18 outputs"):
        WalkerMapping(cheetah, learners[1], learners[1])
    assert yingshe(["walker", "train", str(tmp_path / "none.parquet")]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert yingshe(["walker", "colect", "logs.parquet"]) == 2
    assert "Did you mean 'collect'" in capsys.readouterr().err
    assert yingshe(["walker", "collect"]) == 2
    assert "Name what it is about first" in capsys.readouterr().err


def test_from_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("yingshe.applications.robots.locomotion.logs._PAIRS", 12)  # compiles faster
    logs, run, joints = (str(tmp_path / name) for name in ("logs.parquet", "run", "joints"))
    words = ["walker", "collect", logs, "--walks", "2", "--steps", "6", "--branches", "1"]
    assert yingshe(words) == 0
    train = ["walker", "train", logs, "--steps", "3"]
    assert yingshe([*train, "--features", "0", "--run", run]) == 0
    assert yingshe([*train, "--part", "joints", "--body", run, "--run", joints]) == 0
    assert ys.load(run).x_dim == 24
    assert ys.load(joints).x_dim == 6
    capsys.readouterr()
    assert yingshe([*train, "--part", "joints", "--run", joints]) == 2
    assert "--body" in capsys.readouterr().err
