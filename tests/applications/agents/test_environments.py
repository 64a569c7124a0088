"""Environments: the contract of all, and the equations of each."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.applications.agents.environments import (
    Acrobot,
    Bandit,
    CartPole,
    HiddenGoal,
    MDPParams,
    Pendulum,
    TabularMDP,
)
from yingshe.applications.agents.tasks import (
    ENVIRONMENTS,
    build_environments,
    describe_environments,
)
from yingshe.errors import UserError

TASKS = 16
STEPS = 12


def act_randomly(family, key):
    """Return the first observation of one task, and the steps of random actions."""
    task_key, reset_key, step_key, action_key = jax.random.split(key, 4)
    task = family.sample_task(task_key)
    state, observation = family.reset(task, reset_key)
    if family.actions == "discrete":
        choices = jax.random.randint(action_key, (STEPS,), 0, family.action_dim)
        actions = jax.nn.one_hot(choices, family.action_dim)
    else:
        shape = (STEPS, family.action_dim)
        actions = jax.random.uniform(action_key, shape, minval=-1.0, maxval=1.0)

    def advance(state, inputs):
        action, key = inputs
        step = family.step(task, state, action, key)
        return step.state, step

    _, steps = jax.lax.scan(advance, state, (actions, jax.random.split(step_key, STEPS)))
    return observation, steps


@pytest.fixture(scope="module", params=list(ENVIRONMENTS))
def played(request):
    family = ENVIRONMENTS[request.param]()
    run = jax.jit(jax.vmap(lambda key: act_randomly(family, key)))
    keys = jax.random.split(jax.random.key(0), TASKS)
    return family, run(keys), run(keys)


def test_steps_have_the_promised_shapes_and_are_finite(played):
    """Breaks when an environment returns another shape or type than the contract says."""
    family, (first, steps), _ = played
    assert first.shape == (TASKS, family.observation_dim)
    assert first.dtype == jnp.float32
    assert steps.observation.shape == (TASKS, STEPS, family.observation_dim)
    assert steps.observation.dtype == jnp.float32
    assert steps.reward.shape == (TASKS, STEPS)
    assert steps.reward.dtype == jnp.float32
    assert steps.terminated.shape == (TASKS, STEPS)
    assert steps.terminated.dtype == jnp.bool_
    assert np.isfinite(steps.observation).all()
    assert np.isfinite(steps.reward).all()
    assert family.trial_steps == family.episodes * family.episode_steps


def test_the_key_determines_everything(played):
    """Breaks when the same key gives another trial."""
    _, once, again = played
    for a, b in zip(jax.tree.leaves(once), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)


def test_descriptions_build_the_same_environments(played):
    """Breaks when a file's description of environments loses an option."""
    family, _, _ = played
    description = json.loads(json.dumps(describe_environments(family)))
    assert build_environments(description) == family


def test_tasks_differ(played):
    """Breaks when tasks do not depend on the key."""
    family, _, _ = played
    tasks = jax.jit(jax.vmap(family.sample_task))(jax.random.split(jax.random.key(1), TASKS))
    for leaf in jax.tree.leaves(tasks):
        assert len(np.unique(leaf, axis=0)) > TASKS // 4


def test_arms_pay_with_their_probabilities():
    """Breaks when an arm pays with another probability than its own."""
    family, probs = Bandit(num_arms=3), jnp.array([0.1, 0.5, 0.9])
    keys = jax.random.split(jax.random.key(2), 4000)

    def pull(arm, key):
        return family.step(probs, (), jax.nn.one_hot(arm, 3), key).reward

    every = jax.jit(jax.vmap(jax.vmap(pull, in_axes=(None, 0)), in_axes=(0, None)))
    rewards = every(jnp.arange(3), keys)
    assert set(np.unique(rewards)) == {0.0, 1.0}
    np.testing.assert_allclose(rewards.mean(axis=1), probs, atol=0.03)  # four standard errors


