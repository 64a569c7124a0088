"""Baselines of the evaluation: one pooled model, and simple models fitted to each task alone.

Models that are fitted to a task's support alone know nothing of other tasks and predict nothing
before the first pair. scikit-learn is imported where it is used: its import takes longer than that
of this whole package.
"""

import warnings
from collections.abc import Callable
from typing import cast

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Gaussian, PointEstimate, Prediction

Predict = Callable[[Pairs, np.ndarray], Prediction]
"""Function (support, x) -> predictions of y, all with a leading axis of tasks, without padding."""

_MeanAndStd = tuple[np.ndarray, np.ndarray]

_ALPHAS = np.logspace(3, -3, 13)  # ridge penalties, in squared units of the standardized inputs
_NEIGHBORS = 3
_HELD_OUT = 0.2  # fraction of the meta-train tasks on which the pooled model's noise is measured
_MIN_VARIANCE = 1e-6  # relative to that of y: keeps a likelihood finite where the fit is perfect

MAX_TASKS = {"gp": 50, "logistic": 200}
"""Maximum number of tasks for the baselines that are fitted task by task."""


def pooled_regressor(pool: Pairs) -> Predict:
    """Fit gradient-boosted trees (scikit-learn) to the pooled pairs of meta-train tasks.

    The model does not adapt. Its variance is constant: the mean squared error on the held-out fifth
    of the tasks.

    Args:
        pool: Pairs of the meta-train tasks, (tasks, n, ...).

    Returns:
        Predictor that ignores the support.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    x, y, x_held, y_held = _pool(pool)
    models = [HistGradientBoostingRegressor(random_state=0).fit(x, column) for column in y.T]

    def means(x: np.ndarray) -> np.ndarray:
        return np.stack([model.predict(x) for model in models], axis=-1)

    variance = np.mean((y_held - means(x_held)) ** 2, axis=0) + _MIN_VARIANCE * y.var(axis=0)

    def predict(support: Pairs, x: np.ndarray) -> Prediction:
        mean = means(x.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], -1)
        return _gaussian(mean, np.broadcast_to(variance, mean.shape))

    return predict


def pooled_classifier(pool: Pairs) -> Predict:
    """Fit gradient-boosted trees (scikit-learn) to the pooled pairs of meta-train tasks.

    The model does not adapt.

    Args:
        pool: Pairs of the meta-train tasks, (tasks, n, ...); y is one-hot.

    Returns:
        Predictor that ignores the support.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, y, _, _ = _pool(pool)
    present = np.unique(y.argmax(axis=1))
    model = HistGradientBoostingClassifier(random_state=0) if len(present) > 1 else None
    if model is not None:
        model.fit(x, y.argmax(axis=1))

    def predict(support: Pairs, x: np.ndarray) -> Prediction:
        probs = np.full(
            (*x.shape[:-1], y.shape[1]), 1e-6
        )  # for classes without an example in any task
        flat = x.reshape(-1, x.shape[-1])
        predicted = np.ones((len(flat), 1)) if model is None else model.predict_proba(flat)
        probs[..., present] = predicted.reshape(*x.shape[:-1], -1)
        return _categorical(probs)

    return predict


def support_mean(support: Pairs, x: np.ndarray) -> Prediction:
    """Predict the mean of the support's y, for every x.

    Args:
        support: Support pairs of all tasks, (tasks, k, ...).
        x: Query inputs, (tasks, m, x_dim).

    Returns:
        Points, (tasks, m, y_dim).
    """
    mean = np.asarray(support.y).mean(axis=1, keepdims=True)
    return _point(np.broadcast_to(mean, (*x.shape[:-1], mean.shape[-1])))


