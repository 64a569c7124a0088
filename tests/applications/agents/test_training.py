"""Training of agents: advantages and losses by hand, and learning that beats chance."""

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
from yingshe.applications.agents import (
    DAggerConfig,
    LearnerPolicy,
    PPOConfig,
    _devices,
    dagger,
    evaluate_policy,
    learner_dims,
    learner_kwargs,
    ppo,
    rollout_batch,
    train_dagger,
    train_ppo,
)
from yingshe.applications.agents._encoding import (
    mode_action,
    split_policy_value,
    trajectory_to_pairs,
)
from yingshe.applications.agents.advantages import compute_gae, value_scale
from yingshe.applications.agents.baselines import FullyObservable, Memoryless
from yingshe.applications.agents.environments import Bandit, CartPole, TabularMDP
from yingshe.applications.agents.ppo import make_batch
from yingshe.learners import GRU, DeepSetsLearner, ValueIterationNetwork
from yingshe.prediction import Categorical

THREE_ARMS = Bandit(num_arms=3, horizon=5)
BRIEF = PPOConfig(
    steps=4, num_envs=8, num_minibatches=1, log_every=1, checkpoint_every=2, validation_trials=8
)


def _gru(family, **options):
    return GRU(**learner_dims(family), hidden=8, key=jax.random.key(0), **options)


def brief_run(**options):
    """Train briefly; equal runs share one compilation."""
    return train_ppo(_gru(THREE_ARMS), THREE_ARMS, BRIEF, key=jax.random.key(1), **options)


@eqx.filter_jit
def _roll_out(family, policy, trials):
    return rollout_batch(family, policy, jax.random.key(1), trials)


@eqx.filter_jit
def _predict(learner, trials):
    return jax.vmap(learner.prequential)(trajectory_to_pairs(trials))


def test_advantages_by_hand():
    """Breaks when the recursion of advantages is wrong, or reads the padding."""
    # γ = 1/2, λ = 1/2; after the third step there is padding, whatever it holds.
    reward, value = jnp.array([1.0, 0.0, 2.0, 99.0]), jnp.array([1.0, 2.0, 1.0, 99.0])
    mask = jnp.array([True, True, True, False])
    result = compute_gae(reward, value, mask, gamma=0.5, gae_lambda=0.5)
    third = 2 + 0 - 1  # nothing comes after the end of a trial
    second = (0 + 0.5 * 1 - 2) + 0.25 * third
    first = (1 + 0.5 * 2 - 1) + 0.25 * second
    np.testing.assert_allclose(result.advantage, [first, second, third, 0])
    np.testing.assert_allclose(result.returns, [first + 1, second + 2, third + 1, 0])


def test_without_discount_returns_are_sums_of_rewards():
    """Breaks when values leak into undiscounted returns."""
    reward, mask = jnp.array([1.0, 2.0, 4.0]), jnp.ones(3, bool)
    result = compute_gae(reward, jnp.array([5.0, -1.0, 3.0]), mask, gamma=1.0, gae_lambda=1.0)
    np.testing.assert_allclose(result.returns, [7, 6, 4])
    assert value_scale(1.0, 3) == 3
    assert value_scale(0.5, 3) == pytest.approx(1 + 0.5 + 0.25)


def test_rollouts_and_training_compute_the_same_policy():
    """Breaks when `prequential` and `predict` differ on trajectories."""
    family = CartPole(episodes=2, episode_steps=12)
    learner = _gru(family)
    trials = _roll_out(family, LearnerPolicy(learner), 3)
    predicted = split_policy_value(_predict(learner, trials))
    again = predicted.policy.log_prob(trials.action)
    real = np.asarray(trials.mask)
    np.testing.assert_allclose(
        np.asarray(again)[real], np.asarray(trials.info.log_prob)[real], atol=1e-5
    )
    np.testing.assert_allclose(
        np.asarray(predicted.value)[real], np.asarray(trials.info.value)[real], atol=1e-5
    )


@pytest.mark.slow
def test_the_first_update_follows_the_policy_gradient():
    """Breaks when the gradient of the PPO loss is not that of the surrogate."""
    # Before the first update all ratios are 1: the gradient is that of log-probability × advantage.
    family = Bandit(num_arms=3, horizon=4)
    learner = _gru(family)
    config = PPOConfig(num_envs=6, num_minibatches=1, vf_coef=0.0)

    @jax.jit
    def gradients(learner):
        trials = rollout_batch(family, LearnerPolicy(learner), jax.random.key(1), 6)
        batch = jax.lax.stop_gradient(make_batch(trials, config))

        def surrogate(learner):
            predicted = split_policy_value(jax.vmap(learner.prequential)(batch.pairs))
            return -jnp.mean(predicted.policy.log_prob(trials.action) * batch.advantage)

        ours = jax.grad(lambda m: ppo.ppo_loss(m, batch, config, jnp.zeros(())))(learner)
        return ours, jax.grad(surrogate)(learner)

    ours, expected = gradients(learner)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.slow
def test_a_bandit_learned_in_seconds_beats_chance_by_far():
    """Breaks when PPO does not learn."""
    family = Bandit(num_arms=5, horizon=10)
    learner = DeepSetsLearner(
        **learner_kwargs("deep_sets", family), hidden=16, key=jax.random.key(0)
    )
    config = PPOConfig(steps=20, num_envs=256, learning_rate=8e-3, validation_trials=8)
    learner = train_ppo(learner, family, config, key=jax.random.key(1))
    returns = evaluate_policy(family, LearnerPolicy(learner), jax.random.key(2), num_trials=2000)
    # Chance earns 5.0, the optimum 6.66; the standard error is 0.05.
    assert returns.sum(axis=1).mean() > 6.2


