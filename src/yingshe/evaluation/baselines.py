"""What a learner has to beat: one pooled model, and simple models fitted to each task from scratch.

From-scratch models know nothing of other tasks, and so have no answer before the first pair.
scikit-learn is imported where it is used: it takes longer to import than all of this package.
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
"""(support, x) -> predictions of y, all with a leading axis of tasks; no padding in the support."""

_Two = tuple[np.ndarray, np.ndarray]

_ALPHAS = np.logspace(3, -3, 13)  # ridge penalties, in squared units of the standardised inputs
_NEIGHBOURS = 3
_HELD_OUT = 0.2  # of the meta-train tasks: on them the pooled model's noise is measured
_SMALLEST_VARIANCE = 1e-6  # of y's own: keeps a likelihood finite where the fit is perfect

SLOW = {"gp": 50, "logistic": 200}
"""Baselines that are fitted task by task, and on how many tasks at most."""


def pooled_regressor(pool: Pairs) -> Predict:
    """No adaptation: gradient-boosted trees (scikit-learn) on the pooled pairs of meta-train tasks.

    Its variance, the same everywhere, is the mean squared error on a fifth of the tasks, held out.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    x, y, x_held, y_held = _pool(pool)
    models = [HistGradientBoostingRegressor(random_state=0).fit(x, column) for column in y.T]

    def means(x: np.ndarray) -> np.ndarray:
        return np.stack([model.predict(x) for model in models], axis=-1)

    variance = np.mean((y_held - means(x_held)) ** 2, axis=0) + _SMALLEST_VARIANCE * y.var(axis=0)

    def predict(support: Pairs, x: np.ndarray) -> Prediction:
        mean = means(x.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], -1)
        return _gaussian(mean, np.broadcast_to(variance, mean.shape))

    return predict


def pooled_classifier(pool: Pairs) -> Predict:
    """No adaptation: gradient-boosted trees (scikit-learn) on pooled pairs of meta-train tasks."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, y, _, _ = _pool(pool)
    present = np.unique(y.argmax(axis=1))
    model = HistGradientBoostingClassifier(random_state=0) if len(present) > 1 else None
    if model is not None:
        model.fit(x, y.argmax(axis=1))

    def predict(support: Pairs, x: np.ndarray) -> Prediction:
        probs = np.full((*x.shape[:-1], y.shape[1]), 1e-6)  # of classes that no task has shown
        flat = x.reshape(-1, x.shape[-1])
        shown = np.ones((len(flat), 1)) if model is None else model.predict_proba(flat)
        probs[..., present] = shown.reshape(*x.shape[:-1], -1)
        return _categorical(probs)

    return predict


def support_mean(support: Pairs, x: np.ndarray) -> Prediction:
    """The mean of the y read so far, whatever x is."""
    mean = np.asarray(support.y).mean(axis=1, keepdims=True)
    return _point(np.broadcast_to(mean, (*x.shape[:-1], mean.shape[-1])))


def ridge(support: Pairs, x: np.ndarray) -> Prediction:
    """Ridge regression; the penalty is chosen by leave-one-out errors, for each output.

    The same as scikit-learn's RidgeCV on inputs standardised by the support, for all tasks at once;
    of penalties that do equally well (two pairs cannot tell) it takes the largest.
    """
    features, queries = _standardised(support, x)
    y = np.asarray(support.y, float)
    centre = y.mean(axis=1, keepdims=True)
    u, s, vt = np.linalg.svd(features, full_matrices=False)  # (T, k, r), (T, r), (T, r, d)
    targets = np.swapaxes(u, 1, 2) @ (y - centre)  # (T, r, p)
    coefficients, smallest = np.zeros(()), np.inf
    for alpha in _ALPHAS:
        shrink = (s**2 / (s**2 + alpha))[..., None]
        residual = y - centre - u @ (shrink * targets)
        leverage = 1 / y.shape[1] + np.sum(u**2 * np.swapaxes(shrink, 1, 2), axis=2)
        left_out = residual / np.maximum(1 - leverage, 1e-9)[..., None]
        loss = np.mean(left_out**2, axis=1, keepdims=True)  # (T, 1, p)
        fitted = np.swapaxes(vt, 1, 2) @ ((s / (s**2 + alpha))[..., None] * targets)
        better = loss < (1 - 1e-6) * smallest
        coefficients = np.where(better, fitted, coefficients)
        smallest = np.where(better, loss, smallest)
    return _point(queries @ coefficients + centre)


def nearest(support: Pairs, x: np.ndarray) -> Prediction:
    """Mean of the y of the 3 nearest pairs, inputs standardised by the support."""
    return _point(_of_nearest(support, x).mean(axis=-2))


def gaussian_process(support: Pairs, x: np.ndarray) -> Prediction:
    """A Gaussian process for each task (scikit-learn), with an exponentiated quadratic kernel.

    Amplitude, length scale and noise maximise the evidence; inputs are standardised by the support.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    features, queries = _standardised(support, x)
    y = np.asarray(support.y, float)
    means, variances = [], []
    for task in range(len(y)):
        # y has unit variance here, so that the amplitude cannot be far below 1.
        kernel = ConstantKernel(1.0, (0.3, 1e2)) * RBF(1.0, (1e-1, 1e2))
        kernel += WhiteKernel(1e-2, (1e-5, 1e1))
        process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
        with warnings.catch_warnings():
            # An optimum at the edge of the bounds is an answer, too.
            warnings.simplefilter("ignore", ConvergenceWarning)
            process.fit(features[task], y[task])
        answer = cast(_Two, process.predict(queries[task], return_std=True))
        mean, deviation = (v.reshape(-1, y.shape[-1]) for v in answer)
        means.append(mean)
        variances.append(deviation**2)
    floor = _SMALLEST_VARIANCE * max(float(y.var()), 1e-6)
    return _gaussian(np.stack(means), np.stack(variances) + floor)


