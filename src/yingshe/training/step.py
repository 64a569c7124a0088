"""One step of meta-training: draw tasks, differentiate the loss, move the parameters."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from yingshe.caching import Static
from yingshe.errors import UserError
from yingshe.learners import HasComplexity, Learner
from yingshe.pairs import Pairs
from yingshe.scaling import Scaling
from yingshe.tasks import Family, TaskSet
from yingshe.training.config import TrainConfig, make_optimiser
from yingshe.training.loss import prequential_loss, support_query_loss


class TrainState(NamedTuple):
    """All that a step changes."""

    parameters: PyTree[Array]
    optimiser: PyTree[Array]
    step: Array  # of steps taken


Step = Callable[[TrainState, PRNGKeyArray], tuple[TrainState, Float[Array, ""]]]


def draw_tasks(
    family: Family, scaling: Scaling | None, key: PRNGKeyArray, tasks: int, pairs: int
) -> Pairs:
    """A batch of tasks with that many pairs each, in the learner's units.

    With several devices the task axis is spread over them, and with it all computed from it.
    """
    if isinstance(family, TaskSet):
        pairs = min(pairs, family.longest)  # more would be padding
    keys = jax.random.split(key, tasks)
    devices = jax.devices()
    if len(devices) > 1 and tasks % len(devices) == 0:  # on one device it would only cost
        mesh = Mesh(devices, ("tasks",))
        keys = jax.lax.with_sharding_constraint(keys, NamedSharding(mesh, PartitionSpec("tasks")))
    batch = jax.vmap(lambda k: family.sample(k, pairs))(keys)
    return batch if scaling is None else scaling.pairs_in(batch)


def batch_loss(
    learner: Learner, batch: Pairs, config: TrainConfig, key: PRNGKeyArray
) -> Float[Array, ""]:
    """The loss of the run's objective."""
    if config.objective == "prequential":
        return prequential_loss(learner, batch)
    return support_query_loss(learner, batch, config.shots, key=key)


def make_step(
    structure: PyTree, family: Family, scaling: Scaling | None, config: TrainConfig
) -> Step:
    """The jitted step of a run. It is compiled once, and it donates the state it is given.

    `structure` is the static half of the learner (`eqx.partition`). Runs that differ in their
    parameters alone share a compilation. Raises UserError where the tasks of a step cannot be
    shared evenly among the devices.
    """
    devices = len(jax.devices())
    if config.tasks % devices:
        raise UserError(
            f"{config.tasks} tasks a step cannot be shared evenly among {devices} devices; "
            f"choose a multiple of {devices}."
        )
    arrays, rest = eqx.partition(family, eqx.is_array)
    tasks, recorded = config.tasks, None
    if isinstance(family, TaskSet):
        tasks = max(min(tasks, len(family)) // devices, 1) * devices  # more would come twice
        recorded = family.x.shape[0]
    # Recorded tasks go in as arguments: as constants they would slow the compilation.
    step = _compiled_step(Static(structure), Static(rest), config, tasks, recorded)
    return functools.partial(step, arrays, scaling)


@functools.lru_cache(maxsize=16)
def _compiled_step(
    structure: Static, family_rest: Static, config: TrainConfig, tasks: int, recorded: int | None
) -> Callable:
    optimiser = make_optimiser(config)

    def step(family_arrays, scaling, state: TrainState, key):
        # fold_in, not split: a resumed run draws the same tasks.
        draw_key, loss_key = jax.random.split(jax.random.fold_in(key, state.step))
        family = eqx.combine(family_arrays, family_rest.structure)
        batch = draw_tasks(family, scaling, draw_key, tasks, config.pairs)

        def loss_of(parameters):
            learner = eqx.combine(parameters, structure.structure)
            loss = batch_loss(learner, batch, config, loss_key)
            if recorded is not None and isinstance(learner, HasComplexity):
                # Recorded pairs are finitely many, and a prior over W, b counts beside them.
                loss += learner.complexity(batch) / recorded
            return loss

        loss, gradient = jax.value_and_grad(loss_of)(state.parameters)
        updates, moments = optimiser.update(gradient, state.optimiser, state.parameters)
        parameters = optax.apply_updates(state.parameters, updates)
        return TrainState(parameters, moments, state.step + 1), loss

    return jax.jit(step, donate_argnums=2)


def make_validation(structure: PyTree, config: TrainConfig) -> Callable:
    """The jitted loss (parameters, batch, key) of the run's objective."""
    return _compiled_validation(Static(structure), config)


@functools.lru_cache(maxsize=16)
def _compiled_validation(structure: Static, config: TrainConfig) -> Callable:
    def validate(parameters, batch, key):
        return batch_loss(eqx.combine(parameters, structure.structure), batch, config, key)

    return jax.jit(validate)


draw_once = eqx.filter_jit(draw_tasks)
"""`draw_tasks`, outside of a step."""


def first_state(learner: eqx.Module, optimiser: optax.GradientTransformation) -> TrainState:
    """The state before the first step."""
    parameters = own(eqx.filter(learner, eqx.is_inexact_array))
    return TrainState(parameters, optimiser.init(parameters), jnp.zeros((), jnp.int32))


def own(tree: PyTree[Array]) -> PyTree[Array]:
    """A copy to give to the step, which donates its state: the caller's arrays must stay whole.

    No copy is weakly typed; the step's results are not either, and would not fit its compilation.
    """
    return jax.tree.map(lambda leaf: jnp.array(leaf, leaf.dtype), tree)


def on_every_device(state: TrainState) -> TrainState:
    """The same state, replicated; nothing changes where there is one device."""
    devices = jax.devices()
    if len(devices) == 1:
        return state
    return jax.device_put(state, NamedSharding(Mesh(devices, ("tasks",)), PartitionSpec()))
