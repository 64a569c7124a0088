"""What both estimators share: training once over tasks, then adapting to each."""

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

from yingshe.errors import UserError, did_you_mean
from yingshe.estimators.untrained import LinearPosterior
from yingshe.learners import LEARNERS, Learner
from yingshe.mapping import Mapping, adapt
from yingshe.prediction import Prediction
from yingshe.tasks import Family, TaskSet
from yingshe.text import get_encoder
from yingshe.training import TrainConfig, meta_train

Estimator = TypeVar("Estimator", bound="AdaptingEstimator")
# Its own annotations are guessed from defaults that are words, and take no array.
_validate: Callable[..., Any] = validate_data

Task = tuple[ArrayLike, ArrayLike]  # X, y


class AdaptingEstimator(BaseEstimator):
    """An estimator whose `fit` is adaptation: it reads pairs into a state and never trains."""

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

        Raises UserError where these do not fit together.

        Args:
            tasks: a family or task set; or a sequence of tasks (X, y); or the rows X of all tasks.
            y: the targets of those rows, where `tasks` is X.
            groups: which task each of those rows belongs to, where `tasks` is X.

        """
        if isinstance(tasks, Family):
            family = tasks
            self._check_kind(family)
        else:
            family = self._record(_pairs(tasks) if y is None else _by_group(tasks, y, groups))
        given = self.learner
        learner = given if isinstance(given, Learner) else self._new_learner(family)
        key = jax.random.key(check_random_state(self.random_state).randint(2**31 - 1))
        self.meta_learner_ = meta_train(learner, family, self.config or TrainConfig(), key=key)
        self.meta_classes_ = family.classes if isinstance(family, TaskSet) else None
        return self

    @property
    def mapping_(self) -> Mapping:
        """The adapted mapping. Raises UserError where no learner was meta-trained."""
        check_is_fitted(self, "state_")
        learner = self._trained()
        if learner is None:
            raise UserError(
                "Without meta_fit there is no learner, and so no mapping; meta_fit first."
            )
        return Mapping(learner, self.state_)

    @abstractmethod
    def _record(self, tasks: list[tuple[np.ndarray, np.ndarray]]) -> TaskSet:
        """Tasks (X, y) as a task set, with targets as this estimator understands them."""

    @abstractmethod
    def _check_kind(self, family: Family) -> None:
        """Raises UserError where the family's targets are not this estimator's."""

    @abstractmethod
    def _new_options(self, family: Family) -> tuple[str, Dictionary[str, Any]]:
        """The name of the learner to train, and the options that the kind of estimator asks for."""

    def _new_learner(self, family: Family) -> Learner:
        name, wanted = self._new_options(family)
        if name not in LEARNERS:
            raise UserError(f"Unknown learner '{name}'." + did_you_mean(name, LEARNERS))
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        options = {
            **wanted,
            **(self.learner_options or {}),
            "x_dim": family.x_dim,
            "y_dim": family.y_dim,
            "key": jax.random.key(seed),
        }
        return LEARNERS[name](**options)

    def _trained(self) -> Learner | None:
        if hasattr(self, "meta_learner_"):
            return self.meta_learner_
        return self.learner if isinstance(self.learner, Learner) else None

    def _checked(
        self, X: ArrayLike, y: ArrayLike, *, reset: bool, **rules: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """X and y as arrays that fit together, by scikit-learn's rules and with its errors."""
        X_array, y_array = _validate(self, self._read_text(X), y, reset=reset, **rules)
        return np.asarray(X_array), np.asarray(y_array)

    def _read_text(self, X: Any) -> Any:
        """Sentences as the encoder reads them; anything else as it is."""
        if not is_text(X):
            return X
        if not hasattr(self, "encoder_"):
            self.encoder_ = self._encoder()
        return get_encoder(self.encoder_)(list(X))

    def _encoder(self) -> str:
        """The name of what reads sentences, where meta-training had none."""
        raise UserError("X holds text, which a regressor does not read; give numbers.")

    def _read(self, x: np.ndarray, y: np.ndarray, *, go_on: bool) -> None:
        """Read pairs x (n, x_dim), y (n, y_dim) into the state, a new one unless it goes on."""
        learner = self._trained()
        if learner is not None:
            mapping = self.mapping_.observe(x, y) if go_on else adapt(learner, x, y)
            self.state_ = mapping.state
            return
        before = self.state_ if go_on else LinearPosterior.before_any_pair(x.shape[1], y.shape[1])
        self.state_ = before.observe(x.astype(float), y.astype(float))

    def _answer(self, X: ArrayLike) -> Prediction | tuple[np.ndarray, np.ndarray]:
        """The learner's prediction at each row; untrained, mean and variance."""
        check_is_fitted(self, "state_")
        x = np.asarray(_validate(self, self._read_text(X), reset=False))
        if isinstance(self.state_, LinearPosterior):
            return self.state_.predict(x.astype(float))
        return self.mapping_(x)

    def __sklearn_clone__(self: Estimator) -> Estimator:
        # Cross-validation clones: it must forget what `fit` read, and keep what `meta_fit` learned.
        parameters = {
            name: clone(value, safe=False) for name, value in self.get_params(deep=False).items()
        }
        other = type(self)(**parameters)
        for name in ("meta_learner_", "meta_classes_", "encoder_"):
            if hasattr(self, name):
                setattr(other, name, copy.copy(getattr(self, name)))
        return other


def is_text(X: Any) -> bool:
    """Whether X is a column of sentences, not rows of numbers."""
    if hasattr(X, "to_list"):  # a column of pandas or polars
        X = X.to_list()
    if not isinstance(X, list | tuple | np.ndarray) or (isinstance(X, np.ndarray) and X.ndim != 1):
        return False
    return len(X) > 0 and all(isinstance(value, str) for value in X)


def _pairs(tasks: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    try:
        return [(np.asarray(x), np.asarray(y)) for x, y in tasks]
    except (TypeError, ValueError) as error:
        raise UserError(
            "meta_fit takes a family, a sequence of tasks (X, y), or X, y and groups; this is "
            f"{type(tasks).__name__}."
        ) from error


def _by_group(
    x: Any, y: ArrayLike, groups: ArrayLike | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """One task (X, y) for each distinct group, its rows in their order."""
    if groups is None:
        raise UserError("meta_fit(X, y) does not say which rows are one task; give groups as well.")
    x, y, groups = np.asarray(x), np.asarray(y), np.asarray(groups)
    if not len(x) == len(y) == len(groups):
        raise UserError(
            f"X has {len(x)} rows, y {len(y)} and groups {len(groups)}; they must be as many."
        )
    return [(x[groups == g], y[groups == g]) for g in np.unique(groups)]