def test_planning_with_a_bonus_beats_chance_before_training():
    """Breaks when value iteration in the network does not plan."""
    family = TabularMDP(episodes=5)
    learner = ValueIterationNetwork(
        **learner_kwargs("value_iteration_network", family), key=jax.random.key(0)
    )
    returns = evaluate_policy(family, LearnerPolicy(learner), jax.random.key(2), num_trials=200)
    assert returns.sum(axis=1).mean() > 50 + 5  # chance earns 10 an episode
    assert returns[:, -1].mean() > returns[:, 0].mean() + 1


class Leftmost:
    """Expert that always pulls the first arm."""

    def init_state(self, task):
        return ()

    def act(self, state, step, key):
        return jnp.array([1.0, 0.0, 0.0]), ()

    def update(self, state, step, action, result):
        return state


@pytest.mark.slow
def test_an_expert_is_imitated():
    """Breaks when DAgger does not learn the expert's actions."""
    config = DAggerConfig(steps=30, num_envs=16, learning_rate=2e-2, validation_trials=8)
    learner = _gru(THREE_ARMS)
    learner = train_dagger(learner, THREE_ARMS, Leftmost(), config, key=jax.random.key(1))
    trials = _roll_out(THREE_ARMS, LearnerPolicy(learner), 50)
    assert np.mean(trials.action[..., 0]) > 0.95
    loss = eqx.filter_jit(dagger.dagger_loss)
    assert loss(learner, trials._replace(info=trials.action), config) < 0.5


@pytest.mark.slow
def test_a_run_is_kept_and_read_back(tmp_path):
    """Breaks when a finished run is trained again, or mixed with another one."""
    made, again = (brief_run(run_dir=tmp_path / "run") for _ in range(2))
    for a, b in zip(jax.tree.leaves(made), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)
    other = Bandit(num_arms=3, horizon=6)
    with pytest.raises(ys.UserError, match="give another directory"):
        train_ppo(_gru(other), other, BRIEF, key=jax.random.key(1), run_dir=tmp_path / "run")


def test_a_run_that_was_stopped_ends_as_the_one_that_was_not(tmp_path, monkeypatch):
    """Breaks when a resumed run draws other tasks."""
    whole = brief_run()
    with monkeypatch.context() as patched:

        def stop(bar, log, **rest):
            if log.step == 3:
                raise KeyboardInterrupt

        patched.setattr("yingshe.training._progress_bar.ProgressBar.show", stop)
        with pytest.raises(KeyboardInterrupt):
            brief_run(run_dir=tmp_path / "stopped", progress=True)
    resumed = brief_run(run_dir=tmp_path / "stopped", progress=True)
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(resumed), strict=True):
        np.testing.assert_array_equal(a, b)


ON_TWO_DEVICES = """
import sys, jax, numpy as np
sys.path.insert(0, {tests!r})
from test_training import brief_run
assert jax.device_count() == 2
np.savez({file!r}, *jax.tree.leaves(brief_run()))
"""


@pytest.mark.slow
def test_two_devices_learn_what_one_learns(tmp_path):
    """Breaks when sums over devices are wrong."""
    # All trials are one minibatch here: else each device would draw minibatches of its own.
    file = tmp_path / "two.npz"
    code = ON_TWO_DEVICES.format(tests=str(Path(__file__).parent), file=str(file))
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=2"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=300)
    two = np.load(file)
    for name, one in zip(two.files, jax.tree.leaves(brief_run()), strict=True):
        np.testing.assert_allclose(two[name], one, rtol=1e-4, atol=1e-5)


def test_a_memoryless_learner_ignores_the_past():
    """Breaks when `Memoryless` observes."""
    learner = Memoryless(_gru(THREE_ARMS))
    predicted = _predict(learner, _roll_out(THREE_ARMS, LearnerPolicy(learner), 4))
    # Only `elapsed` tells one pull from another.
    np.testing.assert_allclose(predicted.mean, np.broadcast_to(predicted.mean[:1], (4, 5, 4)))


def test_tied_actions_count_together():
    """Breaks when ties are broken one by one."""
    probs = jnp.array([[0.4, 0.2, 0.2, 0.2], [0.7, 0.1, 0.1, 0.1], [0.31, 0.23, 0.24, 0.22]])
    taken = mode_action(Categorical(jnp.log(probs)))
    np.testing.assert_array_equal(taken, np.eye(4)[[1, 0, 0]])


def test_full_observability_appends_the_hidden_parameters():
    """Breaks when the observation lacks a hidden parameter."""
    family = FullyObservable(CartPole())
    task = family.sample_task(jax.random.key(0))
    _, observation = family.reset(task, jax.random.key(1))
    assert observation.shape == (4 + 5,)
    np.testing.assert_allclose(observation[4:], jnp.stack(task))


def test_trials_that_devices_cannot_share_are_refused(monkeypatch):
    """Breaks when trials are split unevenly."""
    monkeypatch.setattr(jax, "device_count", lambda: 3)
    with pytest.raises(ys.UserError, match="num_envs must be a multiple of 3"):
        _devices.trials_per_device(num_envs=8, num_minibatches=1)


def test_bad_settings_are_refused_in_one_sentence():
    """Breaks when a setting that makes no sense is accepted."""
    with pytest.raises(ys.UserError, match="multiple of num_minibatches"):
        PPOConfig(num_envs=10, num_minibatches=4)
    with pytest.raises(ys.UserError, match="gamma must be in"):
        PPOConfig(gamma=1.5)
    wrong = GRU(2, 4, likelihood="point", key=jax.random.key(0))
    with pytest.raises(ys.UserError, match="x_dim of the GRU must be 3"):
        train_ppo(wrong, THREE_ARMS, key=jax.random.key(1))
