"""The loss: the mean over tasks of the mean over that task's pairs."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.learners import Learner, observe_all
from yingshe.pairs import Pairs


def prequential_loss(learner: Learner, pairs: Pairs) -> Float[Array, ""]:
    """L = 1/N Σ_i 1/M_i Σ_j ℓ(y_ij, p_ij), every pair predicted from those before it.

    ℓ is the squared error ‖y - f(x)‖² of a learner with output "point", else the negative
    log-likelihood. `pairs` has a leading axis of tasks; padding counts nowhere.
    """
    predictions = jax.vmap(learner.prequential)(pairs)
    return _two_means(predictions.loss(pairs.y), pairs.mask)


def support_query_loss(
    learner: Learner, pairs: Pairs, shots: tuple[int, int], *, key: PRNGKeyArray
) -> Float[Array, ""]:
    """The same two means over the pairs that were not read, after each task's first k were.

    k is drawn for each task from shots[0]..shots[1], both included, and leaves at least one pair.
    """
    tasks = pairs.mask.shape[0]
    drawn = jax.random.randint(key, (tasks, 1), shots[0], shots[1] + 1)
    held = jnp.sum(pairs.mask, axis=1, keepdims=True)
    order = jnp.cumsum(pairs.mask, axis=1)  # the r-th real pair has order r
    support = order <= jnp.minimum(drawn, held - 1)
    # So many can be judged at most, and no others need be predicted.
    judged = pairs.mask.shape[1] - shots[0]
    rows = jnp.argsort(~(pairs.mask & ~support), axis=1)[:, :judged]
    losses = jax.vmap(_loss_given_support, in_axes=(None, 0, 0, 0))(learner, pairs, support, rows)
    return _two_means(losses, jnp.take_along_axis(pairs.mask & ~support, rows, axis=1))


def _loss_given_support(
    learner: Learner, pairs: Pairs, support: Bool[Array, " n"], rows: Int[Array, " judged"]
) -> Float[Array, " judged"]:
    state = observe_all(learner, learner.init_state(), pairs.only(support))
    predictions = jax.vmap(learner.predict, in_axes=(None, 0))(state, pairs.x[rows])
    return predictions.loss(pairs.y[rows])


def _two_means(losses: Float[Array, "tasks n"], counted: Bool[Array, "tasks n"]):
    of_task = jnp.sum(jnp.where(counted, losses, 0.0), axis=1)
    number = jnp.sum(counted, axis=1)
    has_pairs = number > 0
    return jnp.sum(of_task / jnp.maximum(number, 1)) / jnp.maximum(jnp.sum(has_pairs), 1)
