"""What `MatchingNetwork` makes of cosines and of known classes, and its kernel_ridge regressions."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from yingshe._linalg import cholesky, invert_triangular
from yingshe.learners._layers import Dense

_SMALLEST_SPREAD = 0.05  # of cosines: a few pairs may be equally alike by chance
_LEAST = 1e-4  # square root of a probability, lest one that is zero should rule a class out


class SimilarityStats(NamedTuple):
    """Cosines between the pairs that an input may see: n inputs, c cosines, and classes."""

    within_class_mean: Float[Array, "n y_dim c"]
    """Mean within a class; 0 where it has not two pairs."""
    between_class_mean: Float[Array, "n c"]
    """Mean between classes; 0 where there is but one."""
    between_class_std: Float[Array, "n c"]
    """Standard deviation between classes."""
    has_within: Float[Array, "n y_dim"]
    has_foreign: Float[Array, " n"]

    def zscore(
        self,
        cosines: Float[Array, "n y_dim c"],
        reference: Literal["between_class_mean", "within_class_mean"] = "between_class_mean",
    ) -> Float[Array, "n y_dim c"]:
        """Thirds of a standard deviation by which cosines exceed what is similarity_statistics."""
        mean = (
            self.within_class_mean
            if reference == "within_class_mean"
            else self.between_class_mean[:, None]
        )
        gap = (cosines - mean) / self.between_class_std[:, None] / 3
        return self.has_foreign[:, None, None] * gap

    def of_task(self, classes: Int[Array, "n 1"]) -> list[Float[Array, "n _"]]:
        """How well each cosine tells so many classes apart, and of how many that is known."""
        has_within = self.has_within[..., None]
        number = jnp.sum(has_within, axis=1)
        apart = jnp.sum(has_within * self.zscore(self.within_class_mean), axis=1) / jnp.maximum(
            number, 1
        )
        return [apart, self.between_class_mean, self.between_class_std, number / classes]


def similarity_statistics(
    of_pairs: Float[Array, "c m m"], of_class: Float[Array, "n m y_dim"]
) -> SimilarityStats:
    """How alike the pairs are within and between classes: pairs of other classes are what an input
    of none of them looks like. `of_class` is one-hot, and zero where an input may not see a pair.
    """
    counts = jnp.sum(of_class, axis=1)
    visible, total = jnp.sum(of_class, axis=2), jnp.sum(counts, axis=1)
    pairs_of = counts**2 - counts  # ordered, of two different ones
    between = total**2 - jnp.sum(counts**2, axis=1)

    def sums(values):
        """Over all pairs of pairs (n, c), and over those of each class (n, y_dim, c)."""
        to_class = jnp.einsum("cim,nmj->cnij", values, of_class)
        within = jnp.einsum("cnij,nij->njc", to_class, of_class)
        return jnp.einsum("cnij,ni->nc", to_class, visible), within

    same = jnp.einsum("cii,nij->njc", of_pairs, of_class)  # each with itself
    (everywhere, within), (squares, squares_within) = sums(of_pairs), sums(of_pairs**2)
    number = jnp.maximum(between, 1)[:, None]
    between_class_mean = (everywhere - jnp.sum(within, axis=1)) / number
    variance = (squares - jnp.sum(squares_within, axis=1)) / number - between_class_mean**2
    return SimilarityStats(
        (within - same) / jnp.maximum(pairs_of, 1)[..., None],
        between_class_mean,
        jnp.sqrt(jnp.maximum(variance, 0.0) + _SMALLEST_SPREAD**2),
        jnp.minimum(pairs_of, 1.0),
        jnp.minimum(between, 1.0),
    )


def sqrt_base_probs(
    recognisers: tuple[tuple[Dense, Dense], ...], parts: Sequence[Float[Array, "*batch _"]]
) -> list[Float[Array, "*batch known"]]:
    """Square roots of the probabilities of known classes, by each of the views and by all.

    The views are of length 1.
    """
    logs = [
        jax.nn.log_softmax(second(jax.nn.relu(first(part))))
        for (first, second), part in zip(jax.lax.stop_gradient(recognisers), parts, strict=True)
    ]
    logs.append(jax.nn.log_softmax(sum(logs) / 2))
    return [jnp.exp(log / 2) for log in logs]


def novel_base_mass(
    asked: Float[Array, "n known"],
    memory: Float[Array, "m known"],
    of_class: Float[Array, "n m y_dim"],
) -> Float[Array, " n"]:
    """How probable it is that an input is of a known class that is none of those read.

    Rows are square roots of probabilities. What is read of a class tells which of the known ones it
    is: Π p over its pairs, to the power of 1/√their number, as they are not independent.
    """
    counts = jnp.sum(of_class, axis=1)[..., None]
    logs = jnp.einsum("nmj,mk->njk", of_class, 2 * jnp.log(memory + _LEAST))
    chances = jax.nn.softmax(logs / jnp.sqrt(jnp.maximum(counts, 1.0)), axis=-1)
    free = jnp.prod(jnp.where(counts > 0.5, 1 - chances, 1.0), axis=1)
    return jnp.sum(asked**2 * free, axis=1)


def kernel_ridge(
    kernel: Float[Array, "m m"],
    across: Float[Array, "n m"],
    noise: Float[Array, ""],
    y: Float[Array, "m y_dim"],
    visible: Bool[Array, "n m"],
) -> tuple[Float[Array, "n y_dim"], Float[Array, " n"]]:
    """Kernel kernel_ridge regression on the pairs that each input may see, and its variance.

    With K + σ²I = CCᵀ, the first rows of C are those of fewer pairs: one factor serves all. Pairs
    without a class are not read.
    """
    read = jnp.any(y > 0.5, axis=1)
    kernel = jnp.where(read[:, None] & read, kernel, 0.0)
    inverse = invert_triangular(cholesky(kernel + noise * jnp.eye(len(y))))
    v = jnp.where(visible, jnp.where(visible, across, 0.0) @ inverse.T, 0.0)
    return v @ (inverse @ y), 1 - jnp.sum(v**2, axis=1)
