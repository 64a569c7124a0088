"""Robots with actuator faults: states against MuJoCo, logs, adaptation, planning, the command."""

import shutil
from pathlib import Path

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe.applications.policy import Policy, SwitchesTask
from yingshe.applications.robots.locomotion import (
    CEMPlanner,
    LearnedDynamics,
    LocomotionModel,
    collect,
    dynamics_tasks,
    evaluate_controllers,
    load_logs,
    make_controllers,
    make_robot,
    run_episode,
)
from yingshe.applications.robots.locomotion._deprecated import WalkerMapping
from yingshe.applications.robots.locomotion.baselines import OracleDynamicsController
from yingshe.applications.robots.locomotion.model import load_learners
from yingshe.applications.robots.locomotion.planner import cem_search
from yingshe.cli import main as yingshe


@pytest.fixture(scope="module")
def cheetah():
    return make_robot("half-cheetah")


@pytest.fixture(scope="module")
def learners(cheetah):
    return load_learners(cheetah)


@pytest.fixture(scope="module")
def small_planner(cheetah):
    return CEMPlanner(cheetah, horizon=4, num_samples=16, num_iterations=1, num_elites=4)


@pytest.fixture(scope="module")
def controllers(small_planner, learners):
    return make_controllers(small_planner, *learners)


def simulate_random_actions(robot, gains, *, count=60, seed=0):
    """MuJoCo states before and after random actions, and the actions."""
    rng = np.random.default_rng(seed)
    data, model = robot.reset(rng), robot.with_gains(gains)
    states, actions, next_states = [], [], []
    action = np.zeros(robot.num_motors)
    for _ in range(count):
        action = np.clip(0.7 * action + 0.5 * rng.normal(size=robot.num_motors), -1, 1)
        states.append(robot.mj_state(data))
        data.ctrl[:] = action
        mujoco.mj_step(model, data, 5)
        actions.append(action)
        next_states.append(robot.mj_state(data))
    return np.array(states), np.array(actions), np.array(next_states)


@pytest.mark.parametrize("name", ["half-cheetah", "ant"])
def test_integrating_a_delta_gives_the_next_state(name):
    robot = make_robot(name)
    before, _, after = simulate_random_actions(robot, (1.0,) * robot.num_motors)
    state, delta = robot.local_state(before), robot.delta(before, after)
    assert delta.shape[-1] == len(robot.delta_names)
    assert robot.encode_state(state).shape[-1] == len(robot.state_names)
    next_state, velocity = robot.integrate(jnp.asarray(state), jnp.asarray(delta))
    np.testing.assert_allclose(next_state, robot.local_state(after), atol=2e-4)
    np.testing.assert_allclose(velocity, (after[:, 1] - before[:, 1]) / 0.05, atol=1e-3)


def test_encoded_states_of_an_ant_do_not_depend_on_its_heading():
    ant = make_robot("ant")
    before, _, after = simulate_random_actions(ant, (1.0,) * 8, count=20)
    rotated = []
    half = 0.6  # rad, half of the rotation about the vertical
    for states in (before, after):
        new = states.copy()
        w, x, y, z = states[:, 4:8].T
        c, s = np.cos(half), np.sin(half)
        new[:, 4:8] = np.stack([c * w - s * z, c * x - s * y, c * y + s * x, c * z + s * w], 1)
        c, s = np.cos(2 * half), np.sin(2 * half)
        for at in (1, 16):
            a, b = states[:, at], states[:, at + 1]
            new[:, at], new[:, at + 1] = c * a - s * b, s * a + c * b
        rotated.append(new)
    np.testing.assert_allclose(
        ant.encode_state(ant.local_state(rotated[0])),
        ant.encode_state(ant.local_state(before)),
        atol=1e-5,
    )
    np.testing.assert_allclose(ant.delta(*rotated), ant.delta(before, after), atol=1e-4)


def test_faults_of_training_and_of_evaluation_share_no_motor(cheetah):
    for robot in (cheetah, make_robot("ant")):
        rng = np.random.default_rng(0)
        sampled = np.array([robot.sample_fault(rng).gains for _ in range(200)])
        test = [motor for motors in robot.test_faults for motor in motors]
        assert (sampled[:, test] == 1).all()
        train = [motor for motors in robot.train_faults for motor in motors]
        assert sorted(test + train) == list(range(robot.num_motors))
        assert (sampled[:, train] == 0).any(axis=0).all()


