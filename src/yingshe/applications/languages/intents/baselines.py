"""Baselines fitted to the support of one episode, on the same vectors."""

import warnings
from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

_INVERSE_PENALTY = 10.0  # of 1, 10 and 100 the best on the validation languages
_NEIGHBORS = 3

Support = Float[np.ndarray, "n width"]
Query = Float[np.ndarray, "m width"]
Labels = Int[np.ndarray, " n"]
Predicted = Int[np.ndarray, " m"]


def nearest_centroid(support: Support, labels: Labels, query: Query) -> Predicted:
    """Predict the intent whose mean vector has the largest cosine.

    Args:
        support: Vectors of the support.
        labels: Their intents.
        query: Vectors of the queries.

    Returns:
        Predicted intents of the queries.
    """
    classes = np.unique(labels)
    centroids = np.stack([support[labels == label].mean(axis=0) for label in classes])
    return KNeighborsClassifier(1, metric="cosine").fit(centroids, classes).predict(query)


def nearest_neighbor(support: Support, labels: Labels, query: Query) -> Predicted:
    """Predict the intent of the support vector with the largest cosine.

    Args:
        support: Vectors of the support.
        labels: Their intents.
        query: Vectors of the queries.

    Returns:
        Predicted intents of the queries.
    """
    return KNeighborsClassifier(1, metric="cosine").fit(support, labels).predict(query)


def nearest_neighbors(support: Support, labels: Labels, query: Query) -> Predicted:
    """Predict by a vote of the three nearest support vectors, weighted by cosine.

    Args:
        support: Vectors of the support.
        labels: Their intents.
        query: Vectors of the queries.

    Returns:
        Predicted intents of the queries.
    """
    model = KNeighborsClassifier(
        min(_NEIGHBORS, len(support)),
        metric="cosine",
        weights=lambda distance: 1 - distance,  # pyright: ignore[reportArgumentType]
    )
    return model.fit(support, labels).predict(query)


def logistic_regression(support: Support, labels: Labels, query: Query) -> Predicted:
    """Predict by scikit-learn's logistic regression.

    Args:
        support: Vectors of the support.
        labels: Their intents.
        query: Vectors of the queries.

    Returns:
        Predicted intents of the queries.
    """
    # The weights lie in the span of the support: a fit in that subspace is the same, and fast.
    basis, values, directions = np.linalg.svd(support, full_matrices=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=300).fit(basis * values, labels)
    return model.predict(query @ directions.T)


BASELINES: dict[str, Callable[[Support, Labels, Query], Predicted]] = {
    "nearest centroid": nearest_centroid,
    "logistic regression": logistic_regression,
    "nearest neighbour": nearest_neighbor,
    "3 nearest neighbours": nearest_neighbors,
}
"""Baselines by the names under which results are reported."""
