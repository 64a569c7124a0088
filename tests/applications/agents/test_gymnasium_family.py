"""Gymnasium's environments, and the traps at the ends of their episodes."""

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.applications.agents.gymnasium_family import GymnasiumFamily
from yingshe.applications.agents.ppo import PPOConfig
from yingshe.applications.agents.reading import dimensions
from yingshe.applications.agents.reinforce import reinforce
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
        return self._seen(), {}

    def step(self, action):
        self.count += 1
        return self._seen(), float(self.count), bool(action == 1 and self.count >= 3), False, {}

    def _seen(self):
        return np.array([self.count, self.secret], np.float32)


def _tell(env, generator):
    env.unwrapped.secret = float(generator.integers(1, 10))


class Always:
    """Takes one action."""

    def __init__(self, action):
        self.action = action

    def begin(self, task):
        return jnp.zeros(())

    def act(self, state, seen, key):
        return jax.nn.one_hot(self.action, 2), state

    def learn(self, state, seen, action, outcome):
        return state + 1


@pytest.fixture(scope="module")
def family():
    return GymnasiumFamily(Corridor, _tell, episodes=2, episode_steps=5)


def test_terminated_episodes_go_over_into_the_next(family):
    trial = family.play(Always(1), jax.random.key(0), 2)
    # Two episodes of three steps, then padding; the last reward belongs to the episode it ended.
    assert trial.mask.sum(axis=1).tolist() == [6, 6]
    np.testing.assert_array_equal(trial.reward[0, :6], [1, 2, 3, 1, 2, 3])
    np.testing.assert_array_equal(trial.seen.observation[0, :6, 0], [0, 1, 2, 0, 1, 2])
    np.testing.assert_array_equal(trial.seen.start[0, :6], [1, 0, 0, 1, 0, 0])
    np.testing.assert_array_equal(trial.seen.terminated[0, :6], [0, 0, 0, 1, 0, 0])
    np.testing.assert_array_equal(trial.note[0, :6], np.arange(6))  # no step is played in between
    np.testing.assert_array_equal(trial.episode[0, :6], [0, 0, 0, 1, 1, 1])


def test_truncated_episodes_are_not_terminated(family):
    trial = family.play(Always(0), jax.random.key(0), 2)
    assert trial.mask.all()
    np.testing.assert_array_equal(trial.reward[0], [1, 2, 3, 4, 5] * 2)
    np.testing.assert_array_equal(trial.seen.start[0], [1, 0, 0, 0, 0] * 2)
    assert not trial.terminated.any()
    assert not trial.seen.terminated.any()


def test_a_task_stays_over_the_episodes_of_a_trial(family):
    secrets = family.play(Always(0), jax.random.key(1), 8).seen.observation[..., 1]
    assert np.all(secrets == secrets[:, :1])
    assert len(np.unique(secrets[:, 0])) > 2
    again = family.play(Always(0), jax.random.key(1), 8).seen.observation[..., 1]
    np.testing.assert_array_equal(secrets, again)


def test_units_are_those_of_random_play(family):
    played = family.standardizer
    assert 0 < float(played.x_mean[0]) < 4
    np.testing.assert_array_equal(played.y_mean, 0)
    np.testing.assert_array_equal(played.y_scale[:2], 1)
    assert float(played.y_scale[2]) > 0.5


def test_boxes_of_actions_are_spoken_to_from_minus_one_to_one():
    family = GymnasiumFamily(lambda: gymnasium.make("Pendulum-v1"), episode_steps=5)
    assert family.actions == "continuous"
    given = family._outward(np.array([[-1.0], [0.0], [3.0]]))
    np.testing.assert_allclose(given, [[-2.0], [0.0], [2.0]], atol=1e-6)


def test_an_agent_trains_in_it(family):
    learner = GRU(**dimensions(family), hidden=8, key=jax.random.key(0))
    config = PPOConfig(steps=2, trials=4, minibatches=2, validation_trials=4, validate_every=2)
    trained = reinforce(learner, family, config, key=jax.random.key(1))
    assert isinstance(trained, ys.learners.StandardizedLearner)


def test_what_cannot_be_is_told_in_one_sentence():
    with pytest.raises(ys.UserError, match="no limit of steps"):
        GymnasiumFamily(Corridor)
