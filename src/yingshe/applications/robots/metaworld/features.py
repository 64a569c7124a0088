"""What a policy reads and writes: places relative to each other, and actions on a soft scale."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

X_DIM, Y_DIM = 21, 4

_DECIMETRES = 10.0
_SOFT = 2.0
_RELATIVE, _OPENING = 12, 15  # columns of `inputs`: places relative to each other; the gripper


def inputs(seen: Float[Array, "*n 21"]) -> Float[Array, "*n 21"]:
    """From what is seen to a learner's x, in decimetres.

    | columns | |
    |---|---|
    | 3 | from the object to the hand |
    | 3 | from the goal to the hand |
    | 3 | from the goal to the object |
    | 3 | from the second object to the hand; 0 where there is none |
    | 3 | place of the hand |
    | 1 | opening of the gripper, -1 to 1 |
    | 4 | quaternion of the object |
    | 1 | whether there is a second object |
    """
    hand, object_, second, goal = (seen[..., i : i + 3] for i in (0, 4, 11, 18))
    there = jnp.any(seen[..., 11:18] != 0, axis=-1, keepdims=True)
    places = [hand - object_, hand - goal, object_ - goal, there * (hand - second), hand]
    return jnp.concatenate(
        [
            _DECIMETRES * jnp.concatenate(places, axis=-1),
            2 * seen[..., 3:4] - 1,
            seen[..., 7:11],
            there.astype(seen.dtype),
        ],
        axis=-1,
    )


def alike(x: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 13"]:
    """What tells whether two moments are alike, from `inputs`: in m, where hand and objects are
    relative to each other, and a millimetre for a hundredth of the gripper's opening.
    """
    places, opening = x[:, :_RELATIVE], (x[:, _OPENING] + 1) / 2
    return np.concatenate([places / _DECIMETRES, 0.1 * opening[:, None]], axis=1)


def outputs(acted: Float[Array, "*n 4"]) -> Float[Array, "*n 4"]:
    """From an action to a learner's y, arsinh(2a) / 2: near 0 as it is, and far actions, which are
    clipped anyway, weigh little in a squared error while they still tell how far.
    """
    return jnp.arcsinh(_SOFT * acted) / _SOFT


def action(y: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 4"]:
    """The inverse of `outputs`."""
    return np.sinh(_SOFT * np.asarray(y)) / _SOFT
