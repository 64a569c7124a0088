"""An arm with an unknown load: its physics against MuJoCo's own, its logs, and control by them."""

import mujoco
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe.applications.robots.arm import (
    COLUMNS,
    Arm,
    ArmMapping,
    ArmTask,
    collect,
    control,
    tasks_of,
)
from yingshe.cli import main as yingshe

TWO_LINKS = """
<mujoco>
  <worldbody>
    <body>
      <joint name="shoulder" axis="0 1 0" damping="0.3" range="-1 1" limited="true"/>
      <geom type="capsule" fromto="0 0 0 0.4 0 0" size="0.03" mass="2"/>
      <body pos="0.4 0 0">
        <joint name="elbow" axis="0 1 0"/>
        <geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.03" mass="1"/>
        <body name="hand" pos="0.3 0 0">
          <joint name="finger" axis="1 0 0"/>
          <geom size="0.02" mass="0.1"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator><motor joint="finger"/></actuator>
</mujoco>
"""


@pytest.fixture(scope="module")
def arm():
    return Arm()


@pytest.fixture(scope="module")
def learner():
    return ys.load("arm")


def weights_of(task: ArmTask, joint: int) -> np.ndarray:
    """What a joint's torque is in the columns of its features, from the task itself."""
    c, ball = np.array(task.centre), 0.4 * 0.05**2  # the payload is a ball of 5 cm
    squares = c**2 + ball / 2
    cross = [c[0] * c[1], c[0] * c[2], c[1] * c[2]]
    load = task.mass * np.array([1.0, *c, *squares, *cross])
    return np.array([1.0, task.friction[joint], task.friction[joint], *load]) / task.strength[joint]


def test_torque_is_linear_in_the_features(arm):
    generator = np.random.default_rng(3)
    task = ArmTask.draw(generator, arm.size)
    model = arm.with_task(task)
    model.dof_frictionloss[:] = 0  # a constraint to MuJoCo: known here by its size alone
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:], data.qacc[:] = generator.normal(size=(3, arm.size))
    q, v, a = data.qpos.copy(), data.qvel.copy(), data.qacc.copy()
    mujoco.mj_inverse(model, data)
    dry = arm.model.dof_frictionloss * task.friction * np.sign(v)
    wanted = (data.qfrc_inverse + dry) / task.strength
    features = arm.features(q, v, a)
    assert features.shape == (7, len(COLUMNS))
    got = [features[j] @ weights_of(task, j) * arm.limits[j] for j in range(arm.size)]
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-4)


def test_collecting_goes_on_where_it_stopped(arm, tmp_path):
    options = {"seconds": 1.0, "every": 50, "seed": 5}
    whole = collect(arm, tmp_path / "whole.parquet", arms=22, **options)
    collect(arm, tmp_path / "part.parquet", arms=20, **options)
    told = []
    again = collect(arm, tmp_path / "part.parquet", arms=22, on_progress=told.append, **options)
    assert told == [22]
    assert whole.equals(again)
    assert pl.read_parquet(tmp_path / "part.parquet").equals(whole)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(arm, tmp_path / "part.parquet", arms=22, **options | {"seed": 6})


@pytest.mark.parametrize("dead", [False, True])
def test_a_few_moments_tell_the_load(arm, learner, tmp_path, dead):
    logs = collect(arm, tmp_path / "logs.parquet", arms=3, dead_joint=dead, seed=77)
    tasks = tasks_of(arm, logs)
    assert len(tasks) <= 3 * arm.size
    ratios = []
    for frame in logs.partition_by("task", maintain_order=True):
        q, v, a, u = (
            frame.select([f"{c}{j}" for j in range(1, 8)]).to_numpy().astype(float) for c in "qvau"
        )
        chosen = np.random.default_rng(0).permutation(len(q))
        mapping = ArmMapping(arm, learner)
        for i in chosen[:50]:
            mapping = mapping.observe(q[i], v[i], a[i], u[i])
        query = chosen[50:80]
        ours = np.mean([(mapping(q[i], v[i], a[i])[0] - u[i]) ** 2 for i in query])
        nominal = np.mean([(arm.nominal_torque(q[i], v[i], a[i]) - u[i]) ** 2 for i in query])
        ratios.append(np.sqrt(ours / nominal))
        # The forward dynamics is the same mapping, solved.
        solved = mapping.acceleration(q[0], v[0], u[0])
        if not dead:
            np.testing.assert_allclose(mapping(q[0], v[0], solved)[0], u[0], atol=0.05)
    assert np.mean(ratios) < 0.3


def test_it_tracks_better_than_the_nominal_model_and_notices_a_new_load(arm, learner):
    first = ArmTask(2.5, (0.0, 0.03, 0.1), (1.5,) * 7, (0.9,) * 7)
    then = ArmTask(0.5, (0.02, 0.0, 0.05), (1.5,) * 7, (0.9,) * 7)
    ours = control.Adapting(ArmMapping(arm, learner))
    adapted = control.track(arm, first, ours, seed=1, seconds=1.6, then=then)
    nominal = control.track(arm, first, control.Nominal(arm), seed=1, seconds=1.6, then=then)
    assert adapted.joint_rmse < nominal.joint_rmse / 5
    assert ours.changes == 1


def test_recovery_by_hand():
    error = np.full((1000, 1), 1e-3)
    error[500:600] = 1e-2
    one = control.Tracking(error, error[:, 0], error[:, 0], error, error, 0.002)
    # In a window of 125 steps (0.25 s) the last one above 2 mrad has four of the hundred bad ones.
    assert one.recovery(500) == pytest.approx(0.002 * 97, abs=0.004)


def test_an_arm_of_ones_own(tmp_path):
    path = tmp_path / "two.xml"
    path.write_text(TWO_LINKS)
    arm = Arm(path, joints=["shoulder", "elbow"], end_effector="hand")
    assert arm.size == 2
    hold = arm.nominal_torque(np.zeros(2), np.zeros(2), np.zeros(2))
    # Two links and the hand, by their levers: the arm points along x, gravity is 9.81 m/s².
    elbow = 9.81 * (1 * 0.15 + 0.1 * 0.3)
    assert hold[1] == pytest.approx(-elbow, rel=1e-3)
    assert hold[0] == pytest.approx(-(elbow + 9.81 * (2 * 0.2 + 1.1 * 0.4)), rel=1e-3)
    with pytest.raises(ys.UserError, match="Did you mean 'elbow'"):
        Arm(path, joints=["shoulder", "elbo"], end_effector="hand")
    with pytest.raises(ys.UserError, match="no body or site 'wrist'"):
        Arm(path, joints=["shoulder", "elbow"], end_effector="wrist")


def test_from_the_command_line(tmp_path, capsys):
    logs, run = tmp_path / "arms.parquet", tmp_path / "run"
    assert yingshe(["arm", "collect", str(logs), "--arms", "4", "--seconds", "1.5"]) == 0
    words = ["arm", "train", str(logs), "--run", str(run), "--steps", "3", "--pairs", "8"]
    assert yingshe(words) == 0
    assert ys.load(run).x_dim == len(COLUMNS)
    capsys.readouterr()
    assert yingshe(["arm", "train", str(tmp_path / "none.parquet"), "--run", str(run)]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert yingshe(["arm", "colect", str(logs)]) == 2
    assert "Did you mean 'collect'" in capsys.readouterr().err
    assert yingshe(["arm", "collect", str(logs), "--mjcf", str(logs)]) == 2
    assert "names of its joints" in capsys.readouterr().err
