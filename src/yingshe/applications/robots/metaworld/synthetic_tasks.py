"""Synthetic manipulation tasks: random scripts in a world of points, without dynamics.

They supplement the few recorded tasks. In a script, the hand moves to a position relative to an
object and may close the gripper. Then it moves to positions relative to the goal, and the object
may follow. Offsets, heights, thresholds, gains and grip commands are sampled for
every task. There are no contacts: the hand follows its commands with a short delay.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from yingshe.applications.robots.metaworld.encoding import ACTION_NAMES, OBSERVATION_NAMES

_MAX_STEPS = 160
_STEPS_PER_EPISODE = 48  # evenly spaced time steps that are stored of each episode
_SCRIPTS_PER_BATCH = 200
_MIN_SUCCESS_RATE = 0.6  # of the undisturbed episodes of a script
_MIN_SUCCESSES = 10  # undisturbed episodes, the most that a task demonstrates
_STEPS_AFTER_SUCCESS = 6
_INERTIA = 0.5  # fraction of its velocity that a hand keeps per time step
_GRASP_DISTANCE = 0.05  # m, within which the hand takes an object along
_LOW, _HIGH = np.array([-0.5, 0.3, 0.0]), np.array([0.5, 1.0, 0.5])  # m, workspace of the hand


@dataclass(frozen=True)
class _Scripts:
    """Parameters of n scripts, one per row; positions in m."""

    hand: np.ndarray  # (n, 3), start
    object_: np.ndarray  # (n, 3), center of the start positions
    spread: np.ndarray  # (n, 3)
    goal: np.ndarray  # (n, 3), absolute or relative to the object
    goal_follows: np.ndarray  # (n,)
    goal_spread: np.ndarray  # (n, 3)
    second: np.ndarray  # (n, 3)
    has_second: np.ndarray  # (n,)
    orientations: np.ndarray  # (n, 8), quaternions
    num_anchors: np.ndarray  # (n,), 1 to 3 of the following
    reference: np.ndarray  # (n, 3), anchor of: object, goal, second, origin
    offset: np.ndarray  # (n, 3, 3)
    approach_height: np.ndarray  # (n, 3)
    height_mode: np.ndarray  # (n, 3), to anchor, to table, of the hand
    tolerance: np.ndarray  # (n, 3, 2), horizontal and vertical
    final_offset: np.ndarray  # (n, 3), a last motion; zero for none
    gain: np.ndarray  # (n,), 1/cm of the clipped action
    grip_commands: np.ndarray  # (n, 2), gripper open and closed
    close_tolerance: np.ndarray  # (n,), times the vertical tolerance
    follows: np.ndarray  # (n, 3), fraction of the hand's motion
    needs_grip: np.ndarray  # (n,)


def generate_synthetic_tasks(
    count: int, *, episodes: int = 40, seed: int = 0
) -> dict[str, pl.DataFrame]:
    """Generate synthetic tasks; two fifths of their episodes are undisturbed.

    Args:
        count: Number of tasks.
        episodes: Number of episodes of each task.
        seed: Seed of all random draws; the same seed gives the same tasks.

    Returns:
        Name of the task → table, as `load_demonstrations` gives recorded ones.
    """
    rng = np.random.default_rng([seed, 0x1A])
    tables: dict[str, pl.DataFrame] = {}
    while len(tables) < count:
        scripts = _sample_scripts(rng, _SCRIPTS_PER_BATCH)
        observations, actions, end_step, disturbed = _simulate(rng, scripts, episodes)
        success = (end_step < _MAX_STEPS)[:, ~disturbed]
        good = success.mean(axis=1) >= _MIN_SUCCESS_RATE
        good &= success.sum(axis=1) >= _MIN_SUCCESSES
        for script in np.flatnonzero(good)[: count - len(tables)]:
            tables[f"synthetic-{len(tables)}"] = _to_table(
                observations[:, script], actions[:, script], end_step[script], disturbed
            )
    return tables


def _sample_scripts(rng: np.random.Generator, n: int) -> _Scripts:
    uniform, normal = rng.uniform, rng.normal
    horizontal = np.array([1.0, 1.0, 0.0])

    def bernoulli(probability: float, *shape: int) -> Bool[np.ndarray, "..."]:
        return uniform(size=(n, *shape)) < probability

    def sample_position() -> Float[np.ndarray, "n 3"]:
        return uniform([-0.25, 0.45, 0.0], [0.25, 0.9, 0.25], (n, 3))

    def sample_spread() -> Float[np.ndarray, "n 3"]:
        return rng.choice([0.01, 0.05, 0.1], (n, 1)) * (
            horizontal + bernoulli(0.2, 1) * [0, 0, 0.5]
        )

    quaternions = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]], float)
    yaw = uniform(-np.pi, np.pi, (2, n)) / 2
    orientations = np.stack([np.cos(yaw), 0 * yaw, 0 * yaw, np.sin(yaw)], axis=-1)
    plain = quaternions[rng.integers(3, size=(2, n))]
    orientations = np.where(bernoulli(0.3)[:, None], orientations, plain)
    num_anchors = rng.choice([1, 2, 3], n, p=[0.35, 0.45, 0.2])
    reference = np.stack(
        [
            rng.choice(4, n, p=[0.8, 0.05, 0.1, 0.05]),
            rng.choice(4, n, p=[0.25, 0.55, 0.1, 0.1]),
            rng.choice(4, n, p=[0.2, 0.6, 0.1, 0.1]),
        ],
        axis=1,
    )
    has_second = bernoulli(0.35)
    reference = np.where((reference == 2) & ~has_second[:, None], 0, reference)
    offset = normal(size=(n, 3, 3)) * rng.choice([0.01, 0.03, 0.06, 0.1], (n, 3, 1))
    offset *= bernoulli(0.7, 3, 3)
    offset = np.where(
        (reference == 3)[:, :, None], np.stack([sample_position()] * 3, axis=1), offset
    )
    approach_height = np.where(bernoulli(0.35, 3), 0.0, uniform(0.05, 0.3, (n, 3)))
    rigid = np.eye(3)[rng.integers(3, size=n)]
    follows = np.where(bernoulli(0.6)[:, None], 1.0, np.where(bernoulli(0.7)[:, None], rigid, 0.0))
    has_final_offset = (num_anchors == 1) | bernoulli(0.2)
    final_offset = (
        has_final_offset[:, None] * normal(size=(n, 3)) * rng.choice([0.03, 0.08, 0.15], (n, 1))
    )
    final_offset *= bernoulli(0.6, 3)
    before = rng.choice([-1.0, -1.0, 0.0, 0.5, 1.0], n)
    after = np.where(bernoulli(0.6), uniform(0.5, 1.0, n), before)
    return _Scripts(
        hand=uniform([-0.1, 0.4, 0.1], [0.1, 0.7, 0.3], (n, 3)),
        object_=sample_position(),
        spread=sample_spread(),
        goal=np.where(bernoulli(0.5)[:, None], sample_position(), 0.12 * normal(size=(n, 3))),
        goal_follows=bernoulli(0.5),
        goal_spread=sample_spread(),
        second=sample_position(),
        has_second=has_second,
        orientations=np.concatenate(
            [orientations[0], orientations[1] * has_second[:, None]], axis=1
        ),
        num_anchors=num_anchors,
        reference=reference,
        offset=offset,
        approach_height=approach_height,
        height_mode=rng.choice(3, (n, 3), p=[0.65, 0.15, 0.2]),
        tolerance=uniform(0.01, 0.06, (n, 3, 2)),
        final_offset=final_offset,
        gain=rng.choice([4.0, 10.0, 10.0, 25.0, 25.0, 25.0, 50.0], n),
        grip_commands=np.stack([before, after], axis=1),
        close_tolerance=uniform(0.8, 3.0, n),
        follows=follows,
        needs_grip=bernoulli(0.6) & (after > 0),
    )


def _simulate(
    rng: np.random.Generator, scripts: _Scripts, episodes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Simulate all scripts at once.

    Returns:
        Observations (steps, scripts, episodes, 21), actions (…, 4), the step at which each episode
        ends (scripts, episodes), and which episodes are disturbed.
    """
    n, clean = len(scripts.gain), 2 * episodes // 5
    shape = (n, episodes)
    disturbed = np.arange(episodes) >= clean
    noise = disturbed * rng.choice([0.1, 0.3, 0.7], episodes)
    burst_probability = disturbed * rng.choice([0.0, 0.02, 0.05], episodes)
    hand = scripts.hand[:, None] + rng.normal(size=(*shape, 3)) * 0.01
    object_ = scripts.object_[:, None] + scripts.spread[:, None] * rng.uniform(-1, 1, (*shape, 3))
    goal = scripts.goal[:, None] + scripts.goal_spread[:, None] * rng.uniform(-1, 1, (*shape, 3))
    follows = scripts.goal_follows[:, None, None]
    goal = np.where(follows, object_ + np.where(np.abs(goal) > 0.3, 0.1, goal), goal)
    second = scripts.second[:, None] + 0.05 * rng.uniform(-1, 1, (*shape, 3))
    second *= scripts.has_second[:, None, None]
    opening, velocity = np.ones(shape), np.zeros((*shape, 3))
    closed = np.zeros(shape)
    end_step = np.full(shape, 10 * _MAX_STEPS)
    burst_steps, push = np.zeros(shape, int), np.zeros((*shape, 4))
    observations, actions = [], []
    orientations = np.broadcast_to(scripts.orientations[:, None], (*shape, 8))
    for t in range(_MAX_STEPS):
        action, final = _choose_actions(scripts, hand, object_, goal, second)
        observations.append(
            np.concatenate(
                [
                    hand,
                    opening[..., None],
                    object_,
                    orientations[..., :4],
                    second,
                    orientations[..., 4:],
                    goal,
                ],
                axis=-1,
            ).astype(np.float32)
        )
        actions.append(action.astype(np.float32))
        end_step = np.where((end_step > _MAX_STEPS) & final, t + _STEPS_AFTER_SUCCESS, end_step)
        executed = np.clip(action, -1, 1)
        executed = executed + noise[:, None] * rng.normal(size=executed.shape) * [1, 1, 1, 0.3]
        begins = (burst_steps == 0) & (rng.uniform(size=shape) < burst_probability)
        burst_steps = np.where(begins, rng.integers(4, 20, shape), np.maximum(burst_steps - 1, 0))
        push = np.where(begins[..., None], rng.uniform(-1, 1, push.shape), push)
        push[..., 3] = executed[..., 3]
        executed = np.where((burst_steps > 0)[..., None], push, executed)
        executed = np.clip(executed, -1, 1)
        velocity = _INERTIA * velocity + (1 - _INERTIA) * 0.01 * executed[..., :3]
        next_hand = np.clip(hand + velocity, _LOW, _HIGH)
        grips = executed[..., 3] > 0.2
        closed = np.where(grips, closed + 1, 0)
        grasp_position = (
            object_ + scripts.offset[:, None, 0] * (scripts.reference[:, 0] == 0)[:, None, None]
        )
        grasped = np.linalg.norm(hand - grasp_position, axis=-1) < _GRASP_DISTANCE
        grasped &= ~scripts.needs_grip[:, None] | (closed > 4)
        object_ = object_ + grasped[..., None] * scripts.follows[:, None] * (next_hand - hand)
        target_opening = np.where(grips, np.where(grasped, 0.5, 0.15), 1.0)
        opening = opening + 0.3 * (target_opening - opening)
        hand = next_hand
    return np.array(observations), np.array(actions), np.minimum(end_step, _MAX_STEPS), disturbed


