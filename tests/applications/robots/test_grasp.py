"""Grasping with unknown offsets: the simulation, its linear columns, logs, and what is learned."""

import dataclasses
import math

import mujoco
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe.applications.robots.grasp import (
    COLUMNS,
    Grasp,
    GraspMapping,
    GraspTask,
    Object,
    attempt,
    attempts,
    collect,
    logs,
    nominal_grasp,
    tasks_of,
)
from yingshe.applications.robots.grasp.baselines import BASELINES
from yingshe.applications.robots.grasp.judge import judge
from yingshe.applications.robots.grasp.mapping import grasp_of, rows_of, to_floats
from yingshe.applications.robots.grasp.motion import controls
from yingshe.applications.robots.grasp.scene import JOINTS, scene
from yingshe.applications.robots.grasp.simulate import _clearance
from yingshe.applications.robots.grasp.task import CENTRE, MARGIN, PAD, PALM, SHAPES
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
    seen = task.see(object_, np.random.default_rng(0))
    wrong = [{"off_centre": 0.0}, {"offset": (0.0, 0.0)}, {"finger": 0.045}]
    grasps = [task.grasp(seen)]
    grasps += [dataclasses.replace(task, **one).grasp(seen) for one in wrong]
    tried = attempts([(object_, grasp) for grasp in grasps], task.finger)
    assert [one.success for one in tried] == [True, False, False, False]
    assert tried[0].clearance[-1] > 0.11
    assert tried[0].clearance[0] == pytest.approx(0.0, abs=1e-3)
    # Fingers longer than was thought run into the table or the object: the arm stops.
    assert [one.stopped for one in tried] == [False, False, False, True]
    # Many at once go as one alone.
    alone = attempt(object_, task.finger, grasps[1])
    np.testing.assert_array_equal(alone.qpos, tried[1].qpos)


def test_clearance_by_hand():
    upright = np.array([[0.0, 0.0, 0.3, np.cos(np.pi / 4), 0.0, np.sin(np.pi / 4), 0.0]])
    lying = np.array([[0.0, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0]])
    for shape in SHAPES:
        object_ = Object(shape, 0.5, 0.0, 0.0, 0.2, 0.04, 0.04, 1.0, 0.0)
        assert _clearance(object_, lying)[0] == pytest.approx(0.3 - 0.02)
        assert _clearance(object_, upright)[0] == pytest.approx(0.3 - 0.1)