def test_a_dead_motor_moves_nothing(cheetah):
    fault = cheetah.make_fault((1,))
    assert fault.name == "bshin dead"
    assert fault.dead_motors.tolist() == [1]
    ends = []
    for command in (-1.0, 1.0):
        data = cheetah.reset(np.random.default_rng(0))
        data.ctrl[1] = command
        mujoco.mj_step(cheetah.with_gains(fault.gains), data, 5)
        ends.append(cheetah.mj_state(data))
    np.testing.assert_array_equal(*ends)
    with pytest.raises(ys.UserError, match="6 entries"):
        cheetah.with_gains((1.0,))


def test_collecting_resumes_where_it_stopped(cheetah, tmp_path):
    options = {"steps": 6, "rollouts_per_state": 2, "rollout_steps": 3, "seed": 5}
    full = collect(cheetah, tmp_path / "full.parquet", episodes=5, **options)
    collect(cheetah, tmp_path / "part.parquet", episodes=4, **options)
    counts = []
    resumed = collect(
        cheetah, tmp_path / "part.parquet", episodes=5, on_progress=counts.append, **options
    )
    assert counts == [5]
    assert full.equals(resumed)
    assert pl.read_parquet(tmp_path / "part.parquet").equals(full)
    assert len(full) == 5 * (6 + 3 * 2 * 3)  # from 3 of 6 states 2 rollouts of 3 steps
    tasks = dynamics_tasks(cheetah, full)
    assert int(tasks.counts.sum()) == len(full)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(cheetah, tmp_path / "part.parquet", episodes=5, **options | {"seed": 6})


def test_a_collection_of_0_1_is_complete_and_can_be_extended(cheetah, tmp_path):
    """Names of settings were others in 0.1: without conversion the file would be refused."""
    options = {"steps": 6, "rollouts_per_state": 1, "rollout_steps": 2, "seed": 5}
    path = tmp_path / "old.parquet"
    first = collect(cheetah, path, episodes=1, **options)
    path.with_suffix(".json").write_text(
        '{"walker": "half-cheetah", "steps": 6, "branches": 1, "length": 2, "by": "chance",'
        ' "seed": 5}'
    )
    counts = []
    assert collect(cheetah, path, episodes=1, on_progress=counts.append, **options).equals(first)
    assert counts == []
    assert len(collect(cheetah, path, episodes=2, **options)) == 2 * len(first)
    assert len(collect(cheetah, path, episodes=2, **options)) == 2 * len(first)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(cheetah, path, episodes=2, **options | {"steps": 7})
    assert load_logs(cheetah, [path])["task"].unique().sort().to_list() == ["0/0", "0/1"]
    with pytest.raises(ys.UserError, match="not a log of the ant"):
        load_logs(make_robot("ant"), [path])


def test_planned_episodes_are_collected(cheetah, learners, tmp_path, monkeypatch):
    """Planning with a learner differs from random actions, and is the same for the same seed."""
    small = {"horizon": 3, "num_samples": 8, "num_iterations": 1, "num_elites": 2}
    monkeypatch.setattr(
        "yingshe.applications.robots.locomotion.data.CEMPlanner",
        lambda robot, **_: CEMPlanner(robot, **small),
    )
    options = {"episodes": 1, "steps": 5, "rollouts_per_state": 1, "rollout_steps": 2, "seed": 3}
    logs = [
        collect(cheetah, tmp_path / f"{name}.parquet", policy=policy, **options)
        for name, policy in (
            ("learner", learners.dynamics),
            ("again", learners.dynamics),
            ("simulator", "simulator-mpc"),
            ("random", "random"),
        )
    ]
    assert logs[0].equals(logs[1])
    assert not any(a.equals(b) for a, b in ((logs[0], logs[2]), (logs[0], logs[3])))
    with pytest.raises(ys.UserError, match="policy must be"):
        collect(cheetah, tmp_path / "other.parquet", policy="chance", **options)


