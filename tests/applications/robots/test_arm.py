"""An arm with an unknown payload: its regressor against MuJoCo, its logs, its model and control."""

import json

import mujoco
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe.applications.robots.arm import (
    REGRESSOR_COLUMNS,
    AdaptiveController,
    Arm,
    ArmModel,
    ArmTask,
    ComputedTorqueController,
    JointMotion,
    OracleController,
    PDController,
    RidgeController,
    SlotineLiController,
    Tracking,
    collect,
    evaluate_torque,
    make_tasks,
    track,
)
from yingshe.applications.robots.arm._api_0_1 import ArmMapping
from yingshe.applications.robots.arm.data import joint_arrays
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

SETTINGS = {"seconds": 1.0, "stride": 50, "seed": 5}


@pytest.fixture(scope="module")
def arm():
    return Arm()


@pytest.fixture(scope="module")
def learner():
    return ys.load("arm")


@pytest.fixture(scope="module")
def whole(arm, tmp_path_factory):
    """Logs of 22 arms, collected in one go."""
    path = tmp_path_factory.mktemp("logs") / "whole.parquet"
    return collect(arm, path, num_tasks=22, **SETTINGS)


def true_weights(task: ArmTask, joint: int) -> np.ndarray:
    """Return the weights of a joint's torque in the regressor's columns."""
    c, ball = np.array(task.center_of_mass), 0.4 * 0.05**2  # the payload is a ball of 5 cm
    squares = c**2 + ball / 2
    cross = [c[0] * c[1], c[0] * c[2], c[1] * c[2]]
    payload = task.mass * np.array([1.0, *c, *squares, *cross])
    friction = task.friction[joint]
    return np.array([1.0, friction, friction, *payload]) / task.motor_gain[joint]


def test_torque_is_linear_in_the_regressor(arm):
    generator = np.random.default_rng(3)
    task = ArmTask.sample(generator, arm.num_joints)
    model = arm.with_task(task)
    model.dof_frictionloss[:] = 0  # a constraint to MuJoCo: known here by its size alone
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:], data.qacc[:] = generator.normal(size=(3, arm.num_joints))
    q, v, a = data.qpos.copy(), data.qvel.copy(), data.qacc.copy()
    mujoco.mj_inverse(model, data)
    dry = arm.model.dof_frictionloss * task.friction * np.sign(v)
    expected = (data.qfrc_inverse + dry) / task.motor_gain
    regressor = arm.regressor(q, v, a)
    assert regressor.shape == (7, len(REGRESSOR_COLUMNS))
    torque = [
        regressor[j] @ true_weights(task, j) * arm.torque_limits[j] for j in range(arm.num_joints)
    ]
    np.testing.assert_allclose(torque, expected, rtol=1e-5, atol=1e-4)


def test_a_collection_resumes(arm, whole, tmp_path):
    path, calls = tmp_path / "part.parquet", []
    collect(arm, path, num_tasks=20, **SETTINGS)
    resumed = collect(arm, path, num_tasks=22, on_progress=calls.append, **SETTINGS)
    assert calls == [22]
    assert whole.equals(resumed)
    assert pl.read_parquet(path).equals(whole)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(arm, path, num_tasks=22, **SETTINGS | {"seed": 6})


def test_a_collection_of_0_1_is_complete(arm, whole, tmp_path):
    """Version 0.1 called the stride "every"; its files are neither refused nor written anew."""
    path, calls = tmp_path / "old.parquet", []
    collect(arm, path, num_tasks=2, **SETTINGS)
    settings = path.with_suffix(".json")
    old = settings.read_text().replace('"stride"', '"every"')
    assert json.loads(old)["every"] == 50
    settings.write_text(old)
    logs = collect(arm, path, num_tasks=2, on_progress=calls.append, **SETTINGS)
    assert (calls, settings.read_text()) == ([], old)
    assert logs.equals(whole.filter(pl.col("task") < 2))


@pytest.mark.parametrize("dead", [False, True])
def test_fifty_time_steps_identify_the_payload(arm, learner, tmp_path, dead):
    logs = collect(arm, tmp_path / "logs.parquet", num_tasks=3, dead_joint=dead, seed=77)
    tasks = make_tasks(arm, logs)
    assert len(tasks) <= 3 * arm.num_joints
    ratios = []
    for frame in logs.partition_by("task", maintain_order=True):
        q, v, a, u = joint_arrays(frame, arm.num_joints)
        order = np.random.default_rng(0).permutation(len(q))
        motions = [JointMotion(*rows) for rows in zip(q, v, a, strict=True)]
        model = ArmModel.from_learner(arm, learner)
        for i in order[:50]:
            model = model.observe(motions[i], u[i])
        query = order[50:80]
        ours = np.mean([(model(motions[i]).torque - u[i]) ** 2 for i in query])
        nominal = np.mean([(arm.nominal_torque(*motions[i]) - u[i]) ** 2 for i in query])
        ratios.append(np.sqrt(ours / nominal))
        # The forward dynamics is the same model, solved.
        solved = model.acceleration(q[0], v[0], u[0])
        if not dead:
            torque, _ = model(JointMotion(q[0], v[0], solved))
            np.testing.assert_allclose(torque, u[0], atol=0.05)
    assert np.mean(ratios) < 0.3


