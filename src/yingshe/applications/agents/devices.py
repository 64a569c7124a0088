"""Trials that are shared among devices: each plays and learns from its own."""

from collections.abc import Callable

import jax
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Num, PyTree

from yingshe.errors import UserError

_AXIS = "trials"


def on_each(work: Callable) -> Callable:
    """(all, some, all) -> all: `work` on every device, on its part of the second argument's leading
    axis. With one device it is `work` itself.

    What it returns must be the same everywhere: see `total` and `weighted_mean`.
    """
    devices = jax.devices()
    if len(devices) == 1:
        return work
    everywhere, part = PartitionSpec(), PartitionSpec(_AXIS)
    # Without check_vma gradients stay where they were computed: JAX would add them up over the
    # devices in every step of a scan, and not once after it.
    return jax.shard_map(
        work,
        mesh=Mesh(devices, (_AXIS,)),
        in_specs=(everywhere, part, everywhere),
        out_specs=everywhere,
        check_vma=False,
    )


def total(values: Num[Array, "*shape"]) -> Num[Array, "*shape"]:
    """The sum over devices, inside of `on_each`."""
    return values if jax.device_count() == 1 else jax.lax.psum(values, _AXIS)


def weighted_mean(tree: PyTree[Array], weight: Num[Array, ""]) -> PyTree[Array]:
    """The mean over devices, each with a weight of its own, inside of `on_each`."""
    if jax.device_count() == 1:
        return tree
    share = weight / total(weight)
    return jax.tree.map(lambda leaf: total(share * leaf), tree)


def on_one(trials: int, minibatches: int) -> int:
    """Trials of one device. Raises UserError where they cannot be shared evenly."""
    devices = jax.device_count()
    if trials % (devices * minibatches):
        raise UserError(
            f"{minibatches} minibatches of {trials} trials cannot be shared evenly among {devices} "
            f"devices; choose a multiple of {devices * minibatches} trials."
        )
    return trials // devices
