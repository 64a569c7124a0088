"""Base class of both estimators: training once over tasks, then adaptation to each."""

import copy
from abc import abstractmethod
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from typing import Any, TypeVar

import jax
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from yingshe._format_0_1 import upgrade_learner
from yingshe.errors import UserError, did_you_mean
from yingshe.estimators._linear_posterior import LinearPosterior
from yingshe.learners import LEARNERS, Learner
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import Prediction
from yingshe.tasks import Family, TaskSet
from yingshe.text import get_encoder
from yingshe.training import TrainConfig, meta_train

Estimator = TypeVar("Estimator", bound="BaseMetaEstimator")
# The type checker infers its parameters from string defaults, which exclude arrays.
_validate: Callable[..., Any] = validate_data

Task = tuple[ArrayLike, ArrayLike]  # X, y


class BaseMetaEstimator(BaseEstimator):
    """Estimator whose `fit` is adaptation: it observes pairs into a state and never trains."""

    learner: str | Learner
    learner_options: Dictionary[str, Any] | None
    config: TrainConfig | None
    random_state: int | np.random.RandomState | None

    def meta_fit(
        self: Estimator,
        tasks: Family | Sequence[Task] | ArrayLike,
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Estimator:
        """Train the learner over tasks, once; every later `fit` adapts it to one more task.

        Args:
            tasks: Family or task set; or a sequence of tasks (X, y); or the rows X of all tasks.
            y: Targets of those rows, where `tasks` is X.
            groups: Task of each of those rows, where `tasks` is X.

        Returns:
            The estimator itself.

        Raises:
            UserError: The arguments do not fit together.
        """
        if isinstance(tasks, Family):
            family = tasks
            self._check_targets(family)
        else:
            family = self._to_task_dataset(
                _to_arrays(tasks) if y is None else _group_rows(tasks, y, groups)
            )
        learner = self.learner
        if not isinstance(learner, Learner):
            learner = self._make_learner(family)
        key = jax.random.key(check_random_state(self.random_state).randint(2**31 - 1))
        self.meta_learner_ = meta_train(learner, family, self.config or TrainConfig(), key=key)
        self.meta_classes_ = family.classes if isinstance(family, TaskSet) else None
        return self

    @property
    def mapping_(self) -> Mapping:
        """Adapted mapping after `fit`.

        Raises:
            UserError: No learner was meta-trained.
        """
        check_is_fitted(self, "state_")
        learner = self._trained()
        if learner is None:
            raise UserError("There is no mapping without a trained learner; call meta_fit first.")
        return Mapping(learner, self.state_)

    @abstractmethod
    def _to_task_dataset(self, tasks: list[tuple[np.ndarray, np.ndarray]]) -> TaskSet:
        """Convert tasks (X, y) to a task set with the targets of this estimator."""

    @abstractmethod
    def _check_targets(self, family: Family) -> None:
        """Raise UserError where the family's targets are not those of this estimator."""

    @abstractmethod
    def _learner_options(self, family: Family) -> tuple[str, Dictionary[str, Any]]:
        """Return the name of the learner to train, and the options that this estimator needs."""

    def _make_learner(self, family: Family) -> Learner:
        name, required = self._learner_options(family)
        name, custom = upgrade_learner(name, self.learner_options or {})
        if name not in LEARNERS:
            raise UserError(f"Unknown learner '{name}'." + did_you_mean(name, LEARNERS))
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        options = {
            **required,
            **custom,
            "x_dim": family.x_dim,
            "y_dim": family.y_dim,
            "key": jax.random.key(seed),
        }
        return LEARNERS[name](**options)

    def _trained(self) -> Learner | None:
        if hasattr(self, "meta_learner_"):
            return self.meta_learner_
        return self.learner if isinstance(self.learner, Learner) else None

    def _validate_pairs(
        self, X: ArrayLike, y: ArrayLike, *, reset: bool, **rules: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Validate X and y by scikit-learn's rules and with its errors."""
        X_array, y_array = _validate(self, self._embed_text(X), y, reset=reset, **rules)
        return np.asarray(X_array), np.asarray(y_array)

    def _embed_text(self, X: Any) -> Any:
        """Convert sentences to their embeddings; return anything else unchanged."""
        if not is_text(X):
            return X
        if not hasattr(self, "encoder_"):
            self.encoder_ = self._encoder()
        return get_encoder(self.encoder_)(list(X))

    def _encoder(self) -> str:
        """Return the name of the text encoder, where meta-training had none."""
        raise UserError("X holds text, which a regressor does not support; pass numbers.")

    def _adapt(self, x: np.ndarray, y: np.ndarray, *, incremental: bool) -> None:
        """Observe pairs x (n, x_dim), y (n, y_dim), in a new state unless incremental."""
        learner = self._trained()
        if learner is not None:
            mapping = self.mapping_.observe(x, y) if incremental else adapt(learner, x, y)
            self.state_ = mapping.state
            return
        posterior = self.state_ if incremental else LinearPosterior.prior(x.shape[1], y.shape[1])
        self.state_ = posterior.observe(x.astype(float), y.astype(float))

    def _predict_distribution(self, X: ArrayLike) -> Prediction | tuple[np.ndarray, np.ndarray]:
        """Return the learner's prediction at each row; untrained, mean and variance."""
        check_is_fitted(self, "state_")
        x = np.asarray(_validate(self, self._embed_text(X), reset=False))
        if isinstance(self.state_, LinearPosterior):
            return self.state_.predict(x.astype(float))
        return self.mapping_(x)

    def __sklearn_clone__(self: Estimator) -> Estimator:
        # Cross-validation clones: the clone keeps what `meta_fit` learned, not what `fit` observed.
        parameters = {
            name: clone(value, safe=False) for name, value in self.get_params(deep=False).items()
        }
        copied = type(self)(**parameters)
        for name in ("meta_learner_", "meta_classes_", "encoder_"):
            if hasattr(self, name):
                setattr(copied, name, copy.copy(getattr(self, name)))
        return copied


def is_text(X: Any) -> bool:
    """Return True if X is a column of sentences, not rows of numbers."""
    if hasattr(X, "to_list"):  # a column of pandas or polars
        X = X.to_list()
    if not isinstance(X, list | tuple | np.ndarray) or (isinstance(X, np.ndarray) and X.ndim != 1):
        return False
    return len(X) > 0 and all(isinstance(value, str) for value in X)


def _to_arrays(tasks: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    try:
        return [(np.asarray(x), np.asarray(y)) for x, y in tasks]
    except (TypeError, ValueError) as error:
        raise UserError(
            "meta_fit takes a family, a sequence of tasks (X, y), or X, y and groups; tasks is of "
            f"type {type(tasks).__name__}."
        ) from error


def _group_rows(
    x: Any, y: ArrayLike, groups: ArrayLike | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return one task (X, y) for each distinct group, its rows in their order."""
    if groups is None:
        raise UserError(
            "groups is missing; give groups as well, so that meta_fit knows the task of each row."
        )
    x, y, groups = np.asarray(x), np.asarray(y), np.asarray(groups)
    if not len(x) == len(y) == len(groups):
        raise UserError(
            f"X has {len(x)} rows, y {len(y)} and groups {len(groups)}; they must have the same "
            "length."
        )
    return [(x[groups == g], y[groups == g]) for g in np.unique(groups)]
