"""Grasping with unknown offsets: the simulation, its linear columns, logs, and what is learned."""

import dataclasses
import math

import mujoco
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe.applications.robots.grasp import (
    DESIGN_COLUMNS,
    Grasp,
    GraspModel,
    GraspTask,
    Object,
    collect,
    data,
    evaluate_success,
    make_tasks,
    nominal_grasp,
    simulate_grasp,
    simulate_grasps,
)
from yingshe.applications.robots.grasp._scene import NUM_JOINTS, make_scene
from yingshe.applications.robots.grasp.baselines import BASELINES
from yingshe.applications.robots.grasp.control import compute_trajectory
from yingshe.applications.robots.grasp.evaluation import evaluate_task, make_success_curve
from yingshe.applications.robots.grasp.model import decode_grasp, design_matrix, encode_grasp
from yingshe.applications.robots.grasp.simulation import _compute_clearance
from yingshe.applications.robots.grasp.tasks import (
    OPENING_MARGIN,
    PAD_HEIGHT,
    PALM_LENGTH,
    SHAPES,
    WORKSPACE_CENTER,
)
from yingshe.cli import main as yingshe


@pytest.fixture(scope="module")
def learner():
    return ys.load("grasp")


def heavy_end(shape: str) -> tuple[GraspTask, Object]:
    """A long object with its weight near one end, and a robot that is off in every way."""
    task = GraspTask(shape, (0.05, -0.04), math.radians(30), 0.085, 0.6)
    return task, Object(shape, 0.52, 0.03, 2.0, 0.16, 0.035, 0.035, 1.0, 0.6)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_right_grasp_lifts_and_each_wrong_one_fails(shape):
    task, object_ = heavy_end(shape)
    observation = task.observe(object_, np.random.default_rng(0))
    wrong = [{"com_offset": 0.0}, {"camera_offset": (0.0, 0.0)}, {"finger_length": 0.045}]
    grasps = [task.grasp(observation)]
    grasps += [dataclasses.replace(task, **changes).grasp(observation) for changes in wrong]
    attempts = simulate_grasps([(object_, grasp) for grasp in grasps], task.finger_length)
    assert [attempt.success for attempt in attempts] == [True, False, False, False]
    assert attempts[0].clearance[-1] > 0.11
    assert attempts[0].clearance[0] == pytest.approx(0.0, abs=1e-3)
    # Fingers longer than was thought run into the table or the object: the arm stops.
    assert [attempt.collided for attempt in attempts] == [False, False, False, True]
    # Many at once go as one alone.
    alone = simulate_grasp(object_, task.finger_length, grasps[1])
    np.testing.assert_array_equal(alone.qpos, attempts[1].qpos)


def test_clearance_by_hand():
    upright = np.array([[0.0, 0.0, 0.3, np.cos(np.pi / 4), 0.0, np.sin(np.pi / 4), 0.0]])
    lying = np.array([[0.0, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0]])
    for shape in SHAPES:
        object_ = Object(shape, 0.5, 0.0, 0.0, 0.2, 0.04, 0.04, 1.0, 0.0)
        assert _compute_clearance(object_, lying)[0] == pytest.approx(0.3 - 0.02)
        assert _compute_clearance(object_, upright)[0] == pytest.approx(0.3 - 0.1)


