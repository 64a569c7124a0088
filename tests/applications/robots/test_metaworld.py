"""Manipulation from demonstrations: recorded data, training tasks, policies, the command."""

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe.applications.policy import Policy
from yingshe.applications.robots.metaworld import (
    ACTION_NAMES,
    OBSERVATION_NAMES,
    SUITES,
    Demonstration,
    Demonstrations,
    FineTunedPolicy,
    ImitationPolicy,
    LeaveOneOutDemonstrations,
    MetaWorldVectorEnv,
    RoundRobinPolicy,
    StallRecovery,
    collect,
    demonstrate,
    evaluate_policies,
    expert,
    fine_tune,
    generate_synthetic_tasks,
    load_demonstrations,
)
from yingshe.applications.robots.metaworld._deprecated import Nudged
from yingshe.applications.robots.metaworld._deprecated import Policy as OldPolicy
from yingshe.applications.robots.metaworld.augmentation import augment_task
from yingshe.applications.robots.metaworld.baselines import nearest_neighbors
from yingshe.applications.robots.metaworld.encoding import (
    decode_actions,
    encode_actions,
    encode_observations,
)
from yingshe.applications.robots.metaworld.evaluation import Method
from yingshe.cli import main as yingshe

KEY = jax.random.key(0)


def stand_still(observations):
    return np.zeros((len(observations), 4))


@pytest.fixture(scope="module")
def tiny_learner():
    return ys.learners.AttentiveProcess(
        21,
        4,
        embed_dim=8,
        layers=1,
        heads=1,
        num_frequencies=1,
        capacity=128,
        key=jax.random.key(1),
    )


def test_suites_hold_out_five_tasks_each():
    for suite, count in (("ml10", 10), ("ml45", 45)):
        train, test = SUITES[suite]
        assert (len(train), len(test)) == (count, 5)
        assert not set(train) & set(test)


def test_the_expert_reaches_its_goals_and_standing_still_does_not():
    env = MetaWorldVectorEnv("reach-v3", goals=3, seed=4)
    observations = env.reset()
    distance = np.linalg.norm(observations[:, 18:21] - observations[:, :3], axis=1)
    assert (distance > 0.05).all()  # the goals are observed
    assert env.rollout(expert("reach-v3"), steps=150).all()
    assert not env.rollout(stand_still, steps=50).any()
    with pytest.raises(ys.UserError, match="reach-v3"):
        MetaWorldVectorEnv("reech-v3")


@pytest.mark.slow
def test_collecting_resumes_where_it_stopped(tmp_path):
    name = "reach-v3"
    collect(tmp_path, [name], episodes=5, seed=3, workers=1)
    path = tmp_path / f"{name}.parquet"
    first = pl.read_parquet(path)
    assert first.group_by("disturbed").agg(pl.col("episode").n_unique()).sort("disturbed")[
        "episode"
    ].to_list() == [2, 3]
    modified = path.stat().st_mtime_ns
    collect(tmp_path, [name], episodes=5, seed=3, workers=1)
    assert path.stat().st_mtime_ns == modified
    path.unlink()
    collect(tmp_path, [name], episodes=5, seed=3, workers=1)
    assert pl.read_parquet(path).equals(first)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(tmp_path, [name], episodes=6, seed=3, workers=1)
    with pytest.raises(ys.UserError, match="push-v3"):
        load_demonstrations(tmp_path, ["push-v3"])


def test_a_collection_of_0_1_is_complete(tmp_path):
    """0.1 wrote the settings in one line."""
    (tmp_path / "settings.json").write_text('{"episodes": 1, "seed": 3}\n')
    pl.DataFrame({"episode": [0]}).write_parquet(tmp_path / "reach-v3.parquet")
    counts = []
    collect(tmp_path, ["reach-v3"], episodes=1, seed=3, workers=1, on_progress=counts.append)
    assert counts == [1]
    assert len(load_demonstrations(tmp_path, ["reach-v3"])["reach-v3"]) == 1


def test_actions_survive_encoding():
    actions = np.array([[-12.0, 0.0, 0.3, 1.0]], np.float32)
    decoded = decode_actions(np.asarray(encode_actions(jnp.asarray(actions))))
    np.testing.assert_allclose(decoded, actions, rtol=1e-5)


