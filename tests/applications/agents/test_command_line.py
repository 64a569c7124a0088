"""The command line of agents."""

import json

import numpy as np
import pytest

from yingshe.applications.agents import Agent
from yingshe.applications.agents.cli import COMMAND
from yingshe.cli import main as yingshe
from yingshe.evaluation import ShotCurve

TRAIN = ["train", "hidden_goal", "--size", "2", "--episode-steps", "3", "--episodes", "2"]
TRAIN += ["gru", "--hidden", "4"]
BRIEF = ["--steps", "2", "--num-envs", "8", "--validation-trials", "8"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("runs") / "goal"
    assert yingshe([*TRAIN, *BRIEF, "--run-dir", str(run_dir)]) == 0
    return run_dir


def test_train_then_compare_with_baselines(run, tmp_path, capsys):
    """Breaks when a run cannot be evaluated, or its figures are not a shot curve."""
    figures = tmp_path / "figures.json"
    assert yingshe(["evaluate", str(run), "--tasks", "40", "--json", str(figures)]) == 0
    assert "return" in capsys.readouterr().out
    results = json.loads(figures.read_text())
    trials = results["trials"]
    assert trials.keys() == {"agent", "belief-optimal"}
    assert trials["belief-optimal"]["return"][0] > trials["agent"]["return"][0]
    difference = trials["agent"]["return"][0] - trials["belief-optimal"]["return"][0]
    assert trials["belief-optimal"]["difference"][0] == pytest.approx(difference, abs=1e-5)
    curve = ShotCurve.from_dict(results)
    assert curve.metric == "return"
    assert curve.shots == (0, 1)


def test_options_of_0_1_still_work(run, capsys):
    """Breaks when an option of 0.1 is no longer understood."""
    assert yingshe(["evaluate", str(run), "--trials", "4", "--no-planners"]) == 0
    assert "'--trials' is now '--tasks'" in capsys.readouterr().err
    assert yingshe(["train", "grid", "--size", "2", "--steps", "0", "gru", "--epochs", "2"]) == 2
    assert "episode_steps must be at least 1, got 0" in capsys.readouterr().err


def test_the_command_agents_has_the_same_actions(run, capsys):
    """Breaks when `yingshe agents` no longer trains or evaluates."""
    assert (
        yingshe(["agents", "evaluate", "--model", str(run), "--tasks", "4", "--no-baselines"]) == 0
    )
    assert "agent" in capsys.readouterr().out
    assert yingshe(["agents", "train", "bandit", "--num-arms", "0", *BRIEF]) == 2
    assert "num_arms must be at least 1, got 0" in capsys.readouterr().err
    assert {"train", "evaluate", "demo"} == COMMAND.actions.keys()


def test_a_run_is_an_agent(run):
    """Breaks when a run directory lacks what an agent needs."""
    agent = Agent.load(run)
    assert agent.trial_steps == 6
    assert agent.act(np.eye(4)[0]) in range(5)
    agent.observe(1.0, False, False)


def test_imitation_and_a_start_from_a_trained_learner(run, tmp_path, capsys):
    """Breaks when an expert or a start is ignored or not recognized."""
    args = [*TRAIN, *BRIEF, "--run-dir", str(tmp_path / "imitator"), "--init-from", str(run)]
    assert yingshe([*args, "--expert", "belief-optimal"]) == 0
    assert "return" in capsys.readouterr().out
    assert yingshe([*args, "--expert", "belief"]) == 2
    assert "no expert 'belief'" in capsys.readouterr().err


def test_bad_arguments_are_refused_in_one_sentence(run, capsys):
    """Breaks when a wrong argument is accepted, or its error does not name it."""
    assert yingshe(["train", "bandits"]) == 2
    assert "bandit" in capsys.readouterr().err
    assert yingshe(["train", "bandit", "--num-arms", "0", *BRIEF]) == 2
    assert yingshe(["evaluate", str(run), "--tasks", "1"]) == 2
    assert "at least 2" in capsys.readouterr().err
    assert yingshe(["train", "mdp", "--expert", "gittins", *BRIEF[:4]]) == 2
    assert yingshe(["evaluate", "target-velocity"]) == 2
    assert "GymnasiumEnvDistribution" in capsys.readouterr().err


def test_help_lists_environments_and_their_options(capsys):
    """Breaks when environments or their options vanish from the help."""
    assert yingshe(["train"]) == 0
    assert "cartpole" in capsys.readouterr().out
    assert yingshe(["train", "bandit", "--help"]) == 0
    assert "--horizon" in capsys.readouterr().out
    assert yingshe(["agents", "train", "--help"]) == 0
    assert "hidden_goal" in capsys.readouterr().out
    assert yingshe(["agents"]) == 0
    assert "evaluate --model" in capsys.readouterr().out
