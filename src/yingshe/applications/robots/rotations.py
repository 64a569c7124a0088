"""Rotations as quaternions (w, x, y, z), rotation matrices and rotation vectors."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def rotation_matrix(quaternion: Float[np.ndarray, "*n 4"]) -> Float[np.ndarray, "*n 3 3"]:
    """Return the rotation matrices of unit quaternions.

    Args:
        quaternion: (..., 4), w first.

    Returns:
        (..., 3, 3); the columns are the axes of the rotated body in the world.
    """
    w, x, y, z = np.moveaxis(quaternion, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def rotation_between(
    before: Float[np.ndarray, "*n 4"], after: Float[np.ndarray, "*n 4"]
) -> Float[np.ndarray, "*n 3"]:
    """Return the rotation from one orientation to another, in the axes of the first.

    Args:
        before: Unit quaternions (..., 4), w first.
        after: Unit quaternions (..., 4), w first.

    Returns:
        Rotation vectors (..., 3): axis times angle, rad.
    """
    w0, v0 = before[..., :1], -before[..., 1:]
    w1, v1 = after[..., :1], after[..., 1:]
    w = w0 * w1 - np.sum(v0 * v1, axis=-1, keepdims=True)
    v = w0 * v1 + w1 * v0 + np.cross(v0, v1)
    v = np.where(w < 0, -v, v)
    size = np.linalg.norm(v, axis=-1, keepdims=True)
    angle = 2 * np.arctan2(size, np.abs(w))
    return v * np.where(size > 1e-9, angle / np.maximum(size, 1e-9), 2.0)


def to_body_axes(
    vector: Float[Array, "*n 3"], rotation: Float[Array, "*n 3"]
) -> Float[Array, "*n 3"]:
    """Return a fixed vector in the axes of a body that has rotated (Rodrigues' formula).

    Args:
        vector: (..., 3), in the axes of the body before its rotation.
        rotation: Rotation vectors of the body (..., 3): axis times angle, rad.

    Returns:
        (..., 3), in the axes of the body after its rotation.
    """
    angle = jnp.sqrt(jnp.sum(rotation**2, axis=-1, keepdims=True) + 1e-12)
    axis = rotation / angle
    along = jnp.sum(axis * vector, axis=-1, keepdims=True) * axis
    return along + jnp.cos(angle) * (vector - along) - jnp.sin(angle) * jnp.cross(axis, vector)


def rotate_about_z(
    quaternion: Float[Array, "*n 4"], angle: Float[Array, ""]
) -> Float[Array, "*n 4"]:
    """Return orientations after a rotation about the world's z-axis.

    Args:
        quaternion: (..., 4), w first.
        angle: rad.

    Returns:
        (..., 4), w first.
    """
    w, x, y, z = jnp.moveaxis(quaternion, -1, 0)
    cos, sin = jnp.cos(angle / 2), jnp.sin(angle / 2)
    return jnp.stack(
        [cos * w - sin * z, cos * x - sin * y, cos * y + sin * x, cos * z + sin * w], axis=-1
    )


def quaternion_about_z(angle: float) -> Float[np.ndarray, "4"]:
    """Return the quaternion of a rotation about the z-axis.

    Args:
        angle: rad.

    Returns:
        (w, x, y, z).
    """
    return np.array([np.cos(angle / 2), 0.0, 0.0, np.sin(angle / 2)])
