"""Agents, as a user types it."""

import json

import numpy as np
import pytest

from yingshe.applications.agents import Agent
from yingshe.cli import main as yingshe

TRAIN = ["train", "bandit", "--arms", "3", "--pulls", "4"]
BRIEF = ["--steps", "2", "--trials", "8", "--validation-trials", "8"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "bandit"
    assert yingshe([*TRAIN, *BRIEF, "--run", str(folder)]) == 0
    return folder


def test_train_then_evaluate_beside_planners(run, tmp_path, capsys):
    figures = tmp_path / "figures.json"
    assert yingshe(["evaluate", str(run), "--trials", "40", "--json", str(figures)]) == 0
    shown = capsys.readouterr().out
    assert "agent earns more by" in shown
    found = json.loads(figures.read_text())
    assert {"agent", "random", "Gittins"} <= found.keys()
    mean, low, high = found["Gittins"]["return"]
    assert low < mean < high <= 4


def test_a_run_is_an_agent_in_hand(run):
    agent = Agent.load(run)
    assert agent.trial_steps == 4
    assert agent.act(np.zeros(0)) in (0, 1, 2)
    agent.learn(1.0, False, False)


def test_imitation_and_a_start_from_what_was_learned(run, tmp_path, capsys):
    taught = str(tmp_path / "taught")
    words = [*TRAIN, *BRIEF, "--run", taught, "--start", str(run)]
    assert yingshe([*words, "--teacher", "gittins"]) == 0
    assert "return" in capsys.readouterr().out
    assert yingshe([*words, "--teacher", "gittin"]) == 2
    assert "Did you mean 'gittins'" in capsys.readouterr().err


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