def majority(support: Pairs, x: np.ndarray) -> Prediction:
    """How frequent each class was so far, by Laplace's rule (count + 1) / (k + classes)."""
    probs = _laplace(np.asarray(support.y))[:, None]
    return _categorical(np.broadcast_to(probs, (*x.shape[:-1], probs.shape[-1])))


def nearest_classes(support: Pairs, x: np.ndarray) -> Prediction:
    """How frequent each class is among the 3 nearest pairs, by Laplace's rule."""
    return _categorical(_laplace(_of_nearest(support, x)))


def logistic(support: Pairs, x: np.ndarray) -> Prediction:
    """Logistic regression for each task (scikit-learn), inputs standardised by the support.

    A class that the support does not show gets Laplace's share 1 / (k + classes).
    """
    from sklearn.linear_model import LogisticRegression

    features, queries = _standardised(support, x)
    y = np.asarray(support.y)
    rows = []
    for task in range(len(y)):
        probs = np.tile(_laplace(y[task]), (queries.shape[1], 1))
        classes = y[task].argmax(axis=1)
        present = np.unique(classes)
        if len(present) > 1:
            model = LogisticRegression(max_iter=1000).fit(features[task], classes)
            share = probs[0, present].sum()
            probs[:, present] = share * model.predict_proba(queries[task])
        rows.append(probs)
    return _categorical(np.stack(rows))


REGRESSION: dict[str, Predict] = {
    "mean": support_mean,
    "ridge": ridge,
    "knn": nearest,
    "gp": gaussian_process,
}
"""From-scratch models for numbers."""

CLASSIFICATION: dict[str, Predict] = {
    "majority": majority,
    "logistic": logistic,
    "knn": nearest_classes,
}
"""From-scratch models for classes."""

DESCRIPTIONS = {
    "pooled": "no adaptation: boosted trees on the pooled pairs of other tasks",
    "mean": "mean of the support",
    "ridge": "ridge regression on the support alone",
    "knn": "3 nearest neighbours in the support",
    "gp": "Gaussian process fitted to the support alone",
    "majority": "frequency of the classes in the support",
    "logistic": "logistic regression on the support alone",
    "oracle": "Bayes-optimal",
}


def _pool(pool: Pairs) -> tuple[np.ndarray, ...]:
    """Pooled x and y of the tasks to fit to, then of those held out."""
    x, y, real = (np.asarray(v) for v in (pool.x, pool.y, pool.mask))
    held = max(1, round(_HELD_OUT * len(x))) if len(x) > 1 else 0
    fit = slice(None, len(x) - held)
    judge = slice(len(x) - held, None) if held else slice(None)
    return x[fit][real[fit]], y[fit][real[fit]], x[judge][real[judge]], y[judge][real[judge]]


def _standardised(support: Pairs, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = np.asarray(support.x, float)
    centre, scale = known.mean(axis=1, keepdims=True), known.std(axis=1, keepdims=True)
    scale = np.where(scale > 1e-9 * (1 + np.abs(centre)), scale, 1.0)
    return (known - centre) / scale, (np.asarray(x, float) - centre) / scale


def _of_nearest(support: Pairs, x: np.ndarray) -> Float[np.ndarray, "tasks m neighbours y_dim"]:
    features, queries = _standardised(support, x)
    # |q - f|² without |q|², which all neighbours of q share: never an array of (T, m, k, d).
    squares = np.sum(features**2, axis=-1)[:, None] - 2 * queries @ np.swapaxes(features, 1, 2)
    chosen = np.argsort(squares, axis=-1, kind="stable")[..., :_NEIGHBOURS]
    return np.asarray(support.y)[np.arange(len(chosen))[:, None, None], chosen]


def _laplace(one_hot: Float[np.ndarray, "*batch n classes"]) -> Float[np.ndarray, "*batch classes"]:
    n, classes = one_hot.shape[-2:]
    return (one_hot.sum(axis=-2) + 1) / (n + classes)


def _point(mean: np.ndarray) -> PointEstimate:
    return PointEstimate(jnp.asarray(mean, float))


def _gaussian(mean: np.ndarray, variance: np.ndarray) -> Gaussian:
    return Gaussian(jnp.asarray(mean, float), jnp.asarray(variance, float))


def _categorical(probs: np.ndarray) -> Categorical:
    return Categorical(jnp.asarray(np.log(np.maximum(probs, 1e-6)), float))
