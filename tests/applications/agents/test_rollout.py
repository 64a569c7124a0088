"""Rollouts: order of time steps, random numbers, and policies that plan episodes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.applications.agents import LearnerPolicy, learner_dims, rollout, rollout_batch
from yingshe.applications.agents.baselines import BeliefOptimalPolicy
from yingshe.applications.agents.dagger import DAggerPolicy
from yingshe.applications.agents.environments import CartPole, HiddenGoal
from yingshe.applications.agents.rollout import PolicyInput, StepResult, TrialKeys
from yingshe.learners import GRU

CARTS = CartPole(episodes=3, episode_steps=20, force=(40.0, 60.0))


def unroll(env, policy, key):
    """Roll out step by step, without padding: what `rollout` has to return for learned policies."""
    keys = TrialKeys.split(key)
    task = env.sample_task(keys.task)
    act = jax.jit(lambda *args: policy.act(*args))
    update = jax.jit(lambda *args: policy.update(*args))
    advance = jax.jit(lambda *args: env.step(*args))
    state, t, terminated, rows = policy.init_state(task), 0, False, []
    for episode in range(env.episodes):
        env_state, observation = env.reset(task, jax.random.fold_in(keys.reset, episode))
        for i in range(env.episode_steps):
            first = i == 0
            step = PolicyInput(
                observation,
                jnp.array(first),
                jnp.array(first and terminated),
                jnp.asarray(t / env.trial_steps, jnp.float32),
            )
            action, _ = act(state, step, jax.random.fold_in(keys.policy, t))
            after = advance(task, env_state, action, jax.random.fold_in(keys.step, t))
            state = update(state, step, action, StepResult(*after[1:]))
            rows.append((step, action, after.reward, after.terminated, episode))
            env_state, observation, t = after.state, after.observation, t + 1
            terminated = bool(after.terminated)
            if terminated:
                break
    return jax.tree.map(lambda *leaves: np.stack(leaves), *rows)


def test_a_rollout_is_the_plain_loop_over_episodes_and_steps():
    """Breaks when padding, random numbers, or flags at the ends of episodes change."""
    policy = LearnerPolicy(GRU(**learner_dims(CARTS), hidden=8, key=jax.random.key(0)))
    for seed in range(2):
        key = jax.random.key(seed)
        inputs, action, reward, terminated, episode = unroll(CARTS, policy, key)
        trial = jax.jit(lambda key: rollout(CARTS, policy, key))(key)
        n = len(reward)
        assert n < CARTS.trial_steps  # poles fall: there is padding
        assert trial.mask.tolist() == [True] * n + [False] * (CARTS.trial_steps - n)
        for ours, expected in zip(
            jax.tree.leaves(trial.inputs), jax.tree.leaves(inputs), strict=True
        ):
            np.testing.assert_allclose(ours[:n], expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(trial.action[:n], action)
        np.testing.assert_array_equal(trial.terminated[:n], terminated)
        np.testing.assert_array_equal(trial.episode[:n], episode)
        assert trial.returns(3).tolist() == np.bincount(episode, reward).tolist()


class CountsPlans:
    """Policy that moves right, and counts its plans and its updates."""

    def init_state(self, task):
        return jnp.zeros(2, int)

    def begin_episode(self, state, key):
        return state + jnp.array([1, 0])

    def act(self, state, step, key):
        return jnp.array([0.0, 1.0]), state

    def update(self, state, step, action, result):
        return state + jnp.array([0, 1])


def test_plans_are_made_once_an_episode():
    """Breaks when `begin_episode` is called at every step, or updates continue in the padding."""
    trial = jax.jit(lambda key: rollout(CARTS, CountsPlans(), key))(jax.random.key(0))
    real = np.asarray(trial.mask)
    plans, updates = np.asarray(trial.info)[real].T
    np.testing.assert_array_equal(plans, np.asarray(trial.episode)[real] + 1)
    np.testing.assert_array_equal(updates, np.arange(real.sum()))


@pytest.mark.parametrize("num_trials", [20])
def test_an_expert_acts_in_dagger_as_on_its_own(num_trials):
    """Breaks when DAgger does not begin the episodes of its expert."""
    grid, key = HiddenGoal(size=3, episode_steps=5, episodes=2), jax.random.key(4)
    expert = BeliefOptimalPolicy(grid)
    learner = GRU(**learner_dims(grid), hidden=4, key=jax.random.key(0))
    mixed = DAggerPolicy(LearnerPolicy(learner), expert, jnp.array(1.0))
    rewards = [
        jax.jit(lambda k, policy=policy: rollout_batch(grid, policy, k, num_trials).reward)(key)
        for policy in (mixed, expert)
    ]
    assert len(np.unique(rewards[0].sum(axis=1))) > 2
    np.testing.assert_array_equal(*rewards)