@pytest.mark.slow
@pytest.mark.parametrize("dead", [3, 4])
def test_one_second_identifies_a_dead_motor(cheetah, learners, tmp_path, dead):
    """Motors that never failed in training."""
    prior = LocomotionModel.from_learners(cheetah, learners.dynamics, learners.actuator)
    assert prior.gains.min() > 0.6
    fault = cheetah.make_fault((dead,))
    before, actions, after = simulate_random_actions(cheetah, fault.gains, count=20, seed=3)
    x = list(zip(cheetah.local_state(before), actions, strict=True))
    model = prior.observe_many(x, list(cheetah.delta(before, after)))
    assert model.gains[dead] < 0.4
    assert np.delete(model.gains, dead).min() > 0.6
    # Prediction improves as well.
    before, actions, after = simulate_random_actions(cheetah, fault.gains, count=40, seed=4)
    x = list(zip(cheetah.local_state(before), actions, strict=True))
    delta = cheetah.delta(before, after)
    scale = delta.std(axis=0)
    errors = [np.mean(((np.array(m.predict(x)) - delta) / scale) ** 2) for m in (model, prior)]
    assert errors[0] < 0.7 * errors[1]
    with pytest.warns(DeprecationWarning, match="LocomotionModel"):
        old = WalkerMapping(cheetah, learners.dynamics, learners.actuator, model.mapping.state)
    np.testing.assert_array_equal(old.strength, model.gains)
    np.testing.assert_array_equal(old(*x[0]), model(x[0]))
    old = old.observe(*x[0], delta[0])
    np.testing.assert_array_equal(old.strength, model.observe(x[0], delta[0]).gains)
    model.save(tmp_path / "model.safetensors")
    again = LocomotionModel.load(tmp_path / "model.safetensors", cheetah, learners.dynamics)
    np.testing.assert_array_equal(again.gains, model.gains)
    np.testing.assert_array_equal(again(x[0]), model(x[0]))


def test_the_search_finds_the_best_actions_within_bounds(cheetah):
    planner = CEMPlanner(cheetah, horizon=5, num_samples=256, num_iterations=4)
    target = jnp.asarray([0.8, -0.5, 0.2, 0.0, 2.0, -2.0])  # the last two are out of bounds
    plan = planner.init_plan()
    for t in range(6):
        action, plan = cem_search(
            lambda actions: -jnp.sum((actions - target) ** 2, axis=(1, 2)),
            planner,
            plan,
            jax.random.key(t),
        )
    np.testing.assert_allclose(action, jnp.clip(target, -1, 1), atol=0.2)


def test_predicted_returns_follow_the_model(cheetah, learners):
    learner = learners.dynamics
    planner = CEMPlanner(cheetah, horizon=2)
    dynamics = LearnedDynamics(learner, learner.inner.prior_mean, jnp.ones(6))
    start = cheetah.mj_state(cheetah.reset(np.random.default_rng(0)))
    state = jnp.asarray(cheetah.local_state(start))
    actions = jnp.asarray(np.random.default_rng(1).uniform(-1, 1, (3, 2, 6)), jnp.float32)
    for expected, sequence in zip(planner.returns(dynamics, state, actions), actions, strict=True):
        current, total = state, 0.0
        for action in sequence:
            delta = dynamics.delta(cheetah.encode_state(current), action)
            current, velocity = cheetah.integrate(current, delta)
            total += velocity - 0.1 * jnp.sum(action**2) - cheetah.fall_penalty(current)
        np.testing.assert_allclose(expected, total, rtol=1e-4, atol=1e-4)


def test_only_oracles_know_the_fault_and_the_same_seed_repeats(cheetah, controllers):
    fault = cheetah.make_fault((3,))
    names = ("healthy", "healthy", "oracle gains", "adaptive", "online ridge", "true simulator")
    episodes = [
        run_episode(cheetah, controllers[name], fault, seed=1, steps=8, fault_step=4)
        for name in names
    ]
    np.testing.assert_array_equal(episodes[0].mj_state, episodes[1].mj_state)
    np.testing.assert_array_equal(episodes[0].mj_state[:5], episodes[2].mj_state[:5])
    assert not np.array_equal(episodes[0].mj_state, episodes[2].mj_state)
    assert all(np.isfinite(episode.reward).all() for episode in episodes)
    assert not np.array_equal(episodes[3].estimated_gains[-1], np.ones(6))
    assert (episodes[2].estimated_gains == 1).all()
    for name, controller in controllers.items():
        assert isinstance(controller, Policy)
        assert isinstance(controller, SwitchesTask) == (name in ("oracle gains", "true simulator"))
    oracle = controllers["oracle gains"]
    assert isinstance(oracle, OracleDynamicsController)
    state = oracle.switch_task(oracle.init_state(None), fault)
    np.testing.assert_array_equal(state.dynamics.gains, fault.gains)


