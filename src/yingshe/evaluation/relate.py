"""How tasks relate: near are those whose mappings answer alike."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation._splits import numpy_rng, sample_tasks
from yingshe.evaluation.distances import DISTANCES, classical_mds
from yingshe.evaluation.relations import TaskDistances
from yingshe.learners import Learner, observe_all
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction
from yingshe.tasks import Family, TaskSet

_TASKS_AT_ONCE = 100


def relate(
    learner: Learner,
    tasks: Family,
    *,
    key: PRNGKeyArray,
    new: Pairs | None = None,
    by: str = "mean",
    count: int = 200,
    pairs: int = 20,
    probes: int = 200,
) -> TaskDistances:
    """Adapt the learner to every task, and measure how far apart the mappings are.

    All mappings answer the same probe inputs, drawn from the pooled inputs of the tasks. Distances
    are "mean", the root mean squared difference of the predicted means, or "divergence", the
    symmetric Kullback-Leibler divergence of the predictions.

    ```python
    relations = ys.relate(learner, task_set, key=jax.random.key(0), new=ys.Pairs(x, y))
    relations.nearest(3)  # [("subject 7", 0.21), ("subject 2", 0.35), ("subject 9", 0.41)]
    relations.plot("map.svg")
    ```

    Args:
        learner: a trained one.
        tasks: recorded tasks, each read whole, or a family to draw from.
        key: draws tasks and probes.
        new: pairs of one more task, to place among the others.
        by: the distance, a name in `DISTANCES`.
        count: how many tasks at most.
        pairs: pairs to read of each task drawn from a family.
        probes: how many inputs the mappings are compared at.

    Raises:
        UserError: learner and tasks differ in their dimensions, there is but one task, the distance
            is not known, or it needs more than the learner predicts.

    """
    if by not in DISTANCES:
        raise UserError(f"There is no distance '{by}'." + did_you_mean(by, DISTANCES))
    for what, dims in (("tasks have", tasks), ("new task has", new)):
        if dims is not None and (dims.x_dim, dims.y_dim) != (learner.x_dim, learner.y_dim):
            raise UserError(
                f"The {what} {dims.x_dim} inputs and {dims.y_dim} outputs, the learner "
                f"{learner.x_dim} and {learner.y_dim}; they must be the same."
            )
    task_key, probe_key = jax.random.split(key)
    names, known = _read(tasks, count, pairs, key=task_key)
    if len(names) < 2:
        raise UserError("There is but one task; relations need two or more.")
    x = np.asarray(known.x)[np.asarray(known.mask)]
    probe_inputs = jnp.asarray(x[numpy_rng(probe_key).integers(len(x), size=probes)])
    predictions = _answers(learner, known, probe_inputs)
    if new is not None:
        one = jax.tree.map(lambda leaf: leaf[None], new)
        both = (predictions, _answers(learner, one, probe_inputs))
        predictions = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), *both)
    distances = DISTANCES[by](predictions)
    # A divergence is a squared distance where mappings are near: its root is laid out.
    positions, shown = classical_mds(distances if by == "mean" else np.sqrt(distances))
    last = len(names)
    return TaskDistances(
        by=by,
        names=names,
        distances=distances[:last, :last],
        positions=positions[:last],
        shown=shown,
        to_new=None if new is None else distances[last, :last],
        new_position=None if new is None else positions[last],
    )


def _read(
    tasks: Family, count: int, pairs: int, *, key: PRNGKeyArray
) -> tuple[tuple[str, ...], Pairs]:
    """Names and pairs of the tasks; recorded ones whole, in the order of the set."""
    if not isinstance(tasks, TaskSet):
        return tuple(map(str, range(count))), sample_tasks(tasks, count, pairs, key=key)
    chosen = np.arange(len(tasks))
    if count < len(tasks):
        chosen = np.sort(numpy_rng(key).choice(len(tasks), count, replace=False))
    some = tasks.subset(chosen)
    return some.task_names, sample_tasks(some, len(some), some.max_task_size, key=key)


@eqx.filter_jit
def _answers(learner: Learner, tasks: Pairs, x: Float[Array, "m x_dim"]) -> Prediction:
    def of_task(pairs: Pairs) -> Prediction:
        state = observe_all(learner, learner.init_state(), pairs)
        return jax.vmap(learner.predict, in_axes=(None, 0))(state, x)

    return jax.lax.map(of_task, tasks, batch_size=_TASKS_AT_ONCE)
