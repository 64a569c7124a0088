"""Meta-learned regression as a scikit-learn estimator."""

from collections.abc import Mapping as Dictionary
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from yingshe.errors import UserError
from yingshe.estimators._base import BaseMetaEstimator
from yingshe.learners import Learner
from yingshe.prediction import Prediction
from yingshe.tasks import Family, TaskSet
from yingshe.training import TrainConfig


class MetaRegressor(RegressorMixin, BaseMetaEstimator):
    """Regressor that is trained over tasks once and then adapts to a new task from a few rows.

    ```python
    model = ys.MetaRegressor().meta_fit(X, y, groups)  # once, over many tasks
    model.fit(X_new, y_new).predict(X_query, return_std=True)  # a few rows of a new task
    ```

    Without `meta_fit` it is a Bayesian linear regression that takes its units, noise and prior from
    the rows themselves. `clone`, and with it cross-validation, keeps what `meta_fit` learned and
    drops what `fit` observed.

    Args:
        learner: Name in `ys.learners.LEARNERS`, or a trained learner.
        learner_options: Constructor arguments of the learner of that name.
        config: Settings of meta-training; None for the defaults.
        random_state: Seed of meta-training. Adaptation is deterministic.

    Attributes:
        meta_learner_: Trained learner, after `meta_fit`.
        mapping_: Adapted `ys.Mapping`, after `fit` with a trained learner.
        n_features_in_: Number of inputs, after `fit`.
    """

    def __init__(
        self,
        learner: str | Learner = "rls",
        *,
        learner_options: Dictionary[str, Any] | None = None,
        config: TrainConfig | None = None,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.learner = learner
        self.learner_options = learner_options
        self.config = config
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> "MetaRegressor":
        """Adapt to a task.

        Args:
            X: Inputs of its rows, (n, x_dim).
            y: Targets of its rows, (n,) or (n, y_dim).

        Returns:
            The estimator itself.
        """
        return self._fit(X, y, incremental=False)

    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> "MetaRegressor":
        """Continue adaptation with more rows of the same task.

        Args:
            X: Inputs of the rows, (n, x_dim).
            y: Targets of the rows, (n,) or (n, y_dim).

        Returns:
            The estimator itself.
        """
        if not hasattr(self, "state_"):
            return self.fit(X, y)
        return self._fit(X, y, incremental=True)

    def predict(
        self, X: ArrayLike, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict y at each row.

        Args:
            X: Inputs, (n, x_dim).
            return_std: Return the standard deviation as well.

        Returns:
            Mean of y, and with `return_std` its standard deviation, both of the shape of y.
        """
        prediction = self._predict_distribution(X)
        if isinstance(prediction, Prediction):
            mean = np.asarray(prediction.mean)
            variance = np.asarray(prediction.variance) if return_std else mean
        else:
            mean, variance = prediction
        mean = mean[:, 0] if self._flat else mean
        if not return_std:
            return mean
        return mean, np.sqrt(variance[:, 0] if self._flat else variance)

    def _fit(self, X: ArrayLike, y: ArrayLike, *, incremental: bool) -> "MetaRegressor":
        x, targets = self._validate_pairs(
            X, y, reset=not incremental, multi_output=True, y_numeric=True
        )
        self._flat = targets.ndim == 1
        self._adapt(x, targets.reshape(len(x), -1), incremental=incremental)
        return self

    def _to_task_dataset(self, tasks: list[tuple[np.ndarray, np.ndarray]]) -> TaskSet:
        return TaskSet.from_arrays(tasks)

    def _check_targets(self, family: Family) -> None:
        if isinstance(family, TaskSet) and family.classes is not None:
            raise UserError("These tasks have classes as outputs; use MetaClassifier.")

    def _learner_options(self, family: Family) -> tuple[str, Dictionary[str, Any]]:
        return str(self.learner), {}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
