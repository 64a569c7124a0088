"""Regression in scikit-learn's terms."""

from collections.abc import Mapping as Dictionary
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from yingshe.errors import UserError
from yingshe.estimators.adapting import AdaptingEstimator
from yingshe.learners import Learner
from yingshe.prediction import Prediction
from yingshe.tasks import Family, TaskSet
from yingshe.training import TrainConfig


class MetaRegressor(RegressorMixin, AdaptingEstimator):
    """A regressor that is trained over tasks once, and then adapts to a new one from few rows.

    ```python
    model = ys.MetaRegressor().meta_fit(X, y, groups)  # once, over many tasks
    model.fit(X_new, y_new).predict(X_query, return_std=True)  # a few rows of a new task
    ```

    Without `meta_fit` it starts from a Bayesian linear regression that takes its units, noise and
    prior from the rows themselves. `clone`, and with it cross-validation, keeps what `meta_fit`
    learned and forgets what `fit` read.

    Args:
        learner: a name in `ys.learners.LEARNERS`, or a learner that is trained already.
        learner_options: options of the learner of that name.
        config: settings of meta-training; None for the defaults.
        random_state: seed of meta-training. Adaptation is not random.

    Attributes:
        meta_learner_: the trained learner, after `meta_fit`.
        mapping_: the adapted `ys.Mapping`, after `fit` of a trained learner.
        n_features_in_: number of inputs, after `fit`.

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
        """Adapt to a task: read its rows X (n, x_dim) and targets y (n,) or (n, y_dim)."""
        return self._fit(X, y, go_on=False)

    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> "MetaRegressor":
        """Go on reading rows of the same task."""
        if not hasattr(self, "state_"):
            return self.fit(X, y)
        return self._fit(X, y, go_on=True)

    def predict(
        self, X: ArrayLike, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """The mean of y at each row, and with `return_std` its standard deviation."""
        answer = self._answer(X)
        if isinstance(answer, Prediction):
            mean = np.asarray(answer.mean)
            variance = np.asarray(answer.variance) if return_std else mean
        else:
            mean, variance = answer
        mean = mean[:, 0] if self._flat else mean
        if not return_std:
            return mean
        return mean, np.sqrt(variance[:, 0] if self._flat else variance)

    def _fit(self, X: ArrayLike, y: ArrayLike, *, go_on: bool) -> "MetaRegressor":
        x, targets = self._checked(X, y, reset=not go_on, multi_output=True, y_numeric=True)
        self._flat = targets.ndim == 1
        self._read(x, targets.reshape(len(x), -1), go_on=go_on)
        return self

    def _record(self, tasks: list[tuple[np.ndarray, np.ndarray]]) -> TaskSet:
        return TaskSet.from_arrays(tasks)

    def _check_kind(self, family: Family) -> None:
        if isinstance(family, TaskSet) and family.classes is not None:
            raise UserError("These tasks are of classes; use MetaClassifier.")

    def _new_options(self, family: Family) -> tuple[str, Dictionary[str, Any]]:
        return str(self.learner), {}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