def test_encoded_observations_are_relative_positions():
    observation = np.zeros(21, np.float32)
    observation[:3], observation[3] = (0.1, 0.6, 0.2), 1.0
    observation[4:7], observation[18:21] = (0.1, 0.7, 0.0), (0, 0.8, 0.1)
    x = np.asarray(encode_observations(jnp.asarray(observation)))
    np.testing.assert_allclose(x[:3], [0, -1, 2], atol=1e-5)  # hand relative to the object, dm
    np.testing.assert_allclose(x[3:6], [1, -2, 1], atol=1e-5)
    np.testing.assert_allclose(x[9:12], 0)  # no second object
    np.testing.assert_allclose(x[15:], [1, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("seed", range(6))
def test_motion_and_augmentation_commute(seed):
    """Moving the hand and then transforming equals transforming and then moving."""
    rng = np.random.default_rng(seed)
    observations = rng.uniform(0.1, 0.9, (2, 21)).astype(np.float32)
    action = rng.normal(size=(1, 4)).astype(np.float32)
    observations[1] = observations[0]
    observations[1, :3] += action[0, :3]
    new, actions = augment_task(
        jax.random.key(seed), jnp.asarray(observations), jnp.asarray(np.r_[action, action])
    )
    motion = np.asarray(new[1, :3] - new[0, :3])
    gain = np.linalg.norm(actions[0, :3]) / np.linalg.norm(action[0, :3])
    np.testing.assert_allclose(gain * motion, actions[0, :3], atol=1e-4)
    np.testing.assert_allclose(
        np.linalg.norm(new[:, 7:11], axis=1),
        np.linalg.norm(observations[:, 7:11], axis=1),
        rtol=1e-4,
    )


def make_table(episodes: int, steps: int = 30) -> pl.DataFrame:
    """The gripper's opening is the episode's number in hundredths; every second is disturbed."""
    number = np.repeat(np.arange(episodes), steps)
    columns = {"episode": number, "disturbed": number % 2 == 1, "succeeded": number % 4 != 2}
    columns |= {
        name: np.linspace(0, 1, len(number)) for name in (*OBSERVATION_NAMES, *ACTION_NAMES)
    }
    return pl.DataFrame(columns | {"gripper": number / 100})


def test_a_task_has_good_episodes_as_support_and_others_as_query():
    family = Demonstrations({"task": make_table(60)}, num_support=40)
    sample = jax.jit(lambda key: family.sample(key, 70))
    samples = [sample(key) for key in jax.random.split(KEY, 20)]
    assert samples[0].x.shape == (70, 21)
    assert samples[0].y.shape == (70, 4)
    openings = np.stack([np.asarray(pairs.x)[:, 15] for pairs in samples])
    episodes = np.round(100 * (openings + 1) / 2).astype(int)
    counts = set()
    for support, query in zip(episodes[:, :40], episodes[:, 40:], strict=True):
        assert not set(support) & set(query)
        assert all(number % 4 == 0 for number in support)
        changes = np.count_nonzero(np.diff(support))
        assert changes == len(set(support)) - 1  # one after another
        counts.add(len(set(support)))
    assert min(counts) == 1
    assert max(counts) > 5
    with pytest.raises(ys.UserError, match="at least 10"):
        Demonstrations({"few": make_table(20)}, num_support=40)
    with pytest.raises(ys.UserError, match="goal_x"):
        Demonstrations({"bare": make_table(60).drop("goal_x")}, num_support=40)


def test_synthetic_tasks_succeed_and_are_reproducible():
    tables = generate_synthetic_tasks(3, episodes=30, seed=5)
    again = generate_synthetic_tasks(3, episodes=30, seed=5)
    for name, table in tables.items():
        assert table.equals(again[name])
        good = table.filter(~pl.col("disturbed") & pl.col("succeeded"))
        assert good["episode"].n_unique() >= 10
        assert np.isfinite(table.select(*OBSERVATION_NAMES, *ACTION_NAMES).to_numpy()).all()
    assert not tables["synthetic-0"].equals(tables["synthetic-1"])


@pytest.mark.slow
def test_one_demonstration_of_a_held_out_task_reaches_most_goals():
    name = "door-unlock-v3"  # held out by ml45
    env = MetaWorldVectorEnv(name, goals=4, seed=31)
    demonstrations = demonstrate(name, 1, seed=32)
    policy = ImitationPolicy.from_learner(ys.load("metaworld-ml45")).adapt(demonstrations)
    assert isinstance(policy, Policy)
    assert env.rollout(StallRecovery(policy), steps=200).sum() >= 3
    first = demonstrations[0].observations[:1]
    np.testing.assert_allclose(policy(first), policy(np.repeat(first, 3, axis=0))[:1], atol=1e-3)
    assert nearest_neighbors(demonstrations)(first).shape == (1, 4)
    with pytest.raises(ys.UserError, match="demonstrations is empty"):
        policy.adapt([])


def make_demonstration(number: int, steps: int = 30) -> Demonstration:
    """The gripper's opening is the number in hundredths; all actions are equal to it."""
    observations = np.linspace(0, 1, 21 * steps, dtype=np.float32).reshape(steps, 21)
    observations[:, 3] = number / 100
    return Demonstration(observations, np.tile(observations[:, 3:4], (1, 4)), success=True)


@pytest.mark.slow
def test_an_adapted_policy_replays_and_can_be_saved(tiny_learner, tmp_path):
    demonstrations = [make_demonstration(20), make_demonstration(60)]
    prior = ImitationPolicy.from_learner(tiny_learner)
    policy = prior.adapt(demonstrations)
    # At a demonstrated time step the demonstrated action is repeated.
    actions = policy(demonstrations[1].observations)
    np.testing.assert_allclose(actions, demonstrations[1].actions, atol=1e-4)
    # One demonstration after the other, or a prior policy that is adapted again, are the same.
    one_by_one = prior
    for demo in demonstrations:
        one_by_one = one_by_one.observe(demo.observations, demo.actions)
    elsewhere = np.full((2, 21), 0.3, np.float32)
    np.testing.assert_allclose(one_by_one(elsewhere), policy(elsewhere), atol=1e-5)
    again = prior.adapt(demonstrations[:1]).adapt(demonstrations)
    np.testing.assert_allclose(again(elsewhere), policy(elsewhere), atol=1e-5)
    with pytest.warns(DeprecationWarning, match="ImitationPolicy"):
        old = OldPolicy(tiny_learner).read(demonstrations)
    np.testing.assert_array_equal(old(elsewhere), policy(elsewhere))
    policy.save(tmp_path / "policy.safetensors")
    loaded = ImitationPolicy.load(tmp_path / "policy.safetensors")
    np.testing.assert_array_equal(loaded(elsewhere), policy(elsewhere))
    ys.adapt(tiny_learner, np.zeros((1, 21)), np.zeros((1, 4))).save(tmp_path / "other.safetensors")
    with pytest.raises(ys.UserError, match="is not a saved ImitationPolicy"):
        ImitationPolicy.load(tmp_path / "other.safetensors")


@pytest.mark.parametrize("count", [1, 2, 5])
def test_one_demonstration_is_left_out_as_query_set(count):
    demonstrations = [make_demonstration(i + 1, 20 + i) for i in range(count)]
    family = LeaveOneOutDemonstrations(demonstrations, num_support=40)
    sample = jax.jit(jax.vmap(lambda key: family.sample(key, 60)))
    pairs = sample(jax.random.split(KEY, 40))
    numbers = np.round(50 * (np.asarray(pairs.x)[:, :, 15] + 1)).astype(int)
    queried = set()
    for support, query in zip(numbers[:, :40], numbers[:, 40:], strict=True):
        assert len(set(query)) == 1
        assert set(support) | set(query) == set(range(1, count + 1))  # never the padding
        assert count == 1 or not set(support) & set(query)
        queried |= set(query)
    assert queried == set(range(1, count + 1))
    with pytest.raises(ys.UserError, match="demonstrations is empty"):
        LeaveOneOutDemonstrations([], num_support=40)


@pytest.mark.slow
def test_fine_tuning_lowers_the_loss_and_leaves_the_learner_unchanged(tiny_learner):
    """Seed 1, ten steps: the loss on the demonstrations falls by 0.4 nats; 0.1 are required."""
    learner = tiny_learner
    demonstrations = [make_demonstration(i) for i in range(20, 80, 20)]
    before = np.asarray(learner.correction.bias).copy()
    tuned = fine_tune(learner, demonstrations, key=jax.random.key(1), steps=10)
    np.testing.assert_array_equal(learner.correction.bias, before)
    observations = np.concatenate([demo.observations for demo in demonstrations])
    actions = np.concatenate([demo.actions for demo in demonstrations])
    x = np.asarray(encode_observations(jnp.asarray(observations)))
    y = np.asarray(encode_actions(jnp.asarray(actions)))
    losses = [float(ys.adapt(m, x, y)(x).loss(y).mean()) for m in (learner, tuned)]
    assert losses[1] < losses[0] - 0.1


def test_a_fine_tuned_policy_acts_in_turns_with_the_original(tiny_learner):
    """A turn is 1.5 demonstrations long; far from the demonstrations both act differently."""
    demonstrations = [make_demonstration(20, steps=4), make_demonstration(60, steps=4)]
    policy = FineTunedPolicy(tiny_learner, demonstrations, key=jax.random.key(1), steps=10)
    observations = np.full((1, 21), 0.3, np.float32)
    expected = [policy.policies[turn](observations) for turn in (0, 1)]
    assert np.abs(expected[0] - expected[1]).max() > 1e-3
    state = policy.init_state("task")
    for t in range(7):  # stall recovery waits longer
        action, _ = policy.act(state, observations, KEY)
        np.testing.assert_allclose(action, expected[t // 6], atol=1e-5)
        state = policy.update(state, observations, action, np.zeros(1, bool))


def test_policies_take_turns():
    fns = [lambda observations, i=i: np.full((len(observations), 4), float(i)) for i in range(2)]
    policy = RoundRobinPolicy(fns, steps=3)
    state, observations = policy.init_state("task"), np.zeros((1, 21))
    actions = []
    for _ in range(8):
        action, _ = policy.act(state, observations, KEY)
        actions.append(action[0, 0])
        state = policy.update(state, observations, action, np.zeros(1, bool))
    assert actions == [0, 0, 0, 1, 1, 1, 0, 0]


def test_only_a_hand_at_rest_is_pushed():
    policy = StallRecovery(stand_still)
    state = policy.init_state("task")
    observations = np.zeros((2, 21), np.float32)
    actions = []
    for t in range(14):
        observations[1, 0] = 0.01 * t  # the second one moves
        action, _ = policy.act(state, observations, KEY)
        actions.append(action)
        state = policy.update(state, observations, action, np.zeros(2, bool))
    actions = np.array(actions)
    assert not actions[:, 1].any()
    assert not actions[:7, 0].any()
    assert actions[9:12, 0, :3].any()
    assert not actions[..., 3].any()


def test_nudged_of_0_1_is_one_rollout_with_stall_recovery():
    with pytest.warns(DeprecationWarning, match="StallRecovery"):
        old = Nudged(stand_still)
    policy, observations = StallRecovery(stand_still), np.zeros((1, 21), np.float32)
    state, actions = policy.init_state(None), []
    for _ in range(10):
        action, _ = policy.act(state, observations, KEY)
        np.testing.assert_array_equal(old(observations), action)
        state = policy.update(state, observations, action, np.zeros(1, bool))
        actions.append(action)
    assert np.array(actions).any()


@pytest.mark.slow
def test_the_evaluation_counts_goals_and_reuses_rollouts_without_demonstrations():
    rollouts = []
    curve = evaluate_policies(
        ["reach-v3"],
        {
            "expert": Method(lambda name, demos: expert(name), uses_demonstrations=False),
            "idle after 1": Method(
                lambda name, demos: expert(name) if len(demos) == 1 else stand_still
            ),
        },
        shots=(1, 2),
        goals=2,
        steps=120,
        on_rollout=lambda *result: rollouts.append(result),
    )
    rates = [[curve.at(name, k).error.value for k in (1, 2)] for name in curve.methods]
    assert rates == [[1, 1], [1, 0]]
    assert [(method, count) for _, method, count, _ in rollouts] == [
        ("expert", 1),
        ("idle after 1", 1),
        ("idle after 1", 2),
    ]
    with pytest.raises(ys.UserError, match="shots must be ascending"):
        evaluate_policies(["reach-v3"], {}, shots=(0, 1))


def test_bad_arguments_are_refused_in_one_line(capsys, tmp_path):
    assert yingshe(["metaworld", "colect"]) == 2
    assert "collect" in capsys.readouterr().err
    assert yingshe(["metaworld", "train"]) == 2
    assert "FOLDER is missing" in capsys.readouterr().err
    assert yingshe(["metaworld", "evaluate", "--methods", "adapting"]) == 2
    assert "There is no method 'adapting'" in capsys.readouterr().err
    assert yingshe(["metaworld", "demo", "--plot", str(tmp_path / "a.gif")]) == 2
    assert ".png or .svg" in capsys.readouterr().err
    # The option of 0.1 is known, with a warning.
    assert yingshe(["metaworld", "train", str(tmp_path), "--imagined", "3"]) == 2
    warning = capsys.readouterr().err
    assert "--synthetic-tasks" in warning
    assert "collect the episodes" in warning
