"""Advantages by hand, one batch by hand, and agents that must beat chance."""

import os
import subprocess
import sys
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import yingshe as ys
from yingshe.applications.agents import devices, imitation, ppo
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
    most_probable,
    pairs_of,
    read_prediction,
)
from yingshe.applications.agents.reinforce import imitate, reinforce
from yingshe.learners import GRU, DeepSetsLearner, ValueIterationNetwork
from yingshe.prediction import Categorical

THREE_ARMS = Bandit(arms=3, pulls=5)
BRIEF = PPOConfig(
    steps=4, trials=8, minibatches=1, log_every=1, checkpoint_every=2, validation_trials=8
)


def _gru(family, **options):
    return GRU(**dimensions(family), hidden=8, key=jax.random.key(0), **options)


def brief_run(**options):
    """All that are alike share one compilation."""
    return reinforce(_gru(THREE_ARMS), THREE_ARMS, BRIEF, key=jax.random.key(1), **options)


@eqx.filter_jit
def _played(family, player, trials):
    return play_many(family, player, jax.random.key(1), trials)


@eqx.filter_jit
def _predicted(learner, trials):
    return jax.vmap(learner.prequential)(pairs_of(trials))


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
    trials = _played(family, LearnerPlays(learner), 3)
    predicted = read_prediction(_predicted(learner, trials))
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

    @jax.jit
    def gradients(learner):
        trials = play_many(family, LearnerPlays(learner), jax.random.key(1), 6)
        batch = jax.lax.stop_gradient(batch_of(trials, config))

        def surrogate(learner):
            predicted = read_prediction(jax.vmap(learner.prequential)(batch.pairs))
            return -jnp.mean(predicted.policy.log_prob(trials.action) * batch.advantage)

        ours = jax.grad(lambda one: ppo.ppo_loss(one, batch, config, jnp.zeros(())))(learner)
        return ours, jax.grad(surrogate)(learner)

    ours, wanted = gradients(learner)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_bandit_learned_in_seconds_beats_chance_by_far():
    family = Bandit(arms=5, pulls=10)
    learner = DeepSetsLearner(**fitting("deep_sets", family), hidden=16, key=jax.random.key(0))
    config = PPOConfig(steps=20, trials=256, learning_rate=8e-3, validation_trials=8)
    learner = reinforce(learner, family, config, key=jax.random.key(1))
    earned = returns(family, LearnerPlays(learner), jax.random.key(2), trials=2000).sum(axis=1)
    # Chance earns 5.0, the optimum 6.66; the standard error is 0.05.
    assert earned.mean() > 6.2


def test_planning_with_curiosity_beats_chance_before_and_after_training():
    family = TabularMDP(episodes=5)
    learner = ValueIterationNetwork(
        **fitting("value_iteration_network", family), key=jax.random.key(0)
    )
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
    config = ImitationConfig(steps=30, trials=16, learning_rate=2e-2, validation_trials=8)
    learner = _gru(THREE_ARMS)
    learner = imitate(learner, THREE_ARMS, Leftmost(), config, key=jax.random.key(1))
    trials = _played(THREE_ARMS, LearnerPlays(learner), 50)
    assert np.mean(trials.action[..., 0]) > 0.95
    loss = eqx.filter_jit(imitation.imitation_loss)
    assert loss(learner, trials._replace(note=trials.action), config) < 0.5


def test_a_run_is_kept_and_read_back(tmp_path):
    made, again = brief_run(run=tmp_path / "run"), brief_run(run=tmp_path / "run")
    for a, b in zip(jax.tree.leaves(made), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)
    other = Bandit(arms=3, pulls=6)
    with pytest.raises(ys.UserError, match="give another folder"):
        reinforce(_gru(other), other, BRIEF, key=jax.random.key(1), run_dir=tmp_path / "run")


def test_a_run_that_was_stopped_ends_as_the_one_that_was_not(tmp_path, monkeypatch):
    whole = brief_run()
    with monkeypatch.context() as patched:

        def stop(bar, report, **rest):
            if report.step == 3:
                raise KeyboardInterrupt

        patched.setattr("yingshe.training._progress_bar.ProgressBar.show", stop)
        with pytest.raises(KeyboardInterrupt):
            brief_run(run=tmp_path / "stopped", progress=True)
    resumed = brief_run(run=tmp_path / "stopped", progress=True)
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(resumed), strict=True):
        np.testing.assert_array_equal(a, b)


ON_TWO_DEVICES = """
import sys, jax, numpy as np
sys.path.insert(0, {tests!r})
from test_reinforcement import brief_run
assert jax.device_count() == 2
np.savez({file!r}, *jax.tree.leaves(brief_run()))
"""


def test_two_devices_learn_what_one_learns(tmp_path):
    # All trials are one minibatch here: else each device would draw minibatches of its own.
    file = tmp_path / "two.npz"
    code = ON_TWO_DEVICES.format(tests=str(Path(__file__).parent), file=str(file))
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=2"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=300)
    two = np.load(file)
    for name, one in zip(two.files, jax.tree.leaves(brief_run()), strict=True):
        np.testing.assert_allclose(two[name], one, rtol=1e-4, atol=1e-5)


def test_who_remembers_nothing_does_the_same_whatever_came_before():
    learner = Memoryless(_gru(THREE_ARMS))
    predicted = _predicted(learner, _played(THREE_ARMS, LearnerPlays(learner), 4))
    # Only `elapsed` tells one pull from another.
    np.testing.assert_allclose(predicted.mean, np.broadcast_to(predicted.mean[:1], (4, 5, 4)))


def test_actions_that_are_alike_count_together():
    chances = jnp.array([[0.4, 0.2, 0.2, 0.2], [0.7, 0.1, 0.1, 0.1], [0.31, 0.23, 0.24, 0.22]])
    taken = most_probable(Categorical(jnp.log(chances)))
    np.testing.assert_array_equal(taken, np.eye(4)[[1, 0, 0]])


def test_who_is_told_sees_what_a_task_hides():
    family = Told(CartPole())
    task = family.sample_task(jax.random.key(0))
    _, observation = family.reset(task, jax.random.key(1))
    assert observation.shape == (4 + 5,)
    np.testing.assert_allclose(observation[4:], jnp.stack(task))


def test_trials_that_devices_cannot_share_are_refused(monkeypatch):
    monkeypatch.setattr(jax, "device_count", lambda: 3)
    with pytest.raises(ys.UserError, match="choose a multiple of 3 trials"):
        devices.on_one(trials=8, minibatches=1)


def test_bad_settings_are_told_in_one_sentence():
    with pytest.raises(ys.UserError, match="equal minibatches"):
        PPOConfig(trials=10, minibatches=4)
    with pytest.raises(ys.UserError, match="at most 1"):
        PPOConfig(discount=1.5)
    wrong = GRU(2, 4, likelihood="point", key=jax.random.key(0))
    with pytest.raises(ys.UserError, match="x_dim = 3"):
        reinforce(wrong, THREE_ARMS, key=jax.random.key(1))