def test_many_time_steps_are_those_one_by_one_and_survive_a_file(arm, learner, whole, tmp_path):
    q, v, a, u = joint_arrays(whole.filter(pl.col("task") == 3), arm.num_joints)
    motions = [JointMotion(*rows) for rows in zip(q, v, a, strict=True)]
    model = ArmModel.from_learner(arm, learner)
    for motion, torque in zip(motions[:3], u[:3], strict=True):
        model = model.observe(motion, torque)
    at_once = ArmModel.from_learner(arm, learner).observe_many(motions[:3], list(u[:3]))
    np.testing.assert_allclose(at_once(motions[3]), model(motions[3]), rtol=1e-6)
    many = model.predict(motions[3:5])
    np.testing.assert_allclose(many[1].torque, model(motions[4]).torque, rtol=1e-6)
    np.testing.assert_allclose(many[1].deviation, model(motions[4]).deviation, rtol=1e-6)
    path = tmp_path / "arm.safetensors"
    model.save(path)
    np.testing.assert_array_equal(ArmModel.load(path, arm)(motions[3]), model(motions[3]))
    links = tmp_path / "two.xml"
    links.write_text(TWO_LINKS)
    other = Arm(links, joints=["shoulder", "elbow"], end_effector="hand")
    with pytest.raises(ys.UserError, match=r"joint7.*not a model of an arm .shoulder, elbow"):
        ArmModel.load(path, other)


def test_the_mapping_of_0_1_is_the_model_with_separate_arguments(arm, learner, whole):
    q, v, a, u = joint_arrays(whole.filter(pl.col("task") == 3), arm.num_joints)
    model, mapping = ArmModel.from_learner(arm, learner), ArmMapping(arm, learner)
    model = model.observe(JointMotion(q[0], v[0], a[0]), u[0])
    mapping = mapping.observe(q[0], v[0], a[0], u[0])
    torque, deviation = mapping(q[1], v[1], a[1])
    np.testing.assert_array_equal((torque, deviation), model(JointMotion(q[1], v[1], a[1])))
    assert mapping.surprise == model.nis
    reset = model.reset_payload().acceleration(q[1], v[1], u[1])
    np.testing.assert_array_equal(mapping.forget_load().acceleration(q[1], v[1], u[1]), reset)


def test_reset_payload_keeps_the_joints(arm, learner, whole):
    """Friction is learned with one payload and known at once with the next."""
    q, v, a, u = joint_arrays(whole.filter(pl.col("task") == 1), arm.num_joints)
    motions = [JointMotion(*rows) for rows in zip(q, v, a, strict=True)]
    prior = ArmModel.from_learner(arm, learner)
    model = prior.observe_many(motions, list(u))
    reset = model.reset_payload()
    deviation = {name: m(motions[0]).deviation for name, m in
                 (("prior", prior), ("model", model), ("reset", reset))}  # fmt: skip
    assert (deviation["model"] < deviation["reset"]).all()
    assert (deviation["reset"] <= deviation["prior"] * 1.001).all()
    assert reset.nis == 0.0


def test_only_rls_on_the_regressor_will_do(arm):
    with pytest.raises(ys.UserError, match="RLS learner with 13 inputs"):
        ArmModel.from_learner(arm, ys.load("linear"))


def test_it_tracks_better_than_the_nominal_model_and_detects_a_new_payload(arm, learner):
    before = ArmTask(2.5, (0.0, 0.03, 0.1), (1.5,) * 7, (0.9,) * 7)
    after = ArmTask(0.5, (0.02, 0.0, 0.05), (1.5,) * 7, (0.9,) * 7)
    options = {"seed": 1, "seconds": 1.6, "switch_to": after}
    adaptive = track(
        arm, before, AdaptiveController(ArmModel.from_learner(arm, learner)), **options
    )
    nominal = track(arm, before, ComputedTorqueController(arm), **options)
    assert adaptive.joint_rmse < nominal.joint_rmse / 5
    assert adaptive.final_state.num_resets == 1


