"""Features of each class, computed from the cosines between a query and the observed pairs."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from yingshe.learners._similarity import (
    SimilarityStats,
    kernel_ridge,
    novel_base_mass,
    similarity_statistics,
)

NUM_COUNT_FEATURES = 6
"""Observed, out of scope, log-count of other classes, log-count, 1/√count, at least two pairs."""
OUT_OF_SCOPE, OUT_OF_SCOPE_COUNT = 1, 2
"""Positions of two of these features: out of scope, and log-count of other classes."""
LR_MULTIPLIER = 10.0
"""Factor of scalar parameters. They are stored in tenths, so that an optimizer moves them as fast
as the weights of a layer."""

Bounds = Sequence[tuple[int, int]]
"""Start and end columns of each vector that is compared separately."""


class ClassFeatures(NamedTuple):
    """Features of n queries, each computed from its visible pairs."""

    per_class: Float[Array, "n y_dim features"]
    per_task: Float[Array, "n task_features"]
    observed: Bool[Array, "n y_dim 1"]
    """True for a class with an observed pair."""
    num_observed: Int[Array, "n 1"]
    """Number of observed classes, at least 1."""


def num_class_features(cosines: int, regressions: int) -> int:
    """Return the number of features per class, given the numbers of cosines and regressions."""
    return 5 * cosines + regressions + NUM_COUNT_FEATURES


def num_task_features(cosines: int, regressions: int, distributions: int) -> int:
    """Return the number of features per task, given the numbers of its parts."""
    return regressions + 1 + 3 * cosines + 2 + distributions


def class_features(
    memory: Float[Array, "m width"],
    y: Float[Array, "m y_dim"],
    query: Float[Array, "n width"],
    visible: Bool[Array, "n m"],
    bounds: Bounds,
    base_bounds: Bounds,
    kernels: tuple[Float[Array, "regressions cosines"], Float[Array, " regressions"]],
    *,
    out_of_scope: bool,
) -> ClassFeatures:
    """Compare n queries with the observed pairs of each class.

    Args:
        memory: Embedded inputs of m pairs.
        y: Their classes, one-hot.
        query: Embedded inputs of n queries.
        visible: Pairs that each query may use.
        bounds: Vectors to compare by their cosines.
        base_bounds: Bounds of the vectors of square roots of base-class probabilities.
        kernels: Logits of the kernels, and log-noise, of the ridge regressions.
        out_of_scope: The last class is "none of the others".

    Returns:
        Features per class and per task.
    """
    within = jnp.stack([memory[:, a:b] @ memory[:, a:b].T for a, b in bounds])
    cosines = jnp.stack([query[:, a:b] @ memory[:, a:b].T for a, b in bounds])
    one_hot = jnp.where(visible[..., None], y, 0.0)  # (n, m, y_dim)
    counts = jnp.sum(one_hot, axis=1)
    observed = (counts > 0.5)[..., None]
    num_observed = jnp.maximum(jnp.sum(observed, axis=1), 1)
    stats = similarity_statistics(within, one_hot)
    regressions, uncertainty = _ridge_regressions(kernels, within, cosines, y, visible)
    similarities = _similarities(cosines, one_hot, counts, regressions, stats)
    is_none = jnp.zeros_like(counts).at[:, -1].set(float(out_of_scope))
    total = jnp.sum(counts, axis=1, keepdims=True)
    count_features = [
        observed[..., 0],
        is_none,
        is_none * jnp.log1p(total / num_observed) / 2,
        jnp.log1p(counts) / 2,
        jax.lax.rsqrt(1 + counts),
        stats.has_within,
    ]
    per_task = [
        uncertainty,
        jnp.log1p(total) / 4,
        *stats.task_features(num_observed),
        jnp.any(~observed[:, : observed.shape[1] - out_of_scope], axis=1).astype(float),
        *_novel_base_masses(query, memory, one_hot, base_bounds),
    ]
    return ClassFeatures(
        jnp.concatenate(
            [jnp.where(observed, similarities, 0.0), jnp.stack(count_features, axis=-1)], axis=-1
        ),
        jnp.concatenate(per_task, axis=-1),
        observed,
        num_observed,
    )


def _similarities(
    cosines: Float[Array, "cosines n m"],
    one_hot: Float[Array, "n m y_dim"],
    counts: Float[Array, "n y_dim"],
    regressions: Float[Array, "n y_dim regressions"],
    stats: SimilarityStats,
) -> Float[Array, "n y_dim similarities"]:
    mean = jnp.einsum("cnm,nmj->njc", cosines, one_hot) / jnp.maximum(counts, 1)[..., None]
    largest = jnp.max(
        jnp.where((one_hot > 0.5)[..., None], jnp.moveaxis(cosines, 0, 2)[:, :, None], -1.0),
        axis=1,
    )
    has_within = stats.has_within[..., None]
    zscores = (
        stats.zscore(mean),
        stats.zscore(largest),
        has_within * stats.zscore(mean, "within_class_mean"),
    )
    return jnp.concatenate([mean, largest, regressions, *zscores], axis=-1)


def _ridge_regressions(
    kernels: tuple[Float[Array, "regressions cosines"], Float[Array, " regressions"]],
    within: Float[Array, "cosines m m"],
    cosines: Float[Array, "cosines n m"],
    y: Float[Array, "m y_dim"],
    visible: Bool[Array, "n m"],
) -> tuple[Float[Array, "n y_dim regressions"], Float[Array, "n regressions"]]:
    """Return means and variances of ridge regressions, each on its own mixture of the cosines."""

    def regress(kernel_logits, log_noise):
        weights = jax.nn.softmax(LR_MULTIPLIER * kernel_logits)
        noise = jnp.exp(2 * LR_MULTIPLIER * log_noise)
        kernel, cross = (jnp.einsum("c,cij->ij", weights, parts) for parts in (within, cosines))
        return kernel_ridge(kernel, cross, noise, y, visible)

    means, variances = jax.vmap(regress)(*kernels)
    return jnp.moveaxis(means, 0, 2), variances.T


def _novel_base_masses(
    query: Float[Array, "n width"],
    memory: Float[Array, "m width"],
    one_hot: Float[Array, "n m y_dim"],
    base_bounds: Bounds,
) -> list[Float[Array, "n 1"]]:
    """Return `novel_base_mass` by each view, and by all together."""
    fixed = [jax.lax.stop_gradient((query[:, a:b], memory[:, a:b])) for a, b in base_bounds]
    return [novel_base_mass(*probs, one_hot)[:, None] for probs in fixed]
