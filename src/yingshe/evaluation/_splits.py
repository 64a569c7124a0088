"""Which pairs a task is read from, and which it is judged on."""

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

    A task counts at k shots if it has k pairs and at least one more to be judged on.
    """

    support: Pairs  # (tasks, largest k, ...), real pairs first
    query: Pairs  # (tasks, queries, ...)
    counted: Bool[Array, "*tasks shots"]

    def __len__(self) -> int:
        return self.counted.shape[0]


def split_support_query(pairs: Pairs, shots: tuple[int, ...], queries: int) -> SupportQuerySplits:
    """Part the real pairs of each task (tasks, n, ...) into support and query, in their order.

    Of a task too short for max(shots) + queries, the pairs beyond the largest shot count it has
    room for are the query. `shots` ascend. Raises UserError where no task is long enough for any.
    """
    longest = int(np.asarray(pairs.mask).sum(axis=1).max(initial=0))
    if longest <= min(shots):
        raise UserError(
            f"The longest task has {longest} pairs; {min(shots)} shots need at least one pair more "
            "to judge on. Ask for fewer shots or give longer tasks."
        )
    return _part(pairs, shots, queries)


@functools.partial(jax.jit, static_argnums=(1, 2))
def _part(pairs: Pairs, shots: tuple[int, ...], queries: int) -> SupportQuerySplits:
    ladder = jnp.array(shots)

    def of_task(pairs: Pairs) -> SupportQuerySplits:
        held = jnp.sum(pairs.mask)
        real_first = jnp.argsort(~pairs.mask, stable=True)
        rung = jnp.searchsorted(ladder, held) - 1  # the largest k below the number of pairs
        most = jnp.where(rung >= 0, ladder[rung], 0)
        support_rows = jnp.arange(max(1, *shots))  # one at least: loops are traced over it
        query_rows = held - 1 - jnp.arange(queries)[::-1]
        return SupportQuerySplits(
            _take(pairs, real_first, support_rows, support_rows < most),
            _take(pairs, real_first, query_rows, query_rows >= most),
            ladder < held,
        )

    return jax.vmap(of_task)(pairs)


def _take(pairs: Pairs, order: Int[Array, " n"], rows: Int[Array, " m"], real) -> Pairs:
    chosen = order[jnp.clip(rows, 0, len(pairs) - 1)]
    return Pairs(pairs.x[chosen], pairs.y[chosen], real)


def sample_tasks(family: Family, tasks: int, n: int, *, key: PRNGKeyArray) -> Pairs:
    """Draw tasks with n pairs each; of a task set each task once, and no more than there are.

    A recorded task gives n pairs by its set's order, or all it has.
    """
    if isinstance(family, TaskSet):
        return _each_once(family, tasks, n, numpy_rng(key))
    return _sample(family, jax.random.split(key, tasks), n)


@eqx.filter_jit
def _sample(family: Family, keys: Shaped[PRNGKeyArray, " tasks"], n: int) -> Pairs:
    return jax.vmap(lambda key: family.sample(key, n))(keys)


def _each_once(tasks: TaskSet, most: int, n: int, generator: np.random.Generator) -> Pairs:
    chosen = np.arange(len(tasks))
    if most < len(tasks):
        chosen = np.sort(generator.choice(len(tasks), most, replace=False))
    x = np.zeros((len(chosen), n, tasks.x_dim), np.float32)
    y = np.zeros((len(chosen), n, tasks.y_dim), np.float32)
    counts = np.zeros(len(chosen), int)
    for row, i in enumerate(chosen):
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
    """A NumPy generator seeded by a JAX key."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel())
