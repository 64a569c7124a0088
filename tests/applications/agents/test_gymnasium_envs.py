"""Gymnasium environments, and the ends of their episodes."""

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.applications.agents import (
    GymnasiumEnvDistribution,
    PPOConfig,
    learner_dims,
    train_ppo,
)
from yingshe.learners import GRU


class Corridor(gymnasium.Env):
    """Counts its steps; the action 1 ends it from the third step on. The reward is the count."""

    observation_space = gymnasium.spaces.Box(-100, 100, (2,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self):
        self.secret = 0.0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return self._observe(), {}

    def step(self, action):
        self.count += 1
        return self._observe(), float(self.count), bool(action == 1 and self.count >= 3), False, {}

    def _observe(self):
        return np.array([self.count, self.secret], np.float32)


def _draw_secret(env, generator):
    env.unwrapped.secret = float(generator.integers(1, 10))


class Always:
    """Takes one action."""

    def __init__(self, action):
        self.action = action

    def init_state(self, task):
        return jnp.zeros(())

    def act(self, state, step, key):
        return jax.nn.one_hot(self.action, 2), state

    def update(self, state, step, action, result):
        return state + 1


@pytest.fixture(scope="module")
def corridors():
    return GymnasiumEnvDistribution(Corridor, _draw_secret, episodes=2, episode_steps=5)


def test_terminated_episodes_continue_with_the_next(corridors):
    """Breaks when a step, a reward or a flag is lost where an episode terminates."""
    trial = corridors.rollout_batch(Always(1), jax.random.key(0), 2)
    # Two episodes of three steps, then padding; the last reward belongs to the episode it ended.
    assert trial.mask.sum(axis=1).tolist() == [6, 6]
    np.testing.assert_array_equal(trial.reward[0, :6], [1, 2, 3, 1, 2, 3])
    np.testing.assert_array_equal(trial.inputs.observation[0, :6, 0], [0, 1, 2, 0, 1, 2])
    np.testing.assert_array_equal(trial.inputs.start[0, :6], [1, 0, 0, 1, 0, 0])
    np.testing.assert_array_equal(trial.inputs.terminated[0, :6], [0, 0, 0, 1, 0, 0])
    np.testing.assert_array_equal(trial.info[0, :6], np.arange(6))  # no step is played in between
    np.testing.assert_array_equal(trial.episode[0, :6], [0, 0, 0, 1, 1, 1])


def test_truncated_episodes_are_not_terminated(corridors):
    """Breaks when truncation is reported as termination."""
    trial = corridors.rollout_batch(Always(0), jax.random.key(0), 2)
    assert trial.mask.all()
    np.testing.assert_array_equal(trial.reward[0], [1, 2, 3, 4, 5] * 2)
    np.testing.assert_array_equal(trial.inputs.start[0], [1, 0, 0, 0, 0] * 2)
    assert not trial.terminated.any()
    assert not trial.inputs.terminated.any()


def test_a_task_stays_the_same_in_all_episodes_of_a_trial(corridors):
    """Breaks when tasks are drawn anew within a trial, or do not depend on the key."""
    secrets = corridors.rollout_batch(Always(0), jax.random.key(1), 8).inputs.observation[..., 1]
    assert np.all(secrets == secrets[:, :1])
    assert len(np.unique(secrets[:, 0])) > 2
    again = corridors.rollout_batch(Always(0), jax.random.key(1), 8).inputs.observation[..., 1]
    np.testing.assert_array_equal(secrets, again)


def test_the_standardizer_is_fitted_to_random_actions(corridors):
    """Breaks when actions are scaled, rewards are shifted, or observations are not standardized."""
    played = corridors.standardizer
    assert 0 < float(played.x_mean[0]) < 4
    np.testing.assert_array_equal(played.y_mean, 0)
    np.testing.assert_array_equal(played.y_scale[:2], 1)
    assert float(played.y_scale[2]) > 0.5


def test_box_actions_are_scaled_from_minus_one_to_one():
    """Breaks when actions are not mapped to the bounds of the box, or not clipped."""
    pendulums = GymnasiumEnvDistribution(lambda: gymnasium.make("Pendulum-v1"), episode_steps=5)
    assert pendulums.actions == "continuous"
    given = pendulums._to_env_action(np.array([[-1.0], [0.0], [3.0]]))
    np.testing.assert_allclose(given, [[-2.0], [0.0], [2.0]], atol=1e-6)


@pytest.mark.slow
def test_an_agent_trains_in_it(corridors):
    """Breaks when PPO does not run outside of JAX, or the standardizer is lost."""
    learner = GRU(**learner_dims(corridors), hidden=8, key=jax.random.key(0))
    config = PPOConfig(
        steps=2, num_envs=4, num_minibatches=2, validation_trials=4, validate_every=2
    )
    trained = train_ppo(learner, corridors, config, key=jax.random.key(1))
    assert isinstance(trained, ys.learners.StandardizedLearner)


def test_bad_environments_are_refused_in_one_sentence():
    """Breaks when a missing step limit is accepted."""
    with pytest.raises(ys.UserError, match="episode_steps is missing"):
        GymnasiumEnvDistribution(Corridor)