def test_the_evaluation_sums_rewards_after_the_fault(cheetah, controllers):
    episodes = {}
    curve = evaluate_controllers(
        cheetah,
        {name: controllers[name] for name in ("non-adaptive", "adaptive")},
        shots=(1, 3),
        seeds=(1,),
        fault_step=2,
        on_episode=lambda name, episode: episodes.setdefault(name, []).append(episode),
    )
    assert (curve.methods, curve.shots) == (("non-adaptive", "adaptive"), (1, 3))
    for name, runs in episodes.items():
        assert len(runs) == len(cheetah.test_faults)
        expected = np.mean([episode.return_after for episode in runs])
        np.testing.assert_allclose(curve.at(name, 3).error.value, expected, rtol=1e-6)
        assert curve.at(name, 3).tasks == 2
    with pytest.raises(ys.UserError, match="shots must be ascending"):
        evaluate_controllers(cheetah, controllers, shots=(3, 1))


def test_bad_input_is_refused_in_one_sentence(cheetah, learners, tmp_path, capsys):
    with pytest.raises(ys.UserError, match="Did you mean 'ant'"):
        make_robot("ants")
    with pytest.raises(ys.UserError, match="24 inputs and 18 outputs"):
        LocomotionModel.from_learners(cheetah, learners.actuator, learners.actuator)
    assert yingshe(["locomotion", "train", str(tmp_path / "none.parquet")]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert yingshe(["locomotion", "colect", "logs.parquet"]) == 2
    assert "Did you mean 'collect'" in capsys.readouterr().err
    assert yingshe(["locomotion", "collect"]) == 2
    assert "LOGS.parquet is missing" in capsys.readouterr().err
    assert yingshe(["locomotion", "evaluate", "--controllers", "adapting"]) == 2
    assert "There is no controller 'adapting'" in capsys.readouterr().err
    assert yingshe(["locomotion", "demo", "--animation", str(tmp_path / "a.mp4")]) == 2
    assert ".gif" in capsys.readouterr().err


@pytest.mark.slow
def test_from_the_command_line(tmp_path, capsys, monkeypatch):
    # Compiles faster with short tasks.
    monkeypatch.setattr("yingshe.applications.robots.locomotion.data._ACTUATOR_TASK_PAIRS", 12)
    logs, run, actuator = (str(tmp_path / name) for name in ("logs.parquet", "run", "actuator"))
    size = ["--episodes", "2", "--steps", "6", "--rollouts-per-state", "1"]
    assert yingshe(["locomotion", "collect", logs, *size]) == 0
    train = ["locomotion", "train", logs, "--steps", "3"]
    assert yingshe([*train, "--num-features", "0", "--run-dir", run]) == 0
    train_actuator = [*train, "--model", "actuator", "--run-dir", actuator]
    assert yingshe([*train_actuator, "--dynamics", run]) == 0
    assert ys.load(run).x_dim == 24
    assert ys.load(actuator).x_dim == 6
    capsys.readouterr()
    assert yingshe(train_actuator) == 2
    assert "--dynamics" in capsys.readouterr().err
    # The command line of 0.1 does the same, with a warning for each name.
    old = str(tmp_path / "old.parquet")
    shutil.copy(logs, old)
    shutil.copy(Path(logs).with_suffix(".json"), Path(old).with_suffix(".json"))
    words = ["walker", "collect", old, "--walks", "2", "--steps", "6", "--branches", "1"]
    assert yingshe([*words, "--by", "chance"]) == 0
    warnings = capsys.readouterr().err
    for new in ("locomotion", "--episodes", "--rollouts-per-state", "--policy", "random"):
        assert new in warnings
    assert pl.read_parquet(old).equals(pl.read_parquet(logs))
    words = ["walker", "train", logs, "--steps", "3", "--part", "joints", "--run", actuator]
    assert yingshe([*words, "--body", run]) == 0
    assert "--model actuator" in capsys.readouterr().err
