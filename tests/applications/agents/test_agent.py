"""An agent in hand: what it remembers, and how it is kept."""

import jax
import numpy as np
import pytest

import yingshe as ys
from yingshe.applications.agents.agent import Agent
from yingshe.applications.agents.environments import CartPole
from yingshe.applications.agents.play import play
from yingshe.applications.agents.reading import LearnerPlays, dimensions
from yingshe.learners import GRU

FAMILY = CartPole(episodes=3, episode_steps=6)


@pytest.fixture(scope="module")
def learner():
    return GRU(**dimensions(FAMILY), hidden=8, key=jax.random.key(0))


def _agent(learner, **options):
    return Agent(learner, trial_steps=FAMILY.trial_steps, greedy=True, **options)


@pytest.fixture(scope="module")
def trial(learner):
    return jax.jit(lambda key: play(FAMILY, LearnerPlays(learner, greedy=True), key))(
        jax.random.key(3)
    )


def _told(trial):
    """What an agent sees and is told in a trial, step by step."""
    for t in np.flatnonzero(trial.mask):
        ended = t + 1 < len(trial.mask) and bool(trial.seen.start[t + 1])
        terminated = bool(trial.terminated[t])
        told = float(trial.reward[t]), terminated, ended and not terminated
        yield np.asarray(trial.seen.observation[t]), int(np.argmax(trial.action[t])), told


def test_it_acts_as_it_was_trained_to(learner, trial):
    agent = _agent(learner)
    for observation, action, told in _told(trial):
        assert agent.act(observation) == action
        agent.learn(*told)


def test_it_is_kept_in_the_middle_of_a_trial(learner, trial, tmp_path):
    agent = _agent(learner)
    for i, (observation, action, told) in enumerate(_told(trial)):
        assert agent.act(observation) == action
        if i == 4:  # between an action and its reward
            agent.save(tmp_path / "agent.safetensors")
            agent = Agent.load(tmp_path / "agent.safetensors", greedy=True)
        agent.learn(*told)


def test_predict_is_act_and_learn_for_a_batch(learner, trial):
    agent, state, reward = _agent(learner), None, np.zeros(2)
    start, terminated = np.ones(2, bool), np.zeros(2, bool)
    for observation, action, (paid, ended, truncated) in _told(trial):
        actions, state = agent.predict(
            np.stack([observation] * 2), state, start, True, reward=reward, terminated=terminated
        )
        assert actions.tolist() == [action, action]
        reward = np.full(2, paid)
        start, terminated = np.full(2, ended or truncated), np.full(2, ended)


def test_what_was_found_out_is_forgotten_where_a_trial_begins(learner, trial):
    agent = _agent(learner)
    observation, _, told = next(_told(trial))
    before = agent.act(observation)
    agent.learn(*told)
    agent.begin_trial()
    assert agent.act(observation) == before


def test_misuse_is_told_in_one_sentence(learner, tmp_path):
    agent = _agent(learner)
    with pytest.raises(ys.UserError, match="no action to learn from"):
        agent.learn(1.0, False, False)
    with pytest.raises(ys.UserError, match=r"must be \(4,\)"):
        agent.act(np.zeros(3))
    agent.act(np.zeros(4))
    with pytest.raises(ys.UserError, match="what the last action brought"):
        agent.act(np.zeros(4))
    with pytest.raises(ys.UserError, match="not trained to act"):
        Agent.load("sinusoid")