def test_the_arm_goes_where_the_grasp_says():
    grasp = Grasp(0.45, 0.1, 0.13, 1.2, 0.05)
    moves = controls(grasp)
    assert np.abs(np.diff(moves[:, :JOINTS], axis=0)).max() < 0.03  # rad a step: no jump
    model = scene(Object("box", *CENTRE, 0.0, 0.1, 0.04, 0.04, 0.5, 0.0), 0.06)
    data = mujoco.MjData(model)
    for step, height in ((moves.shape[0] // 2, 0.0), (-1, 0.12)):
        data.qpos[:JOINTS] = moves[step, :JOINTS]
        mujoco.mj_kinematics(model, data)
        place = data.site("hand").xpos
        np.testing.assert_allclose(place, [0.45, 0.1, 0.13 + height], atol=1e-3)
        along, _, down = data.site("hand").xmat.reshape(3, 3).T
        np.testing.assert_allclose(down, [0, 0, -1], atol=1e-3)
        assert abs(along @ [math.cos(1.2), math.sin(1.2), 0]) == pytest.approx(1, abs=1e-4)


def test_a_grasp_is_linear_in_the_columns():
    generator = np.random.default_rng(4)
    for _ in range(20):
        task = GraspTask.draw(generator)
        seen = task.see(task.draw_object(generator), generator)
        psi, c = task.turn, task.off_centre
        weights = [
            *(100 * task.offset[0], 100 * task.offset[1], math.cos(psi), math.sin(psi)),
            *(c * math.cos(psi), c * math.sin(psi), math.cos(2 * psi), math.sin(2 * psi)),
            *(100 * (PALM + task.finger - PAD / 2), 0.5, 100 * MARGIN, 1.0),
        ]
        right = task.grasp(seen)
        numbers = rows_of(seen) @ np.array(weights)[:, None]
        np.testing.assert_allclose(numbers, to_floats(right), atol=1e-9)
        again = grasp_of(numbers)
        turned = math.remainder(again.yaw - right.yaw, math.pi)
        assert turned == pytest.approx(0, abs=1e-9)
        np.testing.assert_allclose(again.x, right.x, atol=1e-9)


def test_a_few_grasps_tell_what_is_hidden(learner):
    errors = {0: [], 5: []}
    nominal = []
    for i in range(20):
        generator = np.random.default_rng((77, i))
        task, mapping = GraspTask.draw(generator), GraspMapping(learner)
        for k in range(6):
            seen = task.see(task.draw_object(generator), generator)
            right = task.grasp(seen)
            if k in errors:
                got = mapping(seen)
                errors[k].append(math.hypot(got.x - right.x, got.y - right.y))
                assert errors[k][-1] < 5 * mapping.deviation(seen)
            if k == 0:
                thought = nominal_grasp(seen)
                nominal.append(math.hypot(thought.x - right.x, thought.y - right.y))
            noisy = dataclasses.replace(right, x=right.x + 0.004 * generator.normal())
            mapping = mapping.observe(seen, noisy)
    assert np.mean(errors[5]) < 0.01 < 0.03 < np.mean(errors[0])
    assert np.mean(nominal) > 0.03


def test_adapting_succeeds_where_nothing_else_does(learner):
    generator = np.random.default_rng(12)
    task, _ = heavy_end("cylinder")
    success = judge(learner, task, generator, (0, 5), objects=3)
    assert success["oracle", 0] == success["yingshe", 5] == 1.0
    assert success["nominal", 0] == success["yingshe", 0] == 0.0
    assert set(success) == {
        *(("oracle", 0), ("nominal", 0), ("yingshe", 0), ("yingshe", 5)),
        *((name, 5) for name in BASELINES),
    }


def test_baselines():
    task = GraspTask("box", (0.03, 0.02), 0.0, 0.08, 0.0)
    generator = np.random.default_rng(2)
    seen = [task.see(task.draw_object(generator), generator) for _ in range(9)]
    read = [(one, task.grasp(one)) for one in seen[:8]]
    right = dataclasses.astuple(task.grasp(seen[8]))
    # Without a turn and a heavy end one correction is right everywhere; ridge finds it exactly.
    for name in ("nearest correction", "ridge"):
        got = dataclasses.astuple(BASELINES[name](read, seen[8]))
        np.testing.assert_allclose(got[:3], right[:3], atol=1e-3)
    assert BASELINES["nearest neighbour"](read, read[3][0]) == read[3][1]
    assert BASELINES["ridge"]([], seen[8]).x == pytest.approx(nominal_grasp(seen[8]).x)


def test_collecting_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_AT_ONCE", 1)
    whole = collect(tmp_path / "whole.parquet", tasks=3, grasps=1, seed=5)
    collect(tmp_path / "part.parquet", tasks=2, grasps=1, seed=5)
    told = []
    again = collect(tmp_path / "part.parquet", tasks=3, grasps=1, seed=5, on_progress=told.append)
    assert told == [3]
    assert whole.equals(again)
    assert pl.read_parquet(tmp_path / "part.parquet").equals(whole)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(tmp_path / "part.parquet", tasks=3, grasps=1, seed=6)
    tasks = tasks_of(whole)
    assert (len(tasks), tasks.x_dim, tasks.max_task_size) == (3, len(COLUMNS), 6)
    with pytest.raises(ys.UserError, match="no column 'grasp_z'"):
        tasks_of(whole.drop("grasp_z"))
    with pytest.raises(ys.UserError, match="Did you mean 'box'"):
        tasks_of(whole.with_columns(shape=pl.lit("bx")))


def test_only_a_learner_of_grasps_will_do():
    with pytest.raises(ys.UserError, match="RLS of 12 inputs"):
        GraspMapping(ys.load("linear"))


def test_from_the_command_line(tmp_path, capsys):
    table, run = tmp_path / "grasps.parquet", tmp_path / "run"
    assert yingshe(["grasp", "collect", str(table), "--tasks", "2", "--grasps", "2"]) == 0
    words = ["grasp", "train", str(table), "--run", str(run), "--steps", "3", "--grasps", "2"]
    assert yingshe(words) == 0
    assert ys.load(run).x_dim == len(COLUMNS)
    capsys.readouterr()
    assert yingshe(["grasp", "train", str(tmp_path / "none.parquet"), "--run", str(run)]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert yingshe(["grasp", "colect", str(table)]) == 2
    assert "Did you mean 'collect'" in capsys.readouterr().err
    assert yingshe(["grasp", "collect", str(table), "--tasks", "0"]) == 2
    assert "at least one task" in capsys.readouterr().err
    assert yingshe(["demo", "grasp", "--animation", str(tmp_path / "a.mp4")]) == 2
    assert "an animation is a .gif" in capsys.readouterr().err