def test_states_follow_with_their_probabilities():
    """Breaks when transitions or rewards have another distribution."""
    family = TabularMDP(num_states=3, num_actions=2)
    transitions = jnp.array([[[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]] * 3)
    task = MDPParams(transitions, jnp.array([[1.0, -2.0]] * 3))
    keys = jax.random.split(jax.random.key(3), 4000)

    def step(choice, key):
        return family.step(task, jnp.array(1), jax.nn.one_hot(choice, 2), key)

    every = jax.jit(jax.vmap(jax.vmap(step, in_axes=(None, 0)), in_axes=(0, None)))
    steps = every(jnp.arange(2), keys)
    np.testing.assert_allclose(steps.observation.mean(axis=1), transitions[0], atol=0.03)
    np.testing.assert_allclose(steps.reward.mean(axis=1), [1.0, -2.0], atol=0.07)
    np.testing.assert_allclose(steps.reward.std(axis=1), 1.0, atol=0.05)


def test_probabilities_of_states_sum_to_one():
    """Breaks when transitions are not normalized."""
    task = TabularMDP().sample_task(jax.random.key(4))
    np.testing.assert_allclose(task.transitions.sum(axis=-1), 1.0, rtol=1e-5)


def test_the_grid_has_walls_and_a_goal():
    """Breaks when moves, walls or rewards of the grid change."""
    family, key = HiddenGoal(size=3), jax.random.key(5)
    goal = jnp.array(1)  # right of the start
    state, observation = family.reset(goal, key)
    assert observation.argmax() == 0
    rewards, cells = [], []
    for move in (0, 3, 4, 3, 3, 1):  # up, right, stay, right, right, down
        step = family.step(goal, state, jax.nn.one_hot(move, 5), key)
        state = step.state
        rewards.append(float(step.reward))
        cells.append(int(step.observation.argmax()))
    assert cells == [0, 1, 1, 2, 2, 5]
    np.testing.assert_allclose(rewards, [-0.1, 1.0, 1.0, -0.1, -0.1, -0.1])


def test_goals_are_uniform_over_all_cells_but_the_start():
    """Breaks when goals are not uniform, or lie on the start."""
    draw = jax.jit(jax.vmap(HiddenGoal(size=3).sample_task))
    goals = draw(jax.random.split(jax.random.key(6), 4000))
    counts = np.bincount(goals, minlength=9)
    assert counts[0] == 0
    np.testing.assert_allclose(counts[1:], 500, atol=90)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("CartPole-v1", CartPole.gymnasium()),
        ("Pendulum-v1", Pendulum.gymnasium()),
        ("Acrobot-v1", Acrobot.gymnasium()),
    ],
)
def test_with_nothing_hidden_an_environment_is_gymnasiums(name, family):
    """Breaks when the equations, rewards or ends differ from Gymnasium's."""
    theirs = pytest.importorskip("gymnasium").make(name).unwrapped
    key = jax.random.key(7)
    task = family.sample_task(key)
    advance = jax.jit(family.step)
    ends = 0
    for seed in range(3):
        theirs.reset(seed=seed)
        for place in np.random.default_rng(seed).uniform(-1, 1, 100).tolist():
            # From the same state each time: rounding grows where motion is chaotic.
            state = jnp.asarray(theirs.state, jnp.float32)
            if family.actions == "discrete":
                choice = int((place + 1) / 2 * family.action_dim)
                action, given = jnp.eye(family.action_dim)[choice], choice
            else:
                action, given = jnp.array([place]), np.array([2 * place])
            step = advance(task, state, action, key)
            observation, reward, terminated, _, _ = theirs.step(given)
            np.testing.assert_allclose(step.observation, observation, rtol=1e-4, atol=1e-4)
            assert float(step.reward) == pytest.approx(reward, rel=1e-4, abs=1e-5)
            assert bool(step.terminated) == terminated
            ends += terminated
            if terminated:
                break
    assert ends == (3 if name == "CartPole-v1" else 0)


def test_an_acrobot_has_reached_the_height_when_gymnasiums_has():
    """Breaks when the height that ends an episode differs from Gymnasium's."""
    theirs = pytest.importorskip("gymnasium").make("Acrobot-v1").unwrapped
    family, key = Acrobot.gymnasium(), jax.random.key(7)
    task, ends = family.sample_task(key), []
    advance = jax.jit(family.step)
    for angle in np.linspace(1.5, 3.0, 20):
        theirs.reset(seed=0)
        theirs.state = np.array([angle, 0.1, 0.2, 0.0])
        step = advance(task, jnp.asarray(theirs.state, jnp.float32), jnp.eye(3)[2], key)
        _, reward, terminated, _, _ = theirs.step(2)
        assert (float(step.reward), bool(step.terminated)) == (reward, terminated)
        ends.append(terminated)
    assert 0 < sum(ends) < len(ends)


def test_half_of_the_motors_are_reversed():
    """Breaks when `reversed_prob` is not the fraction of reversed motors."""
    draw = jax.jit(jax.vmap(CartPole().sample_task))
    forces = draw(jax.random.split(jax.random.key(8), 1000)).force
    assert abs(np.mean(forces < 0) - 0.5) < 0.06
    assert (np.abs(forces) >= 5).all()
    assert (np.abs(forces) <= 15).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bandit(num_arms=0), "num_arms must be at least 1, got 0."),
        (lambda: TabularMDP(horizon=0), "horizon must be at least 1, got 0."),
        (lambda: HiddenGoal(size=1), "size must be at least 2, got 1"),
        (lambda: CartPole(length=(1.0, 0.5)), "length is (1.0, 0.5)"),
        (lambda: CartPole(reversed_prob=2.0), "reversed_prob must be from 0 to 1, got 2.0."),
    ],
)
def test_bad_options_are_refused(make, message):
    """Breaks when an impossible option is accepted."""
    with pytest.raises(UserError) as caught:
        make()
    assert message in str(caught.value)
