"""Agents that act step by step: their memory, and their files."""

import jax
import numpy as np
import pytest

import yingshe as ys
from yingshe.applications.agents import Agent, LearnerPolicy, learner_dims, rollout
from yingshe.applications.agents.environments import CartPole
from yingshe.learners import GRU

CARTS = CartPole(episodes=3, episode_steps=6)


@pytest.fixture(scope="module")
def learner():
    return GRU(**learner_dims(CARTS), hidden=8, key=jax.random.key(0))


def _agent(learner, **options):
    return Agent(learner, trial_steps=CARTS.trial_steps, greedy=True, **options)


@pytest.fixture(scope="module")
def trial(learner):
    return jax.jit(lambda key: rollout(CARTS, LearnerPolicy(learner, greedy=True), key))(
        jax.random.key(3)
    )


def _steps(trial):
    """Yield observation, action and (reward, terminated, truncated) of each step of a trial."""
    for t in np.flatnonzero(trial.mask):
        ended = t + 1 < len(trial.mask) and bool(trial.inputs.start[t + 1])
        terminated = bool(trial.terminated[t])
        feedback = float(trial.reward[t]), terminated, ended and not terminated
        yield np.asarray(trial.inputs.observation[t]), int(np.argmax(trial.action[t])), feedback


def test_an_agent_acts_as_it_was_trained_to(learner, trial):
    """Breaks when `act` and `observe` differ from a rollout."""
    agent = _agent(learner)
    for observation, action, feedback in _steps(trial):
        assert agent.act(observation) == action
        agent.observe(*feedback)


def test_an_agent_is_saved_in_the_middle_of_a_trial(learner, trial, tmp_path):
    """Breaks when a file loses part of the memory, such as an action without its reward."""
    agent = _agent(learner)
    for i, (observation, action, feedback) in enumerate(_steps(trial)):
        assert agent.act(observation) == action
        if i == 4:  # between an action and its reward
            agent.save(tmp_path / "agent.safetensors")
            agent = Agent.load(tmp_path / "agent.safetensors", greedy=True)
        agent.observe(*feedback)


def test_predict_is_act_and_observe_for_a_batch(learner, trial):
    """Breaks when the batched call treats episode starts or rewards differently."""
    agent, state, reward = _agent(learner), None, np.zeros(2)
    start, terminated = np.ones(2, bool), np.zeros(2, bool)
    for observation, action, (step_reward, ended, truncated) in _steps(trial):
        actions, state = agent.predict(
            np.stack([observation] * 2), state, start, True, reward=reward, terminated=terminated
        )
        assert actions.tolist() == [action, action]
        reward = np.full(2, step_reward)
        start, terminated = np.full(2, ended or truncated), np.full(2, ended)


def test_reset_clears_the_memory(learner, trial):
    """Breaks when a new trial starts with the memory of the previous one."""
    agent = _agent(learner)
    observation, _, feedback = next(_steps(trial))
    before = agent.act(observation)
    agent.observe(*feedback)
    agent.reset()
    assert agent.act(observation) == before


def test_agents_of_the_zoo_load():
    """Breaks when the environments of a file of 0.1 are not converted."""
    assert Agent.load("cartpole").trial_steps == 400


def test_misuse_is_refused_in_one_sentence(learner):
    """Breaks when a wrong call is accepted, or its error does not name the remedy."""
    agent = _agent(learner)
    with pytest.raises(ys.UserError, match="no action to observe"):
        agent.observe(1.0, False, False)
    with pytest.raises(ys.UserError, match=r"must have shape \(4,\)"):
        agent.act(np.zeros(3))
    agent.act(np.zeros(4))
    with pytest.raises(ys.UserError, match="reward of the last action is missing"):
        agent.act(np.zeros(4))
    with pytest.raises(ys.UserError, match="not trained to act"):
        Agent.load("sinusoid")
    with pytest.raises(ys.UserError, match="trial_steps must be at least 1, got 0"):
        Agent(learner, trial_steps=0)
