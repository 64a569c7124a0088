"""Imagined classes of manipulation: random scripts in a world of points, as many as one likes.

A few recorded classes say little of what a next one may be. What they have in common is written
down here instead: someone goes to a place relative to an object, closes the gripper or does not,
and moves on to places relative to the goal, while the object may follow. Offsets, heights,
thresholds, gains and efforts are drawn anew for every class. No dynamics, no contacts: the hand
goes where it is told, a little late.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from yingshe.applications.robots.metaworld.demonstrations import ACTED
from yingshe.applications.robots.metaworld.worlds import OBSERVED

_STEPS = 160
_KEPT = 48  # moments of an episode that are kept, evenly spaced
_GOOD = 0.6  # share of its clean episodes that a script must end well
_LATE = 0.5  # share of its velocity that a hand keeps from step to step
_REACH = 0.05  # m, from the place where an object is taken along
_LOW, _HIGH = np.array([-0.5, 0.3, 0.0]), np.array([0.5, 1.0, 0.5])  # m, the hand's room


@dataclass(frozen=True)
class _Scripts:
    """n scripts, one a row. Places are in m."""

    hand: np.ndarray  # (n, 3), where it starts
    object_: np.ndarray  # (n, 3), centre of where it lies
    spread: np.ndarray  # (n, 3)
    goal: np.ndarray  # (n, 3): its place, or that from the object
    goal_follows: np.ndarray  # (n,)
    goal_spread: np.ndarray  # (n, 3)
    second: np.ndarray  # (n, 3)
    has_second: np.ndarray  # (n,)
    turned: np.ndarray  # (n, 8), quaternions
    anchors: np.ndarray  # (n,): 1 to 3 of the following
    near: np.ndarray  # (n, 3) what each anchor is near: object, goal, second, or nothing
    offset: np.ndarray  # (n, 3, 3)
    above: np.ndarray  # (n, 3), from where it is approached
    height: np.ndarray  # (n, 3): relative to the anchor, absolute, or the hand's own
    within: np.ndarray  # (n, 3, 2), level and upright thresholds
    onward: np.ndarray  # (n, 3), a last motion; zero for none
    gain: np.ndarray  # (n,), 1/cm of the clipped action
    efforts: np.ndarray  # (n, 2), before and after the gripper closes
    closes: np.ndarray  # (n,), at so many upright thresholds
    follows: np.ndarray  # (n, 3), share of the hand's motion that a taken object makes
    needs_grip: np.ndarray  # (n,)


def imagine(classes: int, *, episodes: int = 40, seed: int = 0) -> dict[str, pl.DataFrame]:
    """Tables of that many imagined classes, as `read_demonstrations` gives recorded ones.

    Two fifths of the episodes are clean and the others disturbed. The same seed gives the same.
    """
    generator = np.random.default_rng([seed, 0x1A])
    tables: dict[str, pl.DataFrame] = {}
    while len(tables) < classes:
        many = 200
        scripts = _draw(generator, many)
        seen, acted, done, disturbed = _run(generator, scripts, episodes)
        good = (done < _STEPS)[:, ~disturbed].mean(axis=1) >= _GOOD
        # Ten of them are to be shown.
        good &= (done < _STEPS)[:, ~disturbed].sum(axis=1) >= 10
        for one in np.flatnonzero(good)[: classes - len(tables)]:
            tables[f"imagined-{len(tables)}"] = _table(
                seen[:, one], acted[:, one], done[one], disturbed
            )
    return tables


def _draw(generator: np.random.Generator, n: int) -> _Scripts:
    uniform, normal = generator.uniform, generator.normal
    level = np.array([1.0, 1.0, 0.0])

    def chance(share: float, *shape: int) -> Bool[np.ndarray, "..."]:
        return uniform(size=(n, *shape)) < share

    def place() -> Float[np.ndarray, "n 3"]:
        return uniform([-0.25, 0.45, 0.0], [0.25, 0.9, 0.25], (n, 3))

    def spread() -> Float[np.ndarray, "n 3"]:
        return generator.choice([0.01, 0.05, 0.1], (n, 1)) * (level + chance(0.2, 1) * [0, 0, 0.5])

    quaternions = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]], float)
    yaw = uniform(-np.pi, np.pi, (2, n)) / 2
    turned = np.stack([np.cos(yaw), 0 * yaw, 0 * yaw, np.sin(yaw)], axis=-1)
    plain = quaternions[generator.integers(3, size=(2, n))]
    turned = np.where(chance(0.3)[:, None], turned, plain)
    anchors = generator.choice([1, 2, 3], n, p=[0.35, 0.45, 0.2])
    near = np.stack(
        [
            generator.choice(4, n, p=[0.8, 0.05, 0.1, 0.05]),
            generator.choice(4, n, p=[0.25, 0.55, 0.1, 0.1]),
            generator.choice(4, n, p=[0.2, 0.6, 0.1, 0.1]),
        ],
        axis=1,
    )
    has_second = chance(0.35)
    near = np.where((near == 2) & ~has_second[:, None], 0, near)
    offset = normal(size=(n, 3, 3)) * generator.choice([0.01, 0.03, 0.06, 0.1], (n, 3, 1))
    offset *= chance(0.7, 3, 3)
    offset = np.where((near == 3)[:, :, None], np.stack([place()] * 3, axis=1), offset)
    above = np.where(chance(0.35, 3), 0.0, uniform(0.05, 0.3, (n, 3)))
    rigid = np.eye(3)[generator.integers(3, size=n)]
    follows = np.where(chance(0.6)[:, None], 1.0, np.where(chance(0.7)[:, None], rigid, 0.0))
    last = (anchors == 1) | chance(0.2)
    onward = last[:, None] * normal(size=(n, 3)) * generator.choice([0.03, 0.08, 0.15], (n, 1))
    onward *= chance(0.6, 3)
    before = generator.choice([-1.0, -1.0, 0.0, 0.5, 1.0], n)
    after = np.where(chance(0.6), uniform(0.5, 1.0, n), before)
    return _Scripts(
        hand=uniform([-0.1, 0.4, 0.1], [0.1, 0.7, 0.3], (n, 3)),
        object_=place(),
        spread=spread(),
        goal=np.where(chance(0.5)[:, None], place(), 0.12 * normal(size=(n, 3))),
        goal_follows=chance(0.5),
        goal_spread=spread(),
        second=place(),
        has_second=has_second,
        turned=np.concatenate([turned[0], turned[1] * has_second[:, None]], axis=1),
        anchors=anchors,
        near=near,
        offset=offset,
        above=above,
        height=generator.choice(3, (n, 3), p=[0.65, 0.15, 0.2]),
        within=uniform(0.01, 0.06, (n, 3, 2)),
        onward=onward,
        gain=generator.choice([4.0, 10.0, 10.0, 25.0, 25.0, 25.0, 50.0], n),
        efforts=np.stack([before, after], axis=1),
        closes=uniform(0.8, 3.0, n),
        follows=follows,
        needs_grip=chance(0.6) & (after > 0),
    )


def _run(
    generator: np.random.Generator, scripts: _Scripts, episodes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Seen (steps, scripts, episodes, 21), acted (…, 4), the step each was done at, disturbed."""
    n, clean = len(scripts.gain), 2 * episodes // 5
    shape = (n, episodes)
    disturbed = np.arange(episodes) >= clean
    noise = disturbed * generator.choice([0.1, 0.3, 0.7], episodes)
    bursts = disturbed * generator.choice([0.0, 0.02, 0.05], episodes)
    hand = scripts.hand[:, None] + generator.normal(size=(*shape, 3)) * 0.01
    object_ = scripts.object_[:, None] + scripts.spread[:, None] * generator.uniform(
        -1, 1, (*shape, 3)
    )
    goal = scripts.goal[:, None] + scripts.goal_spread[:, None] * generator.uniform(
        -1, 1, (*shape, 3)
    )
    follows = scripts.goal_follows[:, None, None]
    goal = np.where(follows, object_ + np.where(np.abs(goal) > 0.3, 0.1, goal), goal)
    second = scripts.second[:, None] + 0.05 * generator.uniform(-1, 1, (*shape, 3))
    second *= scripts.has_second[:, None, None]
    opening, speed = np.ones(shape), np.zeros((*shape, 3))
    closed = np.zeros(shape)
    done = np.full(shape, 10 * _STEPS)
    burst, push = np.zeros(shape, int), np.zeros((*shape, 4))
    seen, acted = [], []
    turned = np.broadcast_to(scripts.turned[:, None], (*shape, 8))
    for t in range(_STEPS):
        action, final = _decide(scripts, hand, object_, goal, second)
        seen.append(
            np.concatenate(
                [hand, opening[..., None], object_, turned[..., :4], second, turned[..., 4:], goal],
                axis=-1,
            ).astype(np.float32)
        )
        acted.append(action.astype(np.float32))
        done = np.where((done > _STEPS) & final, t + 6, done)
        carried = np.clip(action, -1, 1)
        carried = carried + noise[:, None] * generator.normal(size=carried.shape) * [1, 1, 1, 0.3]
        begins = (burst == 0) & (generator.uniform(size=shape) < bursts)
        burst = np.where(begins, generator.integers(4, 20, shape), np.maximum(burst - 1, 0))
        push = np.where(begins[..., None], generator.uniform(-1, 1, push.shape), push)
        push[..., 3] = carried[..., 3]
        carried = np.where((burst > 0)[..., None], push, carried)
        carried = np.clip(carried, -1, 1)
        speed = _LATE * speed + (1 - _LATE) * 0.01 * carried[..., :3]
        moved = np.clip(hand + speed, _LOW, _HIGH)
        grips = carried[..., 3] > 0.2
        closed = np.where(grips, closed + 1, 0)
        place = object_ + scripts.offset[:, None, 0] * (scripts.near[:, 0] == 0)[:, None, None]
        taken = np.linalg.norm(hand - place, axis=-1) < _REACH
        taken &= ~scripts.needs_grip[:, None] | (closed > 4)
        object_ = object_ + taken[..., None] * scripts.follows[:, None] * (moved - hand)
        wanted = np.where(grips, np.where(taken, 0.5, 0.15), 1.0)
        opening = opening + 0.3 * (wanted - opening)
        hand = moved
    return np.array(seen), np.array(acted), np.minimum(done, _STEPS), disturbed


