"""Manipulation from demonstrations: what is recorded, what training draws, what a policy does."""

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

import yingshe as ys
from yingshe.applications.robots.metaworld import (
    SUITES,
    Demonstration,
    Demonstrations,
    Nudged,
    Policy,
    Worlds,
    collect,
    demonstrate,
    expert,
    fine_tune,
    imagine,
    read_demonstrations,
)
from yingshe.applications.robots.metaworld.baselines import nearest_neighbours
from yingshe.applications.robots.metaworld.demonstrations import ACTED
from yingshe.applications.robots.metaworld.features import action, inputs, outputs
from yingshe.applications.robots.metaworld.practised import InTurns
from yingshe.applications.robots.metaworld.tuning import LeftOut
from yingshe.applications.robots.metaworld.warp import warp
from yingshe.applications.robots.metaworld.worlds import OBSERVED
from yingshe.cli import main as yingshe


def test_suites_hold_out_five_classes_each():
    for suite, count in (("ml10", 10), ("ml45", 45)):
        train, test = SUITES[suite]
        assert (len(train), len(test)) == (count, 5)
        assert not set(train) & set(test)


def test_the_expert_reaches_its_goals_and_idling_does_not():
    worlds = Worlds("reach-v3", goals=3, seed=4)
    seen = worlds.reset()
    assert (np.linalg.norm(seen[:, 18:21] - seen[:, :3], axis=1) > 0.05).all()  # goals in sight
    assert worlds.run(expert("reach-v3"), steps=150).all()
    assert not worlds.run(lambda seen: np.zeros((len(seen), 4)), steps=50).any()
    with pytest.raises(ys.UserError, match="reach-v3"):
        Worlds("reech-v3")


def test_collecting_goes_on_where_it_stopped(tmp_path):
    name = "reach-v3"
    collect(tmp_path, [name], episodes=5, seed=3, workers=1)
    path = tmp_path / f"{name}.parquet"
    first = pl.read_parquet(path)
    assert first.group_by("disturbed").agg(pl.col("episode").n_unique()).sort("disturbed")[
        "episode"
    ].to_list() == [2, 3]
    mark = path.stat().st_mtime_ns
    collect(tmp_path, [name], episodes=5, seed=3, workers=1)
    assert path.stat().st_mtime_ns == mark
    path.unlink()
    collect(tmp_path, [name], episodes=5, seed=3, workers=1)
    assert pl.read_parquet(path).equals(first)
    with pytest.raises(ys.UserError, match="other settings"):
        collect(tmp_path, [name], episodes=6, seed=3, workers=1)
    with pytest.raises(ys.UserError, match="push-v3"):
        read_demonstrations(tmp_path, ["push-v3"])


def test_actions_survive_their_soft_scale():
    acted = np.array([[-12.0, 0.0, 0.3, 1.0]], np.float32)
    np.testing.assert_allclose(action(np.asarray(outputs(jnp.asarray(acted)))), acted, rtol=1e-5)


