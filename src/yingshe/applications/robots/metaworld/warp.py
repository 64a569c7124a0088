"""Classes that nobody built: those there are, seen through other eyes."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.robots.metaworld.features import Y_DIM

_OFTEN = 0.7  # of the tasks; the others stay as they are
_SHIFT = (0.1, 0.1, 0.05)  # m, of the whole table
_POINT = 0.04  # m, of the point of an object that is called its place
_TURN = 0.6  # rad
_LOG_GAIN = 0.3
_CENTRE = (0.0, 0.65, 0.0)  # m, that a table is turned default_variants


def warp(
    key: PRNGKeyArray,
    seen: Float[Array, "n 21"],
    acted: Float[Array, f"n {Y_DIM}"],
) -> tuple[Float[Array, "n 21"], Float[Array, f"n {Y_DIM}"]]:
    """Episodes of one class as those of another, in which the same motions reach the same end.

    One draw holds for all rows: the table is mirrored, turned about the vertical and shifted; an
    object's place is that of another of its points, and so is the goal's; the expert is more or
    less hasty, and grips harder or softer. With probability 0.3 nothing changes.
    """
    keys = jax.random.split(key, 11)
    on = jax.random.bernoulli(keys[0], _OFTEN).astype(seen.dtype)
    hand, gripper, object_, q1, second, q2, goal = jnp.split(seen, (3, 4, 7, 11, 14, 18), axis=1)
    there = jnp.any(seen[:, 11:18] != 0)
    shift = on * jnp.array(_SHIFT) * jax.random.normal(keys[1], (3,))
    object_ = object_ + on * _POINT * jax.random.normal(keys[2], (3,))
    second = second + on * _POINT * jax.random.normal(keys[3], (3,))
    # The goal stays what it is called more often: it is where something is to be.
    moved = on * jax.random.bernoulli(keys[10], 0.5)
    goal = goal + moved * _POINT * jax.random.normal(keys[4], (3,))
    quarter = jax.random.choice(keys[6], jnp.array([0, 0, 0, 1, 2, 3])) * jnp.pi / 2
    angle = on * (_TURN * jax.random.normal(keys[5]) + quarter)
    mirror = 1 - 2 * on * jax.random.bernoulli(keys[7])
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    turn = jnp.array([[cos * mirror, -sin, 0], [sin * mirror, cos, 0], [0, 0, 1.0]])
    centre = jnp.array(_CENTRE)

    def place(points: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
        return (points - centre) @ turn.T + centre + shift

    new = jnp.concatenate(
        [
            place(hand),
            gripper,
            place(object_),
            _turned(q1, angle, mirror),
            jnp.where(there, place(second), 0.0),
            jnp.where(there, _turned(q2, angle, mirror), 0.0),
            place(goal),
        ],
        axis=1,
    )
    gain = jnp.exp(on * _LOG_GAIN * jax.random.normal(keys[9]))
    grip = jnp.exp(on * _LOG_GAIN * jax.random.normal(keys[8]))
    return new, jnp.concatenate([gain * acted[:, :3] @ turn.T, grip * acted[:, 3:]], axis=1)


def _turned(
    q: Float[Array, "n 4"], angle: Float[Array, ""], mirror: Float[Array, ""]
) -> Float[Array, "n 4"]:
    """Quaternions (w, x, y, z) after a mirror in x, where it is -1, and a turn about z."""
    w, x, y, z = q[:, 0], q[:, 1], mirror * q[:, 2], mirror * q[:, 3]
    cos, sin = jnp.cos(angle / 2), jnp.sin(angle / 2)
    return jnp.stack(
        [cos * w - sin * z, cos * x - sin * y, cos * y + sin * x, cos * z + sin * w], axis=1
    )