def _decide(scripts: _Scripts, hand, object_, goal, second):
    """The action of each script where it is, and whether it is at its end."""
    nothing = np.zeros_like(hand)
    places = np.stack([object_, goal, second, nothing])
    anchor = []
    for i in range(3):
        near = scripts.near[:, i]
        base = np.take_along_axis(places, near[None, :, None, None], axis=0)[0]
        anchor.append(base + scripts.offset[:, None, i])
    last = np.select([scripts.anchors[:, None, None] == k for k in (1, 2)], anchor[:2], anchor[2])
    moves_on = np.any(scripts.onward != 0, axis=1)[:, None, None]
    target = np.where(moves_on, last + scripts.onward[:, None], last)
    final = np.ones(hand.shape[:2], bool)
    for i in (2, 1, 0):
        used = (i < scripts.anchors)[:, None]
        level = np.linalg.norm((hand - anchor[i])[..., :2], axis=-1) > scripts.within[:, None, i, 0]
        upright = np.abs((hand - anchor[i])[..., 2]) > scripts.within[:, None, i, 1]
        target = np.where((used & upright)[..., None], anchor[i], target)
        high = np.select(
            [scripts.height[:, None, i] == k for k in (0, 1)],
            [anchor[i][..., 2] + scripts.above[:, None, i], 0.1 + scripts.above[:, None, i]],
            hand[..., 2],
        )
        approach = np.concatenate([anchor[i][..., :2], high[..., None]], axis=-1)
        target = np.where((used & level)[..., None], approach, target)
        final &= ~(used & (level | upright))
    first = anchor[0]
    close = np.linalg.norm((hand - first)[..., :2], axis=-1) <= scripts.within[:, None, 0, 0]
    close &= (
        np.abs((hand - first)[..., 2]) <= scripts.within[:, None, 0, 1] * scripts.closes[:, None]
    )
    effort = np.where(close, scripts.efforts[:, None, 1], scripts.efforts[:, None, 0])
    move = scripts.gain[:, None, None] * (target - hand)
    near_enough = np.linalg.norm(target - hand, axis=-1) < 0.02
    return np.concatenate([move, effort[..., None]], axis=-1), final & (
        near_enough | moves_on[..., 0]
    )


def _table(seen, acted, done, disturbed) -> pl.DataFrame:
    """Of one script: seen (steps, episodes, 21), acted, done (episodes,)."""
    rows, numbers = [], []
    for episode, end in enumerate(done):
        kept = np.unique(np.linspace(0, end - 1, _KEPT).astype(int))
        rows.append(np.concatenate([seen[kept, episode], acted[kept, episode]], axis=1))
        numbers.append(np.full(len(kept), episode))
    number = np.concatenate(numbers)
    columns = {
        "episode": number,
        "disturbed": disturbed[number],
        "succeeded": (done < len(seen))[number],
    }
    names = (*OBSERVED, *ACTED)
    return pl.DataFrame({**columns, **dict(zip(names, np.concatenate(rows).T, strict=True))})
