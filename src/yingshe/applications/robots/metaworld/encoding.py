"""Encoding of observations and actions as inputs and outputs of the learner."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

OBSERVATION_NAMES = (
    *("hand_x", "hand_y", "hand_z", "gripper"),
    *("object_x", "object_y", "object_z", "object_q1", "object_q2", "object_q3", "object_q4"),
    *("second_x", "second_y", "second_z", "second_q1", "second_q2", "second_q3", "second_q4"),
    *("goal_x", "goal_y", "goal_z"),
)
"""Columns of an observation: positions (m), opening of the gripper (0 to 1), quaternions. The
columns of a second object are zero where there is none."""

ACTION_NAMES = ("move_x", "move_y", "move_z", "grip")
"""Columns of an action: displacement of the hand (cm) and effort of the gripper; the environment
clips both to [-1, 1]."""

X_DIM, Y_DIM = 21, 4
"""Number of inputs and outputs of the learner."""

_DECIMETERS_PER_METER = 10.0
_SOFTNESS = 2.0  # of the output scale
_NUM_RELATIVE, _OPENING = 12, 15  # columns of encoded observations: relative positions; opening


def encode_observations(observations: Float[Array, "*n 21"]) -> Float[Array, "*n 21"]:
    """Return the learner's inputs: relative positions in decimeters.

    | columns | |
    |---|---|
    | 3 | hand relative to the object |
    | 3 | hand relative to the goal |
    | 3 | object relative to the goal |
    | 3 | hand relative to the second object; 0 where there is none |
    | 3 | position of the hand |
    | 1 | opening of the gripper, -1 to 1 |
    | 4 | quaternion of the object |
    | 1 | 1 if there is a second object, else 0 |

    Args:
        observations: Columns as in `OBSERVATION_NAMES`.

    Returns:
        Inputs (..., 21).
    """
    hand, object_, second, goal = (observations[..., i : i + 3] for i in (0, 4, 11, 18))
    has_second = jnp.any(observations[..., 11:18] != 0, axis=-1, keepdims=True)
    positions = [hand - object_, hand - goal, object_ - goal, has_second * (hand - second), hand]
    return jnp.concatenate(
        [
            _DECIMETERS_PER_METER * jnp.concatenate(positions, axis=-1),
            2 * observations[..., 3:4] - 1,
            observations[..., 7:11],
            has_second.astype(observations.dtype),
        ],
        axis=-1,
    )


def encode_actions(actions: Float[Array, "*n 4"]) -> Float[Array, "*n 4"]:
    """Return the learner's outputs, arsinh(2a) / 2.

    The scale is linear near 0. Large actions, which are clipped anyway, weigh little in a squared
    error and still keep their order.

    Args:
        actions: Columns as in `ACTION_NAMES`.

    Returns:
        Outputs (..., 4).
    """
    return jnp.arcsinh(_SOFTNESS * actions) / _SOFTNESS


def decode_actions(y: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 4"]:
    """Return the actions of encoded actions, the inverse of `encode_actions`.

    Args:
        y: Outputs of the learner.

    Returns:
        Actions (..., 4).
    """
    return np.sinh(_SOFTNESS * np.asarray(y)) / _SOFTNESS


def distance_features(x: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 13"]:
    """Return features whose Euclidean distance compares two time steps, in m.

    They are the relative positions of hand, objects and goal, and 1 mm for each hundredth of the
    gripper's opening.

    Args:
        x: Encoded observations.

    Returns:
        Features (n, 13), m.
    """
    positions, opening = x[:, :_NUM_RELATIVE], (x[:, _OPENING] + 1) / 2
    return np.concatenate([positions / _DECIMETERS_PER_METER, 0.1 * opening[:, None]], axis=1)


encode_observations_jit = jax.jit(encode_observations)
"""Compiled `encode_observations`, for controllers outside of JAX."""
