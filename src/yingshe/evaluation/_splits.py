"""Division of each task's pairs into support and query, and drawing of the tasks."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, PRNGKeyArray, Shaped

from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.tasks import Family
from yingshe.tasks.task_set import TaskSet


class SupportQuerySplits(eqx.Module):
    """Support and query of every task: the same query pairs are predicted at every shot count.

    A task is valid at k shots if it has k pairs and at least one more for the query.
    """

    support: Pairs  # (tasks, largest k, ...), real pairs first
    query: Pairs  # (tasks, queries, ...)
    valid: Bool[Array, "*tasks shots"]

    def __len__(self) -> int:
        return self.valid.shape[0]


def split_support_query(pairs: Pairs, shots: tuple[int, ...], queries: int) -> SupportQuerySplits:
    """Split the real pairs of each task (tasks, n, ...) into support and query, in their order.

    A task too short for max(shots) + queries has a smaller support: the largest shot count below
    its number of pairs. The pairs after the support are its query. `shots` must ascend.

    Raises:
        UserError: No task is long enough.
    """
    max_pairs = int(np.asarray(pairs.mask).sum(axis=1).max(initial=0))
    if max_pairs <= min(shots):
        raise UserError(
            f"The longest task has {max_pairs} pairs; shots = {min(shots)} needs at least one "
            "more pair for the query. Use fewer shots or longer tasks."
        )
    return _split(pairs, shots, queries)


@functools.partial(jax.jit, static_argnums=(1, 2))
def _split(pairs: Pairs, shots: tuple[int, ...], queries: int) -> SupportQuerySplits:
    shot_counts = jnp.array(shots)

    def split_task(pairs: Pairs) -> SupportQuerySplits:
        available = jnp.sum(pairs.mask)
        real_first = jnp.argsort(~pairs.mask, stable=True)
        level = jnp.searchsorted(shot_counts, available) - 1  # largest k below the number of pairs
        num_support = jnp.where(level >= 0, shot_counts[level], 0)
        support_rows = jnp.arange(max(1, *shots))  # at least one: loops are traced over it
        query_rows = available - 1 - jnp.arange(queries)[::-1]
        return SupportQuerySplits(
            _take(pairs, real_first, support_rows, support_rows < num_support),
            _take(pairs, real_first, query_rows, query_rows >= num_support),
            shot_counts < available,
        )

    return jax.vmap(split_task)(pairs)


def _take(pairs: Pairs, order: Int[Array, " n"], rows: Int[Array, " m"], real) -> Pairs:
    index = order[jnp.clip(rows, 0, len(pairs) - 1)]
    return Pairs(pairs.x[index], pairs.y[index], real)


def sample_tasks(family: Family, tasks: int, n: int, *, key: PRNGKeyArray) -> Pairs:
    """Sample tasks with n pairs each; tasks of a task set are drawn without replacement.

    A recorded task gives n pairs in the order of its set, or all its pairs if they are fewer.
    """
    if isinstance(family, TaskSet):
        return _sample_recorded(family, tasks, n, numpy_rng(key))
    return _sample_family(family, jax.random.split(key, tasks), n)


@eqx.filter_jit
def _sample_family(family: Family, keys: Shaped[PRNGKeyArray, " tasks"], n: int) -> Pairs:
    return jax.vmap(lambda key: family.sample(key, n))(keys)


def _sample_recorded(
    tasks: TaskSet, max_tasks: int, n: int, generator: np.random.Generator
) -> Pairs:
    selected = np.arange(len(tasks))
    if max_tasks < len(tasks):
        selected = np.sort(generator.choice(len(tasks), max_tasks, replace=False))
    x = np.zeros((len(selected), n, tasks.x_dim), np.float32)
    y = np.zeros((len(selected), n, tasks.y_dim), np.float32)
    counts = np.zeros(len(selected), int)
    for row, i in enumerate(selected):
        pairs = tasks[int(i)]
        counts[row] = min(len(pairs), n)
        if tasks.order == "sequential":
            rows = generator.integers(len(pairs) - counts[row] + 1) + np.arange(counts[row])
        else:
            rows = generator.permutation(len(pairs))[: counts[row]]
        x[row, : counts[row]], y[row, : counts[row]] = (
            np.asarray(v)[rows] for v in (pairs.x, pairs.y)
        )
    return Pairs(x, y, np.arange(n) < counts[:, None])


def numpy_rng(key: PRNGKeyArray) -> np.random.Generator:
    """Return a NumPy generator seeded by a JAX key."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel())
