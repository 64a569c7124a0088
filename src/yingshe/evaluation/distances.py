"""How far apart mappings are, in function space, and a flat map of such distances."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from yingshe.errors import UserError
from yingshe.prediction import PointEstimate, Prediction

Distance = Callable[[Prediction], Float[np.ndarray, "tasks tasks"]]
"""From predictions of all tasks at the same probes, (tasks, probes, y_dim), to distances."""


def mean_distance(predictions: Prediction) -> Float[np.ndarray, "tasks tasks"]:
    """√ of the mean over probes of ‖f(x) - g(x)‖², in units of y; f and g are predicted means.

    A Euclidean distance. For classes, the means are their probabilities.
    """
    means = np.asarray(predictions.mean, float)
    values = means.reshape(len(means), -1) / np.sqrt(means.shape[1])
    squares = np.stack([np.sum((value - values) ** 2, axis=1) for value in values])
    return np.sqrt(squares)


def divergence(predictions: Prediction) -> Float[np.ndarray, "tasks tasks"]:
    """Symmetric Kullback-Leibler divergence, the mean over probes, in nats.

    Of normal distributions with the predicted means and variances, summed over outputs: where
    mappings differ by less than they are sure of, they count as alike. For classes the predicted
    probabilities are treated in the same way as means with variances p (1 - p).

    Raises UserError for a learner that predicts bare points.
    """
    if isinstance(predictions, PointEstimate):
        raise UserError(
            "A learner of bare points has no divergences; measure by 'mean', or make it with "
            "likelihood='gaussian'."
        )
    mean = np.asarray(predictions.mean, float)
    variance = np.maximum(np.asarray(predictions.variance, float), 1e-12)
    apart = np.zeros((len(mean), len(mean)))
    for i in range(len(mean)):  # row by row: never an array of (tasks, tasks, probes)
        square = (mean[i] - mean) ** 2
        both = 0.5 * ((variance[i] + square) / variance + (variance + square) / variance[i]) - 1
        apart[i] = both.sum(axis=-1).mean(axis=-1)
    return np.maximum((apart + apart.T) / 2, 0.0)


DISTANCES: dict[str, Distance] = {"mean": mean_distance, "divergence": divergence}


def classical_mds(
    distances: Float[np.ndarray, "n n"],
) -> tuple[Float[np.ndarray, "n 2"], float]:
    """Points in the plane whose distances are nearest to the given ones, and how true the map is.

    That is the share of the total squared distance that the plane shows. Classical standardizer:
    Torgerson, Multidimensional standardizer I, Psychometrika 17, 1952.
    """
    n = len(distances)
    centring = np.eye(n) - 1 / n
    gram = -0.5 * centring @ (distances**2) @ centring
    values, vectors = np.linalg.eigh(gram)
    values, vectors = values[::-1][:2], vectors[:, ::-1][:, :2]
    positions = vectors * np.sqrt(np.maximum(values, 0.0))
    positions = np.pad(positions, ((0, 0), (0, 2 - positions.shape[1])))
    # An eigenvector's sign is arbitrary: the same tasks must give the same map.
    furthest = np.abs(positions).argmax(axis=0)
    positions *= np.where(positions[furthest, [0, 1]] < 0, -1.0, 1.0)
    total = np.abs(np.linalg.eigvalsh(gram)).sum()
    return positions, float(np.maximum(values, 0.0).sum() / total) if total > 0 else 1.0