def ridge(support: Pairs, x: np.ndarray) -> Prediction:
    """Predict by ridge regression, with the penalty of the smallest leave-one-out error per output.

    Equals scikit-learn's RidgeCV on inputs standardized by the support, for all tasks at once. Of
    penalties with equal error (two pairs cannot distinguish any) it takes the largest.

    Args:
        support: Support pairs of all tasks, (tasks, k, ...).
        x: Query inputs, (tasks, m, x_dim).

    Returns:
        Points, (tasks, m, y_dim).
    """
    features, queries = _standardize(support, x)
    y = np.asarray(support.y, float)
    center = y.mean(axis=1, keepdims=True)
    u, s, vt = np.linalg.svd(features, full_matrices=False)  # (T, k, r), (T, r), (T, r, d)
    targets = np.swapaxes(u, 1, 2) @ (y - center)  # (T, r, p)
    coefficients, smallest = np.zeros(()), np.inf
    for alpha in _ALPHAS:
        shrink = (s**2 / (s**2 + alpha))[..., None]
        residual = y - center - u @ (shrink * targets)
        leverage = 1 / y.shape[1] + np.sum(u**2 * np.swapaxes(shrink, 1, 2), axis=2)
        left_out = residual / np.maximum(1 - leverage, 1e-9)[..., None]
        loss = np.mean(left_out**2, axis=1, keepdims=True)  # (T, 1, p)
        fitted = np.swapaxes(vt, 1, 2) @ ((s / (s**2 + alpha))[..., None] * targets)
        better = loss < (1 - 1e-6) * smallest
        coefficients = np.where(better, fitted, coefficients)
        smallest = np.where(better, loss, smallest)
    return _point(queries @ coefficients + center)


def nearest(support: Pairs, x: np.ndarray) -> Prediction:
    """Predict the mean of the y of the 3 nearest pairs, inputs standardized by the support.

    Args:
        support: Support pairs of all tasks, (tasks, k, ...).
        x: Query inputs, (tasks, m, x_dim).

    Returns:
        Points, (tasks, m, y_dim).
    """
    return _point(_nearest_targets(support, x).mean(axis=-2))


