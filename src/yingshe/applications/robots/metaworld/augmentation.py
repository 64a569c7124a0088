"""Data augmentation for manipulation demonstrations."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.robots.metaworld.encoding import Y_DIM
from yingshe.applications.robots.rotations import rotate_about_z

AUGMENT_PROBABILITY = 0.7
"""Probability that a task is changed."""
GOAL_SHIFT_PROBABILITY = 0.5
"""Probability that the reference point of the goal moves in a task that is changed."""

_TABLE_SHIFT = (0.1, 0.1, 0.05)  # m, standard deviation of the shift of the table
_POINT_SHIFT = 0.04  # m, standard deviation of the shift of an object's reference point
_ANGLE = 0.6  # rad, standard deviation of the rotation
_QUARTER_TURNS = (0, 0, 0, 1, 2, 3)  # added to it, equally likely
_LOG_GAIN = 0.3  # standard deviation of the log of speed and grip force
_CENTER = (0.0, 0.65, 0.0)  # m, center of the rotation


def augment_task(
    key: PRNGKeyArray,
    observations: Float[Array, "n 21"],
    actions: Float[Array, f"n {Y_DIM}"],
) -> tuple[Float[Array, "n 21"], Float[Array, f"n {Y_DIM}"]]:
    """Apply one random rigid transform and gain change to all time steps of a task.

    Mirrors, rotates about the vertical axis and shifts the table; moves the reference point of each
    object and of the goal; rescales the expert's speed and grip force. The same motions reach the
    same end in the transformed task. With probability 0.3 nothing changes.

    Args:
        key: PRNG key; one draw holds for all rows.
        observations: (n, 21), metres and quaternions, columns as in `OBSERVATION_NAMES`.
        actions: (n, 4), columns as in `ACTION_NAMES`.

    Returns:
        Transformed observations and actions, same shapes.
    """
    keys = jax.random.split(key, 11)
    on = jax.random.bernoulli(keys[0], AUGMENT_PROBABILITY).astype(observations.dtype)
    hand, gripper, object_, q1, second, q2, goal = jnp.split(
        observations, (3, 4, 7, 11, 14, 18), axis=1
    )
    has_second = jnp.any(observations[:, 11:18] != 0)
    shift = on * jnp.array(_TABLE_SHIFT) * jax.random.normal(keys[1], (3,))
    object_ = object_ + on * _POINT_SHIFT * jax.random.normal(keys[2], (3,))
    second = second + on * _POINT_SHIFT * jax.random.normal(keys[3], (3,))
    # The goal moves less often: it is where an object is to be.
    goal_on = on * jax.random.bernoulli(keys[10], GOAL_SHIFT_PROBABILITY)
    goal = goal + goal_on * _POINT_SHIFT * jax.random.normal(keys[4], (3,))
    quarter = jax.random.choice(keys[6], jnp.array(_QUARTER_TURNS)) * jnp.pi / 2
    angle = on * (_ANGLE * jax.random.normal(keys[5]) + quarter)
    mirror = 1 - 2 * on * jax.random.bernoulli(keys[7])
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    rotation = jnp.array([[cos * mirror, -sin, 0], [sin * mirror, cos, 0], [0, 0, 1.0]])
    center = jnp.array(_CENTER)

    def transform(points: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
        return (points - center) @ rotation.T + center + shift

    def transform_quaternion(q: Float[Array, "n 4"]) -> Float[Array, "n 4"]:
        # A mirror in x negates the rotation about y and z.
        mirrored = jnp.stack([q[:, 0], q[:, 1], mirror * q[:, 2], mirror * q[:, 3]], axis=1)
        return rotate_about_z(mirrored, angle)

    transformed = jnp.concatenate(
        [
            transform(hand),
            gripper,
            transform(object_),
            transform_quaternion(q1),
            jnp.where(has_second, transform(second), 0.0),
            jnp.where(has_second, transform_quaternion(q2), 0.0),
            transform(goal),
        ],
        axis=1,
    )
    gain = jnp.exp(on * _LOG_GAIN * jax.random.normal(keys[9]))
    grip = jnp.exp(on * _LOG_GAIN * jax.random.normal(keys[8]))
    moves, grips = gain * actions[:, :3] @ rotation.T, grip * actions[:, 3:]
    return transformed, jnp.concatenate([moves, grips], axis=1)