def test_the_arm_goes_where_the_grasp_says():
    grasp = Grasp(0.45, 0.1, 0.13, 1.2, 0.05)
    trajectory = compute_trajectory(grasp)
    assert np.abs(np.diff(trajectory[:, :NUM_JOINTS], axis=0)).max() < 0.03  # rad: no jump
    object_ = Object("box", *WORKSPACE_CENTER, 0.0, 0.1, 0.04, 0.04, 0.5, 0.0)
    model = make_scene(object_, 0.06)
    state = mujoco.MjData(model)
    for step, height in ((trajectory.shape[0] // 2, 0.0), (-1, 0.12)):
        state.qpos[:NUM_JOINTS] = trajectory[step, :NUM_JOINTS]
        mujoco.mj_kinematics(model, state)
        position = state.site("hand").xpos
        np.testing.assert_allclose(position, [0.45, 0.1, 0.13 + height], atol=1e-3)
        along, _, down = state.site("hand").xmat.reshape(3, 3).T
        np.testing.assert_allclose(down, [0, 0, -1], atol=1e-3)
        assert abs(along @ [math.cos(1.2), math.sin(1.2), 0]) == pytest.approx(1, abs=1e-4)


def test_a_grasp_is_linear_in_the_columns():
    generator = np.random.default_rng(4)
    for _ in range(20):
        task = GraspTask.sample(generator)
        observation = task.observe(task.sample_object(generator), generator)
        psi, c = task.yaw_offset, task.com_offset
        flange = 100 * (PALM_LENGTH + task.finger_length - PAD_HEIGHT / 2)
        weights = [
            *(100 * task.camera_offset[0], 100 * task.camera_offset[1]),
            *(math.cos(psi), math.sin(psi), c * math.cos(psi), c * math.sin(psi)),
            *(math.cos(2 * psi), math.sin(2 * psi), flange, 0.5, 100 * OPENING_MARGIN, 1.0),
        ]
        right = task.grasp(observation)
        numbers = design_matrix(observation) @ np.array(weights)[:, None]
        np.testing.assert_allclose(numbers, encode_grasp(right), atol=1e-9)
        decoded = decode_grasp(numbers)
        angle = math.remainder(decoded.yaw - right.yaw, math.pi)
        assert angle == pytest.approx(0, abs=1e-9)
        np.testing.assert_allclose(decoded.x, right.x, atol=1e-9)


def test_a_few_grasps_identify_the_hidden_properties(learner):
    errors = {0: [], 5: []}
    nominal_errors = []
    for i in range(20):
        generator = np.random.default_rng((77, i))
        task, model = GraspTask.sample(generator), GraspModel.from_learner(learner)
        for k in range(6):
            observation = task.observe(task.sample_object(generator), generator)
            right = task.grasp(observation)
            if k in errors:
                grasp = model(observation)
                errors[k].append(math.hypot(grasp.x - right.x, grasp.y - right.y))
                assert errors[k][-1] < 5 * model.deviation(observation)
            if k == 0:
                nominal = nominal_grasp(observation)
                nominal_errors.append(math.hypot(nominal.x - right.x, nominal.y - right.y))
            noisy = dataclasses.replace(right, x=right.x + 0.004 * generator.normal())
            model = model.observe(observation, noisy)
    assert np.mean(errors[5]) < 0.01 < 0.03 < np.mean(errors[0])
    assert np.mean(nominal_errors) > 0.03


def test_many_grasps_are_those_one_by_one_and_survive_a_file(learner, tmp_path):
    task, generator = heavy_end("box")[0], np.random.default_rng(3)
    objects = [task.observe(task.sample_object(generator), generator) for _ in range(5)]
    grasps = [task.grasp(observation) for observation in objects]
    model = prior = GraspModel.from_learner(learner)
    for observation, grasp in zip(objects[:3], grasps, strict=False):
        model = model.observe(observation, grasp)
    expected = [dataclasses.astuple(model(observation)) for observation in objects[3:]]
    at_once = prior.observe_many(objects[:3], grasps[:3])
    path = tmp_path / "grasp.safetensors"
    at_once.save(path)
    for other in (model, at_once, GraspModel.load(path)):
        predicted = [dataclasses.astuple(grasp) for grasp in other.predict(objects[3:])]
        np.testing.assert_allclose(predicted, expected, atol=1e-5)
    mapping = tmp_path / "mapping.safetensors"
    ys.adapt(learner, np.zeros((1, 12)), np.zeros((1, 1))).save(mapping)
    with pytest.raises(ys.UserError, match="is not a saved GraspModel"):
        GraspModel.load(mapping)


def test_adapting_succeeds_where_nothing_else_does(learner):
    generator = np.random.default_rng(12)
    task, _ = heavy_end("cylinder")
    success = evaluate_task(learner, task, generator, (0, 5), num_objects=3)
    assert success["oracle", 0] == success["yingshe", 5] == 1.0
    assert success["nominal", 0] == success["yingshe", 0] == 0.0
    assert set(success) == {
        *(("oracle", 0), ("nominal", 0), ("yingshe", 0), ("yingshe", 5)),
        *((name, 5) for name in BASELINES),
    }
    curve = make_success_curve([success, success | {("oracle", 0): 0.5}])
    assert curve.methods == ("yingshe", "nominal", *BASELINES, "oracle")
    assert curve.at("oracle", 5).error.value == curve.at("oracle", 0).error.value == 0.75
    assert curve.at("yingshe", 5).ratio_to_oracle.value == pytest.approx(1 / 0.75)
    assert [row.shots for row in curve.rows if row.method == "ridge"] == [5]


def test_baselines():
    task = GraspTask("box", (0.03, 0.02), 0.0, 0.08, 0.0)
    generator = np.random.default_rng(2)
    objects = [task.observe(task.sample_object(generator), generator) for _ in range(9)]
    support = [(observation, task.grasp(observation)) for observation in objects[:8]]
    right = dataclasses.astuple(task.grasp(objects[8]))
    # Without a turn and a heavy end one correction is right everywhere; ridge finds it exactly.
    for name in ("nearest correction", "ridge"):
        grasp = dataclasses.astuple(BASELINES[name](support, objects[8]))
        np.testing.assert_allclose(grasp[:3], right[:3], atol=1e-3)
    assert BASELINES["nearest neighbour"](support, support[3][0]) == support[3][1]
    nominal = dataclasses.astuple(nominal_grasp(objects[8]))
    for baseline in BASELINES.values():
        grasp = dataclasses.astuple(baseline([], objects[8]))
        np.testing.assert_allclose(grasp[:3], nominal[:3], rtol=1e-6)


def test_a_collection_resumes(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "_TASKS_PER_PART", 1)
    whole = collect(tmp_path / "whole.parquet", num_tasks=3, grasps=1, seed=5)
    path, calls = tmp_path / "part.parquet", []
    collect(path, num_tasks=2, grasps=1, seed=5)
    resumed = collect(path, num_tasks=3, grasps=1, seed=5, on_progress=calls.append)
    assert calls == [3]
    assert whole.equals(resumed)
    assert pl.read_parquet(path).equals(whole)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(path, num_tasks=3, grasps=1, seed=6)
    tasks = make_tasks(whole)
    assert (len(tasks), tasks.x_dim, tasks.max_task_size) == (3, len(DESIGN_COLUMNS), 6)
    with pytest.raises(ys.UserError, match="no column 'grasp_z'"):
        make_tasks(whole.drop("grasp_z"))
    with pytest.raises(ys.UserError, match="Did you mean 'box'"):
        make_tasks(whole.with_columns(shape=pl.lit("bx")))


def test_only_a_learner_of_grasps_will_do():
    with pytest.raises(ys.UserError, match="RLS learner with 12 inputs"):
        GraspModel.from_learner(ys.load("linear"))


def test_evaluation_refuses_what_it_cannot_evaluate(learner):
    with pytest.raises(ys.UserError, match="num_tasks must be at least 1, got 0"):
        evaluate_success(learner, num_tasks=0, shots=(1,), num_objects=1)


@pytest.mark.slow
def test_from_the_command_line(tmp_path, capsys):
    table, run = tmp_path / "grasps.parquet", tmp_path / "run"
    assert yingshe(["grasp", "collect", str(table), "--num-tasks", "2", "--grasps", "2"]) == 0
    args = ["grasp", "train", str(table), "--run-dir", str(run), "--steps", "3", "--grasps", "2"]
    assert yingshe(args) == 0
    assert ys.load(run).x_dim == len(DESIGN_COLUMNS)
    capsys.readouterr()
    args = ["grasp", "evaluate", "--model", str(run), "--tasks", "1", "--shots", "0", "1"]
    assert yingshe([*args, "--objects", "1"]) == 0
    assert "grasping: success rate" in capsys.readouterr().out
    args = ["grasp", "train", str(tmp_path / "none.parquet"), "--run-dir", str(run)]
    assert yingshe(args) == 2
    assert "There is no file" in capsys.readouterr().err
    assert yingshe(["grasp", "colect", str(table)]) == 2
    assert "Did you mean 'collect'" in capsys.readouterr().err
    assert yingshe(["grasp", "collect", str(table), "--num-tasks", "0"]) == 2
    assert "num_tasks must be at least 1" in capsys.readouterr().err
    assert yingshe(["grasp", "demo", "--animation", str(tmp_path / "a.mp4")]) == 2
    assert "an animation is a .gif" in capsys.readouterr().err


def test_options_of_0_1_still_work(tmp_path, capsys):
    table = tmp_path / "grasps.parquet"
    old = ["--tasks", "1", "--grasps", "1", "--seed", "5"]
    assert yingshe(["grasp", "collect", str(table), *old]) == 0
    assert "'--tasks' is now '--num-tasks'" in capsys.readouterr().err
    assert pl.read_parquet(table)["task"].n_unique() == 1