def gaussian_process(support: Pairs, x: np.ndarray) -> Prediction:
    """Predict by a Gaussian process (scikit-learn) with an exponentiated quadratic kernel per task.

    Amplitude, length scale and noise maximize the marginal likelihood; inputs are standardized by
    the support.

    Args:
        support: Support pairs of all tasks, (tasks, k, ...).
        x: Query inputs, (tasks, m, x_dim).

    Returns:
        Normal distributions, (tasks, m, y_dim).
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    features, queries = _standardize(support, x)
    y = np.asarray(support.y, float)
    means, variances = [], []
    for task in range(len(y)):
        # y has unit variance here, so that the amplitude cannot be far below 1.
        kernel = ConstantKernel(1.0, (0.3, 1e2)) * RBF(1.0, (1e-1, 1e2))
        kernel += WhiteKernel(1e-2, (1e-5, 1e1))
        process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
        with warnings.catch_warnings():
            # An optimum at the edge of the bounds is fine.
            warnings.simplefilter("ignore", ConvergenceWarning)
            process.fit(features[task], y[task])
        mean_and_std = cast(_MeanAndStd, process.predict(queries[task], return_std=True))
        mean, deviation = (v.reshape(-1, y.shape[-1]) for v in mean_and_std)
        means.append(mean)
        variances.append(deviation**2)
    floor = _MIN_VARIANCE * max(float(y.var()), 1e-6)
    return _gaussian(np.stack(means), np.stack(variances) + floor)


def majority(support: Pairs, x: np.ndarray) -> Prediction:
    """Predict the frequency of each class in the support, by Laplace's rule.

    The rule gives (count + 1) / (k + classes).

    Args:
        support: Support pairs of all tasks, (tasks, k, ...).
        x: Query inputs, (tasks, m, x_dim).

    Returns:
        Class probabilities, (tasks, m, classes).
    """
    probs = _laplace(np.asarray(support.y))[:, None]
    return _categorical(np.broadcast_to(probs, (*x.shape[:-1], probs.shape[-1])))


def nearest_classes(support: Pairs, x: np.ndarray) -> Prediction:
    """Predict the frequency of each class among the 3 nearest pairs, by Laplace's rule.

    Args:
        support: Support pairs of all tasks, (tasks, k, ...).
        x: Query inputs, (tasks, m, x_dim).

    Returns:
        Class probabilities, (tasks, m, classes).
    """
    return _categorical(_laplace(_nearest_targets(support, x)))


def logistic(support: Pairs, x: np.ndarray) -> Prediction:
    """Predict by logistic regression (scikit-learn) per task, inputs standardized by the support.

    A class without support gets Laplace's probability 1 / (k + classes).

    Args:
        support: Support pairs of all tasks, (tasks, k, ...).
        x: Query inputs, (tasks, m, x_dim).

    Returns:
        Class probabilities, (tasks, m, classes).
    """
    from sklearn.linear_model import LogisticRegression

    features, queries = _standardize(support, x)
    y = np.asarray(support.y)
    rows = []
    for task in range(len(y)):
        probs = np.tile(_laplace(y[task]), (queries.shape[1], 1))
        classes = y[task].argmax(axis=1)
        present = np.unique(classes)
        if len(present) > 1:
            model = LogisticRegression(max_iter=1000).fit(features[task], classes)
            mass = probs[0, present].sum()
            probs[:, present] = mass * model.predict_proba(queries[task])
        rows.append(probs)
    return _categorical(np.stack(rows))


REGRESSION: dict[str, Predict] = {
    "mean": support_mean,
    "ridge": ridge,
    "knn": nearest,
    "gp": gaussian_process,
}
"""Models for numbers, fitted to the support alone."""

CLASSIFICATION: dict[str, Predict] = {
    "majority": majority,
    "logistic": logistic,
    "knn": nearest_classes,
}
"""Models for classes, fitted to the support alone."""

DESCRIPTIONS = {
    "pooled": "no adaptation: boosted trees on the pooled pairs of other tasks",
    "mean": "mean of the support",
    "ridge": "ridge regression on the support alone",
    "knn": "3 nearest neighbors in the support",
    "gp": "Gaussian process fitted to the support alone",
    "majority": "frequency of the classes in the support",
    "logistic": "logistic regression on the support alone",
    "oracle": "Bayes-optimal",
}


def _pool(pool: Pairs) -> tuple[np.ndarray, ...]:
    """Return pooled x and y of the tasks to fit to, then of the held-out ones."""
    x, y, real = (np.asarray(v) for v in (pool.x, pool.y, pool.mask))
    num_held_out = max(1, round(_HELD_OUT * len(x))) if len(x) > 1 else 0
    fit = slice(None, len(x) - num_held_out)
    held_out = slice(len(x) - num_held_out, None) if num_held_out else slice(None)
    return (
        x[fit][real[fit]],
        y[fit][real[fit]],
        x[held_out][real[held_out]],
        y[held_out][real[held_out]],
    )


def _standardize(support: Pairs, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x_support = np.asarray(support.x, float)
    center = x_support.mean(axis=1, keepdims=True)
    scale = x_support.std(axis=1, keepdims=True)
    scale = np.where(scale > 1e-9 * (1 + np.abs(center)), scale, 1.0)
    return (x_support - center) / scale, (np.asarray(x, float) - center) / scale


def _nearest_targets(support: Pairs, x: np.ndarray) -> Float[np.ndarray, "tasks m neighbors y_dim"]:
    features, queries = _standardize(support, x)
    # |q - f|² without |q|², which all neighbors of q share: never an array of (T, m, k, d).
    squares = np.sum(features**2, axis=-1)[:, None] - 2 * queries @ np.swapaxes(features, 1, 2)
    neighbors = np.argsort(squares, axis=-1, kind="stable")[..., :_NEIGHBORS]
    return np.asarray(support.y)[np.arange(len(neighbors))[:, None, None], neighbors]


def _laplace(one_hot: Float[np.ndarray, "*batch n classes"]) -> Float[np.ndarray, "*batch classes"]:
    n, classes = one_hot.shape[-2:]
    return (one_hot.sum(axis=-2) + 1) / (n + classes)


def _point(mean: np.ndarray) -> PointEstimate:
    return PointEstimate(jnp.asarray(mean, float))


def _gaussian(mean: np.ndarray, variance: np.ndarray) -> Gaussian:
    return Gaussian(jnp.asarray(mean, float), jnp.asarray(variance, float))


def _categorical(probs: np.ndarray) -> Categorical:
    return Categorical(jnp.asarray(np.log(np.maximum(probs, 1e-6)), float))