def test_inputs_are_places_relative_to_each_other():
    seen = np.zeros(21, np.float32)
    seen[:3], seen[3], seen[4:7], seen[18:21] = (0.1, 0.6, 0.2), 1.0, (0.1, 0.7, 0.0), (0, 0.8, 0.1)
    x = np.asarray(inputs(jnp.asarray(seen)))
    np.testing.assert_allclose(x[:3], [0, -1, 2], atol=1e-5)  # from the object to the hand, dm
    np.testing.assert_allclose(x[3:6], [1, -2, 1], atol=1e-5)
    np.testing.assert_allclose(x[9:12], 0)  # no second object
    np.testing.assert_allclose(x[15:], [1, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("seed", range(6))
def test_a_warped_hand_still_goes_where_its_action_says(seed):
    """To move and then to be warped is to be warped and then to move."""
    generator = np.random.default_rng(seed)
    seen = generator.uniform(0.1, 0.9, (2, 21)).astype(np.float32)
    acted = generator.normal(size=(1, 4)).astype(np.float32)
    seen[1] = seen[0]
    seen[1, :3] += acted[0, :3]
    new, moves = warp(jax.random.key(seed), jnp.asarray(seen), jnp.asarray(np.r_[acted, acted]))
    went = np.asarray(new[1, :3] - new[0, :3])
    gain = np.linalg.norm(moves[0, :3]) / np.linalg.norm(acted[0, :3])
    np.testing.assert_allclose(gain * went, moves[0, :3], atol=1e-4)
    np.testing.assert_allclose(
        np.linalg.norm(new[:, 7:11], axis=1), np.linalg.norm(seen[:, 7:11], axis=1), rtol=1e-4
    )


def table_of(episodes: int, steps: int = 30) -> pl.DataFrame:
    """The opening of the gripper tells the episode, in hundredths; half of them are disturbed."""
    number = np.repeat(np.arange(episodes), steps)
    columns = {"episode": number, "disturbed": number % 2 == 1, "succeeded": number % 4 != 2}
    columns |= {name: np.linspace(0, 1, len(number)) for name in (*OBSERVED, *ACTED)}
    return pl.DataFrame(columns | {"gripper": number / 100})


def test_a_task_shows_good_episodes_and_asks_about_others():
    family = Demonstrations({"one": table_of(60)}, support=40)
    sample = jax.jit(lambda key: family.sample(key, 70))
    drawn = [sample(key) for key in jax.random.split(jax.random.key(0), 20)]
    assert drawn[0].x.shape == (70, 21)
    assert drawn[0].y.shape == (70, 4)
    openings = np.stack([np.asarray(pairs.x)[:, 15] for pairs in drawn])
    episodes = np.round(100 * (openings + 1) / 2).astype(int)
    counts = set()
    for shown, asked in zip(episodes[:, :40], episodes[:, 40:], strict=True):
        assert not set(shown) & set(asked)
        assert all(number % 4 == 0 for number in shown)
        changes = np.count_nonzero(np.diff(shown))
        assert changes == len(set(shown)) - 1  # one after another
        counts.add(len(set(shown)))
    assert min(counts) == 1
    assert max(counts) > 5
    with pytest.raises(ys.UserError, match="at least 10"):
        Demonstrations({"few": table_of(20)}, support=40)
    with pytest.raises(ys.UserError, match="goal_x"):
        Demonstrations({"bare": table_of(60).drop("goal_x")}, support=40)


def test_imagined_classes_end_well_and_come_again():
    tables = imagine(3, episodes=30, seed=5)
    again = imagine(3, episodes=30, seed=5)
    for name, table in tables.items():
        assert table.equals(again[name])
        good = table.filter(~pl.col("disturbed") & pl.col("succeeded"))
        assert good["episode"].n_unique() >= 10
        assert np.isfinite(table.select(*OBSERVED, *ACTED).to_numpy()).all()
    assert not tables["imagined-0"].equals(tables["imagined-1"])


def test_one_demonstration_of_an_unseen_class_is_enough_for_most_goals():
    name = "door-unlock-v3"  # held out by ml45
    worlds = Worlds(name, goals=4, seed=31)
    shown = demonstrate(name, 1, seed=32)
    policy = Policy(ys.load("metaworld-ml45")).read(shown)
    assert worlds.run(Nudged(policy), steps=200).sum() >= 3
    still = shown[0].seen[:1]
    np.testing.assert_allclose(policy(still), policy(np.repeat(still, 3, axis=0))[:1], atol=1e-3)
    assert nearest_neighbours(shown)(still).shape == (1, 4)
    with pytest.raises(ys.UserError, match="no demonstrations"):
        policy.read([])


def shown_of(number: int, steps: int = 30) -> Demonstration:
    """The opening of the gripper tells the demonstration, in hundredths; the grip follows it."""
    seen = np.linspace(0, 1, 21 * steps, dtype=np.float32).reshape(steps, 21)
    seen[:, 3] = number / 100
    return Demonstration(seen, np.tile(seen[:, 3:4], (1, 4)), succeeded=True)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_one_demonstration_is_left_out_and_asked_about(count):
    family = LeftOut([shown_of(i + 1, 20 + i) for i in range(count)], support=40)
    sample = jax.jit(jax.vmap(lambda key: family.sample(key, 60)))
    drawn = sample(jax.random.split(jax.random.key(0), 40))
    numbers = np.round(50 * (np.asarray(drawn.x)[:, :, 15] + 1)).astype(int)
    asked = set()
    for read, left in zip(numbers[:, :40], numbers[:, 40:], strict=True):
        assert len(set(left)) == 1
        assert set(read) | set(left) == set(range(1, count + 1))  # so never what only fills up
        assert count == 1 or not set(read) & set(left)
        asked |= set(left)
    assert asked == set(range(1, count + 1))
    with pytest.raises(ys.UserError, match="no demonstrations"):
        LeftOut([], support=40)


def test_fine_tuning_learns_what_was_shown_and_leaves_the_learner_as_it_was():
    """Seed 1, ten steps: the loss on what was shown falls by 0.4 nats; 0.1 are asked for."""
    learner = ys.learners.AttentiveProcess(
        21,
        4,
        embed_dim=8,
        layers=1,
        heads=1,
        num_frequencies=1,
        capacity=128,
        key=jax.random.key(1),
    )
    shown = [shown_of(i) for i in range(20, 80, 20)]
    before = np.asarray(learner.correction.bias).copy()
    tuned = fine_tune(learner, shown, key=jax.random.key(1), steps=10)
    np.testing.assert_array_equal(learner.correction.bias, before)
    x = np.asarray(inputs(jnp.asarray(np.concatenate([one.seen for one in shown]))))
    y = np.asarray(outputs(jnp.asarray(np.concatenate([one.acted for one in shown]))))
    losses = [float(ys.adapt(one, x, y)(x).loss(y).mean()) for one in (learner, tuned)]
    assert losses[1] < losses[0] - 0.1


def test_policies_take_turns():
    acts = [lambda seen, i=i: np.full((len(seen), 4), float(i)) for i in range(2)]
    in_turns = InTurns(acts, steps=3)
    assert [in_turns(np.zeros((1, 21)))[0, 0] for _ in range(8)] == [0, 0, 0, 1, 1, 1, 0, 0]


def test_only_a_hand_at_rest_is_nudged():
    nudged = Nudged(lambda seen: np.zeros((len(seen), 4)))
    seen = np.zeros((2, 21), np.float32)
    acted = []
    for t in range(14):
        seen[1, 0] = 0.01 * t  # the second one moves
        acted.append(nudged(seen))
    acted = np.array(acted)
    assert not acted[:, 1].any()
    assert not acted[:7, 0].any()
    assert acted[9:12, 0, :3].any()
    assert not acted[..., 3].any()


def test_bad_words_are_told_in_one_line(capsys):
    assert yingshe(["metaworld", "colect"]) == 2
    assert "collect" in capsys.readouterr().err
    assert yingshe(["metaworld", "train"]) == 2
