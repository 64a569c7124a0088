"""Meta-learned classification as a scikit-learn estimator."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from yingshe.errors import UserError
from yingshe.estimators._base import BaseMetaEstimator, is_text
from yingshe.learners import Learner
from yingshe.prediction import Categorical, Prediction
from yingshe.tasks import Family, TaskSet
from yingshe.text import get_encoder
from yingshe.training import TrainConfig


class MetaClassifier(ClassifierMixin, BaseMetaEstimator):
    """Classifier that is trained over tasks once and then adapts to a new task from a few rows.

    The classes are those of meta-training, and a task may have any subset of them. Without
    `meta_fit` they are those of the rows. The classifier is then a Bayesian linear regression on
    one-hot classes. The probability of a class is proportional to the predicted normal density at
    its one-hot vector; with two classes this is linear discriminant analysis.

    X may be a list of sentences. A text encoder then embeds them: "char-ngrams" supports every
    language by its letters, "sentence-embedding" (extra `languages`) adds their meaning.

    `clone` behaves as for `MetaRegressor`.

    Args:
        learner: Name in `ys.learners.LEARNERS`, or a trained learner; by default "rls" for rows of
            numbers and "matching_network" for sentences.
        learner_options: Constructor arguments of the learner of that name.
        config: Settings of meta-training; None for the defaults.
        random_state: Seed of meta-training. Adaptation is deterministic.
        encoder: Name of the text encoder; "auto" is the best that is installed.

    Attributes:
        meta_learner_: Trained learner, after `meta_fit`.
        mapping_: Adapted `ys.Mapping`, after `fit` with a trained learner.
        n_features_in_: Number of inputs, after `fit`.
        classes_: Labels, in the order of the columns of `predict_proba`.
        encoder_: Name of the text encoder, where X holds sentences.
    """

    def __init__(
        self,
        learner: str | Learner = "auto",
        *,
        learner_options: Dictionary[str, Any] | None = None,
        config: TrainConfig | None = None,
        random_state: int | np.random.RandomState | None = None,
        encoder: str = "auto",
    ):
        self.learner = learner
        self.encoder = encoder
        self.learner_options = learner_options
        self.config = config
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> "MetaClassifier":
        """Adapt to a task.

        Args:
            X: Inputs of its rows, (n, x_dim), or n sentences.
            y: Labels of its rows, (n,).

        Returns:
            The estimator itself.
        """
        x, labels = self._validate_pairs(X, y, reset=True)
        check_classification_targets(labels)
        self.classes_ = self._select_classes(labels, np.unique(labels))
        self._adapt(x, self._one_hot(labels), incremental=False)
        return self

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None
    ) -> "MetaClassifier":
        """Continue adaptation with more rows of the same task.

        Args:
            X: Inputs of the rows, (n, x_dim), or n sentences.
            y: Labels of the rows, (n,).
            classes: All labels of the task, in the first call; by default those of its rows.

        Returns:
            The estimator itself.
        """
        started = hasattr(self, "state_")
        x, labels = self._validate_pairs(X, y, reset=not started)
        check_classification_targets(labels)
        if not started:
            present = np.unique(labels if classes is None else np.asarray(classes))
            self.classes_ = self._select_classes(labels, present)
        self._adapt(x, self._one_hot(labels), incremental=started)
        return self

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict class probabilities.

        Args:
            X: Inputs, (n, x_dim), or n sentences.

        Returns:
            Probability of each class at each row, (n, classes).

        Raises:
            UserError: The learner predicts numbers.
        """
        prediction = self._predict_distribution(X)
        if isinstance(prediction, Categorical):
            return softmax(np.asarray(prediction.logits, float), axis=1)
        if isinstance(prediction, Prediction):
            raise UserError("This learner predicts numbers, not classes; use MetaRegressor.")
        mean, variance = prediction
        # Log-density of one-hot c under N(mean, v), up to a constant.
        return softmax(mean / (2 * variance.mean(axis=1, keepdims=True)), axis=1)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the most probable label.

        Args:
            X: Inputs, (n, x_dim), or n sentences.

        Returns:
            Label of each row, (n,).
        """
        probabilities = self.predict_proba(X)
        return self.classes_[np.argmax(probabilities, axis=1)]

    def _check_targets(self, family: Family) -> None:
        if isinstance(family, TaskSet) and family.classes is None:
            raise UserError("These tasks have numbers as outputs; use MetaRegressor.")
        if isinstance(family, TaskSet) and family.encoder is not None:
            self.encoder_ = family.encoder

    def _to_task_dataset(self, tasks: list[tuple[np.ndarray, np.ndarray]]) -> TaskSet:
        labels = [column_or_1d(y) for _, y in tasks]
        names, numbers = np.unique(np.concatenate(labels), return_inverse=True)
        ends = np.cumsum([len(y) for y in labels])[:-1]
        classes = [str(name) for name in names]
        if not is_text(np.concatenate([x for x, _ in tasks])):
            coded = [(x, y) for (x, _), y in zip(tasks, np.split(numbers, ends), strict=True)]
            return TaskSet.from_arrays(coded, classes=classes)
        self.encoder_ = self._encoder()
        coded = [
            (self._embed_text(x), y)
            for (x, _), y in zip(tasks, np.split(numbers, ends), strict=True)
        ]
        return TaskSet.from_arrays(coded, classes=classes, text="text", encoder=self.encoder_)

    def _encoder(self) -> str:
        return get_encoder(self.encoder).name

    def _learner_options(self, family: Family) -> tuple[str, Dictionary[str, Any]]:
        options = {"likelihood": "categorical"}
        views = ()
        if isinstance(family, TaskSet) and family.encoder is not None:
            views = family.feature_groups
        name = self.learner
        if name == "auto":
            name = "matching_network" if views else "rls"
        if name == "matching_network" and views:
            return "matching_network", options | {"views": views}
        return str(name), options

    def _select_classes(self, y: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Return the labels of meta-training in the type of y; untrained, those present."""
        learner = self._trained()
        if learner is None:
            return present
        names: Sequence[Any] | None = getattr(self, "meta_classes_", None)
        if names is None:
            return present if len(present) == learner.y_dim else np.arange(learner.y_dim)
        if y.dtype == bool:
            return np.array([name == "True" for name in names])
        try:
            return np.array(names).astype(y.dtype if y.dtype.kind in "if" else object)
        except ValueError:
            return np.array(names, object)

    def _one_hot(self, y: np.ndarray) -> np.ndarray:
        number = {label: i for i, label in enumerate(self.classes_.tolist())}
        unknown = [label for label in np.unique(y).tolist() if label not in number]
        if unknown:
            raise UserError(f"y holds the label {unknown[0]!r}; the classes are {list(number)}.")
        return np.eye(len(number))[[number[label] for label in y.tolist()]]
