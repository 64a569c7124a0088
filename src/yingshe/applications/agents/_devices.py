"""Data parallelism over trials: each device rolls out and learns from its own part."""

from collections.abc import Callable

import jax
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Num, PyTree

from yingshe.errors import UserError

_AXIS = "trials"


def shard_trials(work: Callable) -> Callable:
    """Run (replicated, sharded, replicated) -> replicated work on every device.

    The second argument is split along its leading axis. The result must be the same on every
    device: see `psum` and `weighted_pmean`. With a single device, `work` itself is returned.
    """
    devices = jax.devices()
    if len(devices) == 1:
        return work
    replicated, sharded = PartitionSpec(), PartitionSpec(_AXIS)
    # Without check_vma gradients stay where they were computed: JAX would add them up over the
    # devices in every step of a scan, and not once after it.
    return jax.shard_map(
        work,
        mesh=Mesh(devices, (_AXIS,)),
        in_specs=(replicated, sharded, replicated),
        out_specs=replicated,
        check_vma=False,
    )


def psum(values: Num[Array, "*shape"]) -> Num[Array, "*shape"]:
    """Return the sum over devices, inside of `shard_trials`."""
    return values if jax.device_count() == 1 else jax.lax.psum(values, _AXIS)


def weighted_pmean(tree: PyTree[Array], weight: Num[Array, ""]) -> PyTree[Array]:
    """Return the weighted mean over devices, inside of `shard_trials`."""
    if jax.device_count() == 1:
        return tree
    fraction = weight / psum(weight)
    return jax.tree.map(lambda leaf: psum(fraction * leaf), tree)


def trials_per_device(num_envs: int, num_minibatches: int) -> int:
    """Return the number of trials of one device; raise UserError for an uneven split."""
    devices = jax.device_count()
    if num_envs % (devices * num_minibatches):
        raise UserError(
            f"num_envs must be a multiple of {devices * num_minibatches} ({devices} devices, "
            f"{num_minibatches} minibatches), got {num_envs}."
        )
    return num_envs // devices
