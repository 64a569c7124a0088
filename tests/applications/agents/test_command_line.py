"""Agents, as a user types it."""

import json

import numpy as np
import pytest

from yingshe.applications.agents import Agent
from yingshe.cli import main as yingshe

TRAIN = ["train", "grid", "--size", "2", "--steps", "3", "--episodes", "2", "gru", "--hidden", "4"]
BRIEF = ["--steps", "2", "--trials", "8", "--validation-trials", "8"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "grid"
    assert yingshe([*TRAIN, *BRIEF, "--run", str(folder)]) == 0
    return folder


def test_train_then_evaluate_beside_planners(run, tmp_path, capsys):
    figures = tmp_path / "figures.json"
    assert yingshe(["evaluate", str(run), "--trials", "40", "--json", str(figures)]) == 0
    shown = capsys.readouterr().out
    assert "return" in shown
    found = json.loads(figures.read_text())
    assert found.keys() == {"agent", "belief-optimal"}
    assert found["belief-optimal"]["return"][0] > found["agent"]["return"][0]
    assert len(found["agent"]["episodes"]) == 2


def test_a_run_is_an_agent_in_hand(run):
    agent = Agent.load(run)
    assert agent.trial_steps == 6
    assert agent.act(np.eye(4)[0]) in range(5)
    agent.learn(1.0, False, False)


def test_imitation_and_a_start_from_what_was_learned(run, tmp_path, capsys):
    taught = str(tmp_path / "taught")
    words = [*TRAIN, *BRIEF, "--run", taught, "--start", str(run)]
    assert yingshe([*words, "--teacher", "belief-optimal"]) == 0
    assert "return" in capsys.readouterr().out
    assert yingshe([*words, "--teacher", "belief"]) == 2
    assert "no teacher 'belief'" in capsys.readouterr().err


def test_bad_words_are_told_in_one_sentence(run, capsys):
    assert yingshe(["train", "bandits"]) == 2
    assert "bandit" in capsys.readouterr().err
    assert yingshe(["train", "bandit", "--arms", "0", *BRIEF]) == 2
    assert yingshe(["evaluate", str(run), "--trials", "1"]) == 2
    assert "at least 2" in capsys.readouterr().err
    assert yingshe(["train", "mdp", "--teacher", "gittins", *BRIEF[:4]]) == 2


def test_help_lists_environments_and_their_options(capsys):
    assert yingshe(["train"]) == 0
    assert "cartpole" in capsys.readouterr().out
    assert yingshe(["train", "bandit", "--help"]) == 0
    assert "--pulls" in capsys.readouterr().out
