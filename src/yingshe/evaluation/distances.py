"""Distances between mappings in function space, and their embedding in the plane."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from yingshe.errors import UserError
from yingshe.prediction import PointEstimate, Prediction

Metric = Callable[[Prediction], Float[np.ndarray, "tasks tasks"]]
"""Function from predictions of all tasks at the same probes to distances between the tasks."""


def mean_distance(predictions: Prediction) -> Float[np.ndarray, "tasks tasks"]:
    """Compute the root mean squared difference of the predicted means, √(mean ‖f(x) - g(x)‖²).

    A Euclidean distance in units of y. For classes, the means are their probabilities.

    Args:
        predictions: Predictions of all tasks at the same probes, (tasks, probes, y_dim).

    Returns:
        Distances between tasks.
    """
    means = np.asarray(predictions.mean, float)
    values = means.reshape(len(means), -1) / np.sqrt(means.shape[1])
    squares = np.stack([np.sum((value - values) ** 2, axis=1) for value in values])
    return np.sqrt(squares)


def symmetric_kl(predictions: Prediction) -> Float[np.ndarray, "tasks tasks"]:
    """Compute the symmetric Kullback-Leibler divergence, averaged over probes, in nats.

    The divergence is that of normal distributions with the predicted means and variances, summed
    over outputs. Differences smaller than the predicted uncertainty hardly count. For classes, the
    means are probabilities p with variances p (1 - p).

    Args:
        predictions: Predictions of all tasks at the same probes, (tasks, probes, y_dim).

    Returns:
        Divergences between tasks.

    Raises:
        UserError: The learner predicts points.
    """
    if isinstance(predictions, PointEstimate):
        raise UserError(
            "A learner that predicts points has no divergence; use metric='mean', or make it with "
            "likelihood='gaussian'."
        )
    mean = np.asarray(predictions.mean, float)
    variance = np.maximum(np.asarray(predictions.variance, float), 1e-12)
    divergences = np.zeros((len(mean), len(mean)))
    for i in range(len(mean)):  # row by row: never an array of (tasks, tasks, probes)
        square = (mean[i] - mean) ** 2
        both = 0.5 * ((variance[i] + square) / variance + (variance + square) / variance[i]) - 1
        divergences[i] = both.sum(axis=-1).mean(axis=-1)
    return np.maximum((divergences + divergences.T) / 2, 0.0)


METRICS: dict[str, Metric] = {"mean": mean_distance, "symmetric_kl": symmetric_kl}
"""Metrics by name."""


def classical_mds(
    distances: Float[np.ndarray, "n n"],
) -> tuple[Float[np.ndarray, "n 2"], float]:
    """Embed points in the plane by classical multidimensional scaling.

    Args:
        distances: Distances between n points.

    Returns:
        Coordinates, and the explained variance ratio: the fraction of the total squared distance
        that the plane shows.

    References:
        Torgerson, Multidimensional scaling I, Psychometrika 17, 1952.
    """
    n = len(distances)
    centering = np.eye(n) - 1 / n
    gram = -0.5 * centering @ (distances**2) @ centering
    values, vectors = np.linalg.eigh(gram)
    values, vectors = values[::-1][:2], vectors[:, ::-1][:, :2]
    positions = vectors * np.sqrt(np.maximum(values, 0.0))
    positions = np.pad(positions, ((0, 0), (0, 2 - positions.shape[1])))
    # An eigenvector's sign is arbitrary: the same tasks must give the same map.
    furthest = np.abs(positions).argmax(axis=0)
    positions *= np.where(positions[furthest, [0, 1]] < 0, -1.0, 1.0)
    total = np.abs(np.linalg.eigvalsh(gram)).sum()
    return positions, float(np.maximum(values, 0.0).sum() / total) if total > 0 else 1.0
