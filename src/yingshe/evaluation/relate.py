"""Distances between tasks, measured between the mappings that a learner adapts to them."""

import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError, did_you_mean
from yingshe.evaluation._splits import numpy_rng, sample_tasks
from yingshe.evaluation.distances import METRICS, classical_mds
from yingshe.evaluation.task_distances import TaskDistances
from yingshe.learners import Learner, observe_all
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction
from yingshe.tasks import Family, TaskSet

_TASKS_AT_ONCE = 100  # batch size over tasks; it bounds the memory
_RENAMED = {"divergence": "symmetric_kl"}  # metrics of 0.1


def relate(
    learner: Learner,
    tasks: Family,
    *,
    key: PRNGKeyArray,
    new: Pairs | None = None,
    metric: str = "mean",
    max_tasks: int = 200,
    pairs: int = 20,
    probes: int = 200,
) -> TaskDistances:
    """Adapt the learner to every task and measure the distances between the adapted mappings.

    All mappings predict at the same probe inputs, drawn from the pooled inputs of the tasks. The
    metric is "mean", the root mean squared difference of the predicted means, or "symmetric_kl",
    the symmetric Kullback-Leibler divergence of the predictions.

    ```python
    distances = ys.relate(learner, task_set, key=jax.random.key(0), new=ys.Pairs(x, y))
    distances.nearest(3)  # [("subject 7", 0.21), ("subject 2", 0.35), ("subject 9", 0.41)]
    distances.plot("map.svg")
    ```

    Args:
        learner: Trained learner.
        tasks: Recorded tasks, of which all pairs are used, or a family to draw tasks from.
        key: PRNG key of the tasks and the probes.
        new: Pairs of one new task, to place among the others.
        metric: Name of a metric in `METRICS`.
        max_tasks: Maximum number of tasks.
        pairs: Number of pairs of each task that is drawn from a family.
        probes: Number of inputs at which the mappings are compared.

    Returns:
        Distances, and an embedding of the tasks in the plane.

    Raises:
        UserError: Learner and tasks have different dimensions, there is only one task, the metric
            is unknown, or it needs a likelihood that the learner does not have.
    """
    metric = _check_metric(metric)
    for label, data in (("tasks have", tasks), ("new task has", new)):
        if data is not None and (data.x_dim, data.y_dim) != (learner.x_dim, learner.y_dim):
            raise UserError(
                f"The {label} {data.x_dim} inputs and {data.y_dim} outputs, the learner "
                f"{learner.x_dim} and {learner.y_dim}; they must be the same."
            )
    task_key, probe_key = jax.random.split(key)
    names, support = _select_tasks(tasks, max_tasks, pairs, key=task_key)
    if len(names) < 2:
        raise UserError("There is only one task; distances need two or more.")
    x = np.asarray(support.x)[np.asarray(support.mask)]
    probe_inputs = jnp.asarray(x[numpy_rng(probe_key).integers(len(x), size=probes)])
    predictions = _predict(learner, support, probe_inputs)
    if new is not None:
        batch = jax.tree.map(lambda leaf: leaf[None], new)
        both = (predictions, _predict(learner, batch, probe_inputs))
        predictions = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), *both)
    distances = METRICS[metric](predictions)
    # For near mappings a divergence is a squared distance: its root is embedded.
    positions, explained = classical_mds(distances if metric == "mean" else np.sqrt(distances))
    last = len(names)
    return TaskDistances(
        metric=metric,
        names=names,
        distances=distances[:last, :last],
        embedding=positions[:last],
        explained_variance_ratio=explained,
        query_distances=None if new is None else distances[last, :last],
        query_embedding=None if new is None else positions[last],
    )


def _check_metric(name: str) -> str:
    if name in _RENAMED:
        warnings.warn(
            f"yingshe: metric '{name}' is now '{_RENAMED[name]}'.", DeprecationWarning, stacklevel=3
        )
        name = _RENAMED[name]
    if name not in METRICS:
        raise UserError(f"There is no metric '{name}'." + did_you_mean(name, METRICS))
    return name


def _select_tasks(
    tasks: Family, max_tasks: int, pairs: int, *, key: PRNGKeyArray
) -> tuple[tuple[str, ...], Pairs]:
    """Return names and pairs of the tasks; recorded ones in full, in the order of the set."""
    if not isinstance(tasks, TaskSet):
        return tuple(map(str, range(max_tasks))), sample_tasks(tasks, max_tasks, pairs, key=key)
    selected = np.arange(len(tasks))
    if max_tasks < len(tasks):
        selected = np.sort(numpy_rng(key).choice(len(tasks), max_tasks, replace=False))
    subset = tasks.subset(selected)
    return subset.task_names, sample_tasks(subset, len(subset), subset.max_task_size, key=key)


@eqx.filter_jit
def _predict(learner: Learner, tasks: Pairs, x: Float[Array, "m x_dim"]) -> Prediction:
    def predict_task(pairs: Pairs) -> Prediction:
        state = observe_all(learner, learner.init_state(), pairs)
        return jax.vmap(learner.predict, in_axes=(None, 0))(state, x)

    return jax.lax.map(predict_task, tasks, batch_size=_TASKS_AT_ONCE)