def test_baseline_controllers_rank_as_their_knowledge(arm, learner):
    task = ArmTask(2.5, (0.0, 0.03, 0.1), (1.5,) * 7, (0.9,) * 7)
    controllers = (PDController, ComputedTorqueController, RidgeController, SlotineLiController)
    errors = [
        track(arm, task, controller(arm), seed=1, seconds=0.6).joint_rmse
        for controller in (*controllers, OracleController)
    ]
    assert errors == sorted(errors, reverse=True)


def test_settling_time_by_hand():
    error = np.full((1000, 1), 1e-3)
    error[500:600] = 1e-2
    tracking = Tracking(error, error[:, 0], error[:, 0], error, error, 0.002)
    # In a window of 125 steps (0.25 s) the last one above 2 mrad has four of the hundred bad ones.
    assert tracking.settling_time(500) == pytest.approx(0.002 * 97, abs=0.004)


def test_torque_errors_by_observed_time_steps(arm, learner, whole):
    logs = whole.filter(pl.col("task") < 3)
    curve = evaluate_torque(arm, learner, logs, (0, 3), num_queries=2)
    assert curve.methods == ("yingshe", "ridge", "nominal")
    assert curve.at("yingshe", 3).error.value < 0.5 < curve.at("yingshe", 0).error.value
    assert curve.at("nominal", 3).error.value == 1.0
    assert [row.shots for row in curve.rows if row.method == "ridge"] == [3]
    with pytest.raises(ys.UserError, match="leave none to predict"):
        evaluate_torque(arm, learner, logs, (0, 5000))


def test_an_arm_of_ones_own(tmp_path):
    path = tmp_path / "two.xml"
    path.write_text(TWO_LINKS)
    arm = Arm(path, joints=["shoulder", "elbow"], end_effector="hand")
    assert arm.num_joints == 2
    hold = arm.nominal_torque(np.zeros(2), np.zeros(2), np.zeros(2))
    # Two links and the hand, by their levers: the arm points along x, gravity is 9.81 m/s².
    elbow = 9.81 * (1 * 0.15 + 0.1 * 0.3)
    assert hold[1] == pytest.approx(-elbow, rel=1e-3)
    assert hold[0] == pytest.approx(-(elbow + 9.81 * (2 * 0.2 + 1.1 * 0.4)), rel=1e-3)
    with pytest.raises(ys.UserError, match="Did you mean 'elbow'"):
        Arm(path, joints=["shoulder", "elbo"], end_effector="hand")
    with pytest.raises(ys.UserError, match="no body or site 'wrist'"):
        Arm(path, joints=["shoulder", "elbow"], end_effector="wrist")
    with pytest.raises(ys.UserError, match="got 1 and 2"):
        Arm(path, joints=["shoulder", "elbow"], end_effector="hand", torque_limits=[1.0])


@pytest.mark.slow
def test_from_the_command_line(tmp_path, capsys):
    logs, run = tmp_path / "arms.parquet", tmp_path / "run"
    assert yingshe(["arm", "collect", str(logs), "--num-tasks", "4", "--seconds", "1.5"]) == 0
    args = ["arm", "train", str(logs), "--run-dir", str(run), "--steps", "3"]
    assert yingshe([*args, "--examples-per-task", "8"]) == 0
    assert ys.load(run).x_dim == len(REGRESSOR_COLUMNS)
    capsys.readouterr()
    args = ["arm", "evaluate", "--model", str(run), "--tasks", "2", "--shots", "0", "3"]
    assert yingshe([*args, "--plot", str(tmp_path / "curve.png")]) == 0
    assert "relative torque RMSE" in capsys.readouterr().out
    assert (tmp_path / "curve.png").is_file()
    assert yingshe(["arm", "train", str(tmp_path / "none.parquet"), "--run-dir", str(run)]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert yingshe(["arm", "colect", str(logs)]) == 2
    assert "Did you mean 'collect'" in capsys.readouterr().err
    assert yingshe(["arm", "collect", str(logs), "--mjcf", str(logs)]) == 2
    assert "joints and end_effector are needed" in capsys.readouterr().err
    assert yingshe(["arm", "demo", "--plot", str(tmp_path / "a.pdf")]) == 2
    assert "a plot is written as .png or .svg" in capsys.readouterr().err


def test_options_of_0_1_still_work(tmp_path, capsys):
    logs = tmp_path / "arms.parquet"
    old = ["--arms", "2", "--every", "50", "--seconds", "1.0", "--seed", "5"]
    assert yingshe(["arm", "collect", str(logs), *old]) == 0
    assert "'--every' is now '--stride'" in capsys.readouterr().err
    assert json.loads(logs.with_suffix(".json").read_text())["stride"] == 50
    assert pl.read_parquet(logs)["task"].n_unique() == 2
