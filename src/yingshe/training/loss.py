"""Losses of meta-training: the mean over tasks of the mean over each task's pairs."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.learners import Learner, observe_all
from yingshe.pairs import Pairs


def prequential_loss(learner: Learner, pairs: Pairs) -> Float[Array, ""]:
    """Compute L = 1/N Σ_i 1/M_i Σ_j ℓ(y_ij, p_ij); every pair is predicted from those before it.

    ℓ is the squared error ‖y - f(x)‖² of a learner with likelihood "point", else the negative
    log-likelihood.

    Args:
        learner: Learner to evaluate.
        pairs: Pairs with a leading axis of tasks; padding counts nowhere.

    Returns:
        The loss.
    """
    predictions = jax.vmap(learner.prequential)(pairs)
    return _mean_over_pairs_then_tasks(predictions.loss(pairs.y), pairs.mask)


def support_query_loss(
    learner: Learner, pairs: Pairs, shots: tuple[int, int], *, key: PRNGKeyArray
) -> Float[Array, ""]:
    """Compute the mean loss of each task's query pairs after its first k pairs, the support.

    Args:
        learner: Learner to evaluate.
        pairs: Pairs with a leading axis of tasks.
        shots: Smallest and largest k; k is drawn for each task and leaves at least one query pair.
        key: PRNG key of k.

    Returns:
        The loss, averaged over query pairs and then over tasks.
    """
    tasks = pairs.mask.shape[0]
    drawn = jax.random.randint(key, (tasks, 1), shots[0], shots[1] + 1)
    available = jnp.sum(pairs.mask, axis=1, keepdims=True)
    order = jnp.cumsum(pairs.mask, axis=1)  # the r-th real pair has order r
    support = order <= jnp.minimum(drawn, available - 1)
    # No task has more query pairs than this, so that no others need be predicted.
    num_query = pairs.mask.shape[1] - shots[0]
    rows = jnp.argsort(~(pairs.mask & ~support), axis=1)[:, :num_query]
    losses = jax.vmap(_loss_given_support, in_axes=(None, 0, 0, 0))(learner, pairs, support, rows)
    valid = jnp.take_along_axis(pairs.mask & ~support, rows, axis=1)
    return _mean_over_pairs_then_tasks(losses, valid)


def _loss_given_support(
    learner: Learner, pairs: Pairs, support: Bool[Array, " n"], rows: Int[Array, " query"]
) -> Float[Array, " query"]:
    state = observe_all(learner, learner.init_state(), pairs.only(support))
    predictions = jax.vmap(learner.predict, in_axes=(None, 0))(state, pairs.x[rows])
    return predictions.loss(pairs.y[rows])


def _mean_over_pairs_then_tasks(losses: Float[Array, "tasks n"], valid: Bool[Array, "tasks n"]):
    sums = jnp.sum(jnp.where(valid, losses, 0.0), axis=1)
    counts = jnp.sum(valid, axis=1)
    return jnp.sum(sums / jnp.maximum(counts, 1)) / jnp.maximum(jnp.sum(counts > 0), 1)