def _choose_actions(scripts: _Scripts, hand, object_, goal, second):
    """Return the action of each script at its state, and whether the script has ended."""
    origin = np.zeros_like(hand)
    references = np.stack([object_, goal, second, origin])
    anchors = []
    for i in range(3):
        reference = scripts.reference[:, i]
        base = np.take_along_axis(references, reference[None, :, None, None], axis=0)[0]
        anchors.append(base + scripts.offset[:, None, i])
    last_anchor = np.select(
        [scripts.num_anchors[:, None, None] == k for k in (1, 2)], anchors[:2], anchors[2]
    )
    moves_on = np.any(scripts.final_offset != 0, axis=1)[:, None, None]
    target = np.where(moves_on, last_anchor + scripts.final_offset[:, None], last_anchor)
    final = np.ones(hand.shape[:2], bool)
    for i in (2, 1, 0):
        active = (i < scripts.num_anchors)[:, None]
        horizontal = (
            np.linalg.norm((hand - anchors[i])[..., :2], axis=-1) > scripts.tolerance[:, None, i, 0]
        )
        vertical = np.abs((hand - anchors[i])[..., 2]) > scripts.tolerance[:, None, i, 1]
        target = np.where((active & vertical)[..., None], anchors[i], target)
        high = np.select(
            [scripts.height_mode[:, None, i] == k for k in (0, 1)],
            [
                anchors[i][..., 2] + scripts.approach_height[:, None, i],
                0.1 + scripts.approach_height[:, None, i],
            ],
            hand[..., 2],
        )
        approach = np.concatenate([anchors[i][..., :2], high[..., None]], axis=-1)
        target = np.where((active & horizontal)[..., None], approach, target)
        final &= ~(active & (horizontal | vertical))
    first_anchor = anchors[0]
    close = (
        np.linalg.norm((hand - first_anchor)[..., :2], axis=-1) <= scripts.tolerance[:, None, 0, 0]
    )
    close &= (
        np.abs((hand - first_anchor)[..., 2])
        <= scripts.tolerance[:, None, 0, 1] * scripts.close_tolerance[:, None]
    )
    grip = np.where(close, scripts.grip_commands[:, None, 1], scripts.grip_commands[:, None, 0])
    displacement = scripts.gain[:, None, None] * (target - hand)
    near_enough = np.linalg.norm(target - hand, axis=-1) < 0.02
    return np.concatenate([displacement, grip[..., None]], axis=-1), final & (
        near_enough | moves_on[..., 0]
    )


def _to_table(observations, actions, end_step, disturbed) -> pl.DataFrame:
    """Return the episodes of one script as a table."""
    rows, episode_numbers = [], []
    for episode, end in enumerate(end_step):
        steps = np.unique(np.linspace(0, end - 1, _STEPS_PER_EPISODE).astype(int))
        rows.append(np.concatenate([observations[steps, episode], actions[steps, episode]], axis=1))
        episode_numbers.append(np.full(len(steps), episode))
    episode_number = np.concatenate(episode_numbers)
    columns = {
        "episode": episode_number,
        "disturbed": disturbed[episode_number],
        "succeeded": (end_step < len(observations))[episode_number],
    }
    names = (*OBSERVATION_NAMES, *ACTION_NAMES)
    return pl.DataFrame({**columns, **dict(zip(names, np.concatenate(rows).T, strict=True))})
