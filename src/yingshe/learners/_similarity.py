"""Statistics of cosines, base-class probabilities and kernel ridge regression."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from yingshe._linalg import cholesky, invert_triangular
from yingshe.learners._layers import Dense

_MIN_STD = 0.05  # of cosines: a few pairs may be equally similar by coincidence
_MIN_SQRT_PROB = 1e-4  # so that a probability of zero does not rule a class out


class SimilarityStats(NamedTuple):
    """Cosines among the pairs that a query may use: n queries, c cosines, and classes."""

    within_class_mean: Float[Array, "n y_dim c"]
    """Mean within a class; 0 if it has fewer than two pairs."""
    between_class_mean: Float[Array, "n c"]
    """Mean between classes; 0 if there is only one."""
    between_class_std: Float[Array, "n c"]
    """Standard deviation between classes."""
    has_within: Float[Array, "n y_dim"]
    """1 for a class with two pairs or more."""
    has_between: Float[Array, " n"]
    """1 if there are two classes or more."""

    def zscore(
        self,
        cosines: Float[Array, "n y_dim c"],
        reference: Literal["between_class_mean", "within_class_mean"] = "between_class_mean",
    ) -> Float[Array, "n y_dim c"]:
        """Return (cosine − reference mean) / (3 · between-class std)."""
        mean = (
            self.within_class_mean
            if reference == "within_class_mean"
            else self.between_class_mean[:, None]
        )
        gap = (cosines - mean) / self.between_class_std[:, None] / 3
        return self.has_between[:, None, None] * gap

    def task_features(self, classes: Int[Array, "n 1"]) -> list[Float[Array, "n _"]]:
        """Return how well each cosine separates the classes, and for which fraction that is known.

        Args:
            classes: Number of observed classes.

        Returns:
            Mean z-score within classes, mean and std between classes, fraction of the classes
            with two pairs or more.
        """
        has_within = self.has_within[..., None]
        number = jnp.sum(has_within, axis=1)
        separation = jnp.sum(has_within * self.zscore(self.within_class_mean), axis=1)
        separation = separation / jnp.maximum(number, 1)
        return [separation, self.between_class_mean, self.between_class_std, number / classes]


def similarity_statistics(
    cosines: Float[Array, "c m m"], one_hot: Float[Array, "n m y_dim"]
) -> SimilarityStats:
    """Compute means and deviations of cosines within and between classes.

    Pairs of two different classes serve as examples of inputs outside a class.

    Args:
        cosines: Cosines between the m pairs.
        one_hot: Classes of the pairs; 0 where a query may not use a pair.

    Returns:
        Statistics for each of the n queries.
    """
    counts = jnp.sum(one_hot, axis=1)
    visible, total = jnp.sum(one_hot, axis=2), jnp.sum(counts, axis=1)
    within_count = counts**2 - counts  # ordered, of two different pairs
    between_count = total**2 - jnp.sum(counts**2, axis=1)

    def sums(values):
        """Sum over all pairs of pairs (n, c), and over those of each class (n, y_dim, c)."""
        to_class = jnp.einsum("cim,nmj->cnij", values, one_hot)
        within = jnp.einsum("cnij,nij->njc", to_class, one_hot)
        return jnp.einsum("cnij,ni->nc", to_class, visible), within

    diagonal = jnp.einsum("cii,nij->njc", cosines, one_hot)
    (everywhere, within), (squares, squares_within) = sums(cosines), sums(cosines**2)
    number = jnp.maximum(between_count, 1)[:, None]
    between_class_mean = (everywhere - jnp.sum(within, axis=1)) / number
    variance = (squares - jnp.sum(squares_within, axis=1)) / number - between_class_mean**2
    return SimilarityStats(
        (within - diagonal) / jnp.maximum(within_count, 1)[..., None],
        between_class_mean,
        jnp.sqrt(jnp.maximum(variance, 0.0) + _MIN_STD**2),
        jnp.minimum(within_count, 1.0),
        jnp.minimum(between_count, 1.0),
    )


def sqrt_base_probs(
    base_classifiers: tuple[tuple[Dense, Dense], ...], views: Sequence[Float[Array, "*batch _"]]
) -> list[Float[Array, "*batch base_classes"]]:
    """Return square roots of base-class probabilities, by each of the views and by all.

    Args:
        base_classifiers: Two layers for each view, with a ReLU between them.
        views: Parts of x, each of length 1.

    Returns:
        One array per view, and one from the product of their probabilities.
    """
    logs = [
        jax.nn.log_softmax(second(jax.nn.relu(first(view))))
        for (first, second), view in zip(
            jax.lax.stop_gradient(base_classifiers), views, strict=True
        )
    ]
    logs.append(jax.nn.log_softmax(sum(logs) / 2))
    return [jnp.exp(log / 2) for log in logs]


def novel_base_mass(
    query: Float[Array, "n base_classes"],
    memory: Float[Array, "m base_classes"],
    one_hot: Float[Array, "n m y_dim"],
) -> Float[Array, " n"]:
    """Return the probability mass on base classes that no observed class matches.

    The pairs of a class tell which base class it is: Π p over its pairs, to the power of 1/√count,
    because they are not independent.

    Args:
        query: Square roots of the base-class probabilities of n queries.
        memory: Those of m pairs.
        one_hot: Classes of the pairs; 0 where a query may not use a pair.

    Returns:
        Probability for each query.
    """
    counts = jnp.sum(one_hot, axis=1)[..., None]
    logs = jnp.einsum("nmj,mk->njk", one_hot, 2 * jnp.log(memory + _MIN_SQRT_PROB))
    probs = jax.nn.softmax(logs / jnp.sqrt(jnp.maximum(counts, 1.0)), axis=-1)
    unmatched = jnp.prod(jnp.where(counts > 0.5, 1 - probs, 1.0), axis=1)
    return jnp.sum(query**2 * unmatched, axis=1)


def kernel_ridge(
    kernel: Float[Array, "m m"],
    cross: Float[Array, "n m"],
    noise: Float[Array, ""],
    y: Float[Array, "m y_dim"],
    visible: Bool[Array, "n m"],
) -> tuple[Float[Array, "n y_dim"], Float[Array, " n"]]:
    """Return mean and variance of kernel ridge regression on the pairs that each query may use.

    With K + σ²I = CCᵀ, the first rows of C are those of fewer pairs: one factor serves all queries.

    Args:
        kernel: Kernel between the m pairs.
        cross: Kernel between n queries and the pairs.
        noise: σ².
        y: Classes of the pairs, one-hot; a pair without a class is skipped.
        visible: Pairs that each query may use; each row is a prefix of the pairs.

    Returns:
        Means per class, and one variance per query.
    """
    labelled = jnp.any(y > 0.5, axis=1)
    kernel = jnp.where(labelled[:, None] & labelled, kernel, 0.0)
    inverse = invert_triangular(cholesky(kernel + noise * jnp.eye(len(y))))
    v = jnp.where(visible, jnp.where(visible, cross, 0.0) @ inverse.T, 0.0)
    return v @ (inverse @ y), 1 - jnp.sum(v**2, axis=1)
