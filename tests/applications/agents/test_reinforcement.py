"""Advantages by hand, one batch by hand, and agents that must beat chance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.applications.agents import imitation, ppo
from yingshe.applications.agents.advantages import generalised_advantages, value_unit
from yingshe.applications.agents.environments import Bandit, CartPole, TabularMDP
from yingshe.applications.agents.imitation import ImitationConfig
from yingshe.applications.agents.judge import returns
from yingshe.applications.agents.limits import Memoryless, Told
from yingshe.applications.agents.play import play_many
from yingshe.applications.agents.ppo import PPOConfig, batch_of
from yingshe.applications.agents.reading import (
    LearnerPlays,
    dimensions,
    fitting,
    pairs_of,
    read_prediction,
)
from yingshe.applications.agents.reinforce import imitate, reinforce
from yingshe.learners import GRU, Exchangeable, ValueIteration


def _gru(family, **options):
    return GRU(**dimensions(family), hidden=8, key=jax.random.key(0), **options)


def test_advantages_by_hand():
    # γ = 1/2, λ = 1/2; after the third step there is padding, whatever it holds.
    reward, value = jnp.array([1.0, 0.0, 2.0, 99.0]), jnp.array([1.0, 2.0, 1.0, 99.0])
    mask = jnp.array([True, True, True, False])
    found = generalised_advantages(reward, value, mask, discount=0.5, trace=0.5)
    third = 2 + 0 - 1  # nothing comes after the end of a trial
    second = (0 + 0.5 * 1 - 2) + 0.25 * third
    first = (1 + 0.5 * 2 - 1) + 0.25 * second
    np.testing.assert_allclose(found.advantage, [first, second, third, 0])
    np.testing.assert_allclose(found.to_come, [first + 1, second + 2, third + 1, 0])


def test_without_discount_what_is_to_come_is_the_sum_of_rewards():
    reward, mask = jnp.array([1.0, 2.0, 4.0]), jnp.ones(3, bool)
    found = generalised_advantages(
        reward, jnp.array([5.0, -1.0, 3.0]), mask, discount=1.0, trace=1.0
    )
    np.testing.assert_allclose(found.to_come, [7, 6, 4])
    assert value_unit(1.0, 3) == 3
    assert value_unit(0.5, 3) == pytest.approx(1 + 0.5 + 0.25)


def test_what_was_thought_in_play_is_what_training_computes():
    family = CartPole(episodes=2, episode_steps=12)
    learner = _gru(family)
    trials = play_many(family, LearnerPlays(learner), jax.random.key(1), 3)
    predicted = read_prediction(jax.vmap(learner.prequential)(pairs_of(trials)))
    again = predicted.policy.log_prob(trials.action)
    real = np.asarray(trials.mask)
    np.testing.assert_allclose(
        np.asarray(again)[real], np.asarray(trials.note.log_prob)[real], atol=1e-5
    )
    np.testing.assert_allclose(
        np.asarray(predicted.value)[real], np.asarray(trials.note.value)[real], atol=1e-5
    )


def test_the_first_update_follows_the_policy_gradient():
    # Before the first update all ratios are 1: the gradient is that of log-probability × advantage.
    family = Bandit(arms=3, pulls=4)
    learner = _gru(family)
    config = PPOConfig(trials=6, minibatches=1, value_weight=0.0)
    trials = play_many(family, LearnerPlays(learner), jax.random.key(1), 6)
    batch = batch_of(trials, config)

    def surrogate(learner):
        predicted = read_prediction(jax.vmap(learner.prequential)(batch.pairs))
        return -jnp.mean(predicted.policy.log_prob(trials.action) * batch.advantage)

    @jax.jit
    def gradients(learner):
        ours = jax.grad(lambda one: ppo.ppo_loss(one, batch, config, jnp.zeros(())))(learner)
        return ours, jax.grad(surrogate)(learner)

    ours, wanted = gradients(learner)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_bandit_learned_in_seconds_beats_chance_by_far():
    family = Bandit(arms=5, pulls=10)
    learner = Exchangeable(**fitting("exchangeable", family), hidden=16, key=jax.random.key(0))
    config = PPOConfig(steps=20, trials=256, learning_rate=8e-3, validation_trials=8)
    learner = reinforce(learner, family, config, key=jax.random.key(1))
    earned = returns(family, LearnerPlays(learner), jax.random.key(2), trials=2000).sum(axis=1)
    # Chance earns 5.0, the optimum 6.66; the standard error is 0.05.
    assert earned.mean() > 6.2


def test_planning_with_curiosity_beats_chance_before_and_after_training():
    family = TabularMDP(episodes=5)
    learner = ValueIteration(**fitting("value_iteration", family), key=jax.random.key(0))
    earned = returns(family, LearnerPlays(learner), jax.random.key(2), trials=200)
    assert earned.sum(axis=1).mean() > 50 + 5  # chance earns 10 an episode
    assert earned[:, -1].mean() > earned[:, 0].mean() + 1


class Leftmost:
    """A teacher with nothing to teach but the first arm."""

    def begin(self, task):
        return ()

    def act(self, state, seen, key):
        return jnp.array([1.0, 0.0, 0.0]), ()

    def learn(self, state, seen, action, outcome):
        return state


def test_a_teacher_is_imitated():
    family = Bandit(arms=3, pulls=5)
    config = ImitationConfig(steps=30, trials=16, learning_rate=2e-2, validation_trials=8)
    learner = imitate(_gru(family), family, Leftmost(), config, key=jax.random.key(1))
    trials = play_many(family, LearnerPlays(learner), jax.random.key(2), 50)
    assert np.mean(trials.action[..., 0]) > 0.95
    assert imitation.imitation_loss(learner, trials._replace(note=trials.action), config) < 0.5


def test_a_run_is_kept_and_read_back(tmp_path):
    family = Bandit(arms=3, pulls=5)
    config = PPOConfig(steps=4, trials=8, minibatches=2, report_every=1, checkpoint_every=2)
    made = reinforce(_gru(family), family, config, key=jax.random.key(1), run=tmp_path / "run")
    again = reinforce(_gru(family), family, config, key=jax.random.key(1), run=tmp_path / "run")
    for a, b in zip(jax.tree.leaves(made), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)
    other = Bandit(arms=3, pulls=6)
    with pytest.raises(ys.UserError, match="give another folder"):
        reinforce(_gru(other), other, config, key=jax.random.key(1), run=tmp_path / "run")


def test_a_run_that_was_stopped_ends_as_the_one_that_was_not(tmp_path, monkeypatch):
    family = Bandit(arms=3, pulls=5)
    config = PPOConfig(steps=4, trials=8, minibatches=2, report_every=1, checkpoint_every=2)

    def run(folder):
        key = jax.random.key(1)
        return reinforce(_gru(family), family, config, key=key, run=folder, progress=True)

    whole = run(tmp_path / "whole")
    with monkeypatch.context() as patched:

        def stop(bar, report, **rest):
            if report.step == 3:
                raise KeyboardInterrupt

        patched.setattr("yingshe.training.progress_bar.ProgressBar.show", stop)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "stopped")
    resumed = run(tmp_path / "stopped")
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(resumed), strict=True):
        np.testing.assert_array_equal(a, b)


def test_who_remembers_nothing_does_the_same_whatever_came_before():
    family = Bandit(arms=3, pulls=5)
    trials = play_many(family, LearnerPlays(Memoryless(_gru(family))), jax.random.key(1), 4)
    predicted = jax.vmap(Memoryless(_gru(family)).prequential)(pairs_of(trials))
    # Only `elapsed` tells one pull from another.
    np.testing.assert_allclose(predicted.mean, np.broadcast_to(predicted.mean[:1], (4, 5, 4)))


def test_who_is_told_sees_what_a_task_hides():
    family = Told(CartPole())
    task = family.sample_task(jax.random.key(0))
    _, observation = family.reset(task, jax.random.key(1))
    assert observation.shape == (4 + 5,)
    np.testing.assert_allclose(observation[4:], jnp.stack(task))


def test_bad_settings_are_told_in_one_sentence():
    with pytest.raises(ys.UserError, match="equal minibatches"):
        PPOConfig(trials=10, minibatches=4)
    with pytest.raises(ys.UserError, match="at most 1"):
        PPOConfig(discount=1.5)
    family = Bandit(arms=3, pulls=5)
    wrong = GRU(2, 4, output="squared_error", key=jax.random.key(0))
    with pytest.raises(ys.UserError, match="x_dim = 3"):
        reinforce(wrong, family, key=jax.random.key(1))
