"""One step of meta-training: sample tasks, differentiate the loss, update the parameters."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from yingshe._jit_cache import HashableStatic
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.pairs import Pairs
from yingshe.standardizer import Standardizer
from yingshe.tasks import Family, TaskSet
from yingshe.training.config import TrainConfig, make_optimizer
from yingshe.training.loss import prequential_loss, support_query_loss


class TrainState(NamedTuple):
    """Everything that a training step changes."""

    parameters: PyTree[Array]
    optimizer: PyTree[Array]
    step: Array  # number of steps taken


def apply_gradient(
    optimizer: optax.GradientTransformation, state: TrainState, gradient: PyTree[Array]
) -> TrainState:
    """Return the state after one update of the optimizer.

    Args:
        optimizer: Optimizer of the run.
        state: State before the update.
        gradient: Gradient of the loss with respect to the parameters.
    """
    updates, opt_state = optimizer.update(gradient, state.optimizer, state.parameters)
    return TrainState(optax.apply_updates(state.parameters, updates), opt_state, state.step + 1)


Step = Callable[[TrainState, PRNGKeyArray], tuple[TrainState, Float[Array, ""]]]


def sample_batch(
    family: Family, standardizer: Standardizer | None, key: PRNGKeyArray, tasks: int, pairs: int
) -> Pairs:
    """Sample a batch of tasks in the learner's units.

    With several devices the task axis is sharded over them, and so is everything computed from it.

    Args:
        family: Task family.
        standardizer: Units of the learner, or None.
        key: PRNG key.
        tasks: Number of tasks.
        pairs: Number of pairs of each task.

    Returns:
        Pairs with a leading axis of tasks.
    """
    if isinstance(family, TaskSet):
        pairs = min(pairs, family.max_task_size)  # more would be padding
    keys = jax.random.split(key, tasks)
    devices = jax.devices()
    if len(devices) > 1 and tasks % len(devices) == 0:
        mesh = Mesh(devices, ("tasks",))
        keys = jax.lax.with_sharding_constraint(keys, NamedSharding(mesh, PartitionSpec("tasks")))
    batch = jax.vmap(lambda k: family.sample(k, pairs))(keys)
    return batch if standardizer is None else standardizer.transform(batch)


def batch_loss(
    learner: Learner, batch: Pairs, config: TrainConfig, key: PRNGKeyArray
) -> Float[Array, ""]:
    """Compute the loss of the run's objective on a batch of tasks."""
    if config.objective == "prequential":
        return prequential_loss(learner, batch)
    return support_query_loss(learner, batch, config.shot_range, key=key)


def make_step(
    structure: PyTree, family: Family, standardizer: Standardizer | None, config: TrainConfig
) -> Step:
    """Build the jitted training step of a run.

    The step is compiled once and donates its state. Runs that differ in their parameters alone
    share a compilation.

    Args:
        structure: Static half of the learner, from `eqx.partition`.
        family: Task family.
        standardizer: Units of the learner, or None.
        config: Settings of the run.

    Returns:
        Function (state, key) -> (state, loss).

    Raises:
        UserError: The tasks of a step cannot be divided evenly among the devices.
    """
    devices = len(jax.devices())
    if config.tasks_per_step % devices:
        raise UserError(
            f"tasks_per_step = {config.tasks_per_step} cannot be divided evenly among {devices} "
            f"devices; choose a multiple of {devices}."
        )
    arrays, rest = eqx.partition(family, eqx.is_array)
    tasks, num_recorded_pairs = config.tasks_per_step, None
    if isinstance(family, TaskSet):
        tasks = max(min(tasks, len(family)) // devices, 1) * devices  # more would be repeats
        num_recorded_pairs = family.x.shape[0]
    # Recorded tasks are arguments, because constants would slow down the compilation.
    step = _compiled_step(
        HashableStatic(structure), HashableStatic(rest), config, tasks, num_recorded_pairs
    )
    return functools.partial(step, arrays, standardizer)


@functools.lru_cache(maxsize=16)
def _compiled_step(
    structure: HashableStatic,
    family_rest: HashableStatic,
    config: TrainConfig,
    tasks: int,
    num_recorded_pairs: int | None,
) -> Callable:
    optimizer = make_optimizer(config)

    def step(family_arrays, standardizer, state: TrainState, key):
        # fold_in, not split, so that a resumed run draws the same tasks.
        draw_key, loss_key = jax.random.split(jax.random.fold_in(key, state.step))
        family = eqx.combine(family_arrays, family_rest.structure)
        batch = sample_batch(family, standardizer, draw_key, tasks, config.examples_per_task)

        def compute_loss(parameters):
            learner = eqx.combine(parameters, structure.structure)
            loss = batch_loss(learner, batch, config, loss_key)
            if num_recorded_pairs is not None:
                # MAP estimation: with finitely many recorded pairs, the parameter prior has weight.
                loss += learner.neg_log_prior(batch) / num_recorded_pairs
            return loss

        loss, gradient = jax.value_and_grad(compute_loss)(state.parameters)
        return apply_gradient(optimizer, state, gradient), loss

    return jax.jit(step, donate_argnums=2)


def make_validation(structure: PyTree, config: TrainConfig) -> Callable:
    """Build the jitted function (parameters, batch, key) -> loss of the run's objective."""
    return _compiled_validation(HashableStatic(structure), config)


@functools.lru_cache(maxsize=16)
def _compiled_validation(structure: HashableStatic, config: TrainConfig) -> Callable:
    def validate(parameters, batch, key):
        return batch_loss(eqx.combine(parameters, structure.structure), batch, config, key)

    return jax.jit(validate)


sample_batch_jit = eqx.filter_jit(sample_batch)
"""Jitted `sample_batch`, for use outside of a step."""


def init_train_state(learner: eqx.Module, optimizer: optax.GradientTransformation) -> TrainState:
    """Return the state before the first step."""
    parameters = copy_tree(eqx.filter(learner, eqx.is_inexact_array))
    return TrainState(parameters, optimizer.init(parameters), jnp.zeros((), jnp.int32))


def copy_tree(tree: PyTree[Array]) -> PyTree[Array]:
    """Copy all arrays, so that a step that donates its state leaves the caller's arrays intact.

    No copy is weakly typed: the step's results are not, and another type means a new compilation.
    """
    return jax.tree.map(lambda leaf: jnp.array(leaf, leaf.dtype), tree)


def replicate(state: TrainState) -> TrainState:
    """Replicate a state on all devices; with one device nothing changes."""
    devices = jax.devices()
    if len(devices) == 1:
        return state
    return jax.device_put(state, NamedSharding(Mesh(devices, ("tasks",)), PartitionSpec()))
