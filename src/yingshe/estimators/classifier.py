"""Classification in scikit-learn's terms."""

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
from yingshe.estimators.adapting import AdaptingEstimator, is_text
from yingshe.learners import Learner
from yingshe.prediction import Categorical, Prediction
from yingshe.tasks import Family, TaskSet
from yingshe.text import get_encoder
from yingshe.training import TrainConfig


class MetaClassifier(ClassifierMixin, AdaptingEstimator):
    """A classifier that is trained over tasks once, and then adapts to a new one from few rows.

    The classes are those of meta-training, and a task may show any of them; without `meta_fit` they
    are those of the rows. Then it starts from a Bayesian linear regression on one-hot classes, and
    a class is as probable as the predicted normal distribution makes its one-hot (with two classes:
    linear discriminant analysis).

    Where X is a list of sentences, an encoder reads them: "letters" any language by its letters;
    "sentences", with the extra `languages`, by what they mean as well.

    Args, `clone` and attributes as of `MetaRegressor`, but for

    Args:
        learner: by default "rls" for rows of numbers, "matching_network" for sentences.
        learner_options: options of the learner of that name.
        config: settings of meta-training; None for the defaults.
        random_state: seed of meta-training. Adaptation is not random.
        encoder: what reads sentences; "auto" is the best that is installed.

    Attributes:
        classes_: the labels, in the order of the columns of `predict_proba`.
        encoder_: the name of what read the sentences, where there were some.

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
        """Adapt to a task: read its rows X (n, x_dim) and labels y (n,)."""
        x, labels = self._checked(X, y, reset=True)
        check_classification_targets(labels)
        self.classes_ = self._known_classes(labels, np.unique(labels))
        self._read(x, self._one_hot(labels), go_on=False)
        return self

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None
    ) -> "MetaClassifier":
        """Go on reading rows of the same task.

        `classes`, in the first call, are all labels to come; else those of its rows are all.
        """
        started = hasattr(self, "state_")
        x, labels = self._checked(X, y, reset=not started)
        check_classification_targets(labels)
        if not started:
            own = np.unique(labels if classes is None else np.asarray(classes))
            self.classes_ = self._known_classes(labels, own)
        self._read(x, self._one_hot(labels), go_on=started)
        return self

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """The probability of each class at each row, (n, classes)."""
        answer = self._answer(X)
        if isinstance(answer, Categorical):
            return softmax(np.asarray(answer.logits, float), axis=1)
        if isinstance(answer, Prediction):
            raise UserError("This learner predicts numbers, not classes; use MetaRegressor.")
        mean, variance = answer
        # The log-density of one-hot c under N(mean, v), but for what all classes share.
        return softmax(mean / (2 * variance.mean(axis=1, keepdims=True)), axis=1)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The most probable label at each row."""
        probabilities = self.predict_proba(X)
        return self.classes_[np.argmax(probabilities, axis=1)]

    def _check_kind(self, family: Family) -> None:
        if isinstance(family, TaskSet) and family.classes is None:
            raise UserError("These tasks have numbers as outputs; use MetaRegressor.")
        if isinstance(family, TaskSet) and family.encoder is not None:
            self.encoder_ = family.encoder

    def _record(self, tasks: list[tuple[np.ndarray, np.ndarray]]) -> TaskSet:
        labels = [column_or_1d(y) for _, y in tasks]
        names, numbers = np.unique(np.concatenate(labels), return_inverse=True)
        ends = np.cumsum([len(y) for y in labels])[:-1]
        classes = [str(name) for name in names]
        if not is_text(np.concatenate([x for x, _ in tasks])):
            coded = [(x, y) for (x, _), y in zip(tasks, np.split(numbers, ends), strict=True)]
            return TaskSet.from_arrays(coded, classes=classes)
        self.encoder_ = self._encoder()
        coded = [
            (self._read_text(x), y)
            for (x, _), y in zip(tasks, np.split(numbers, ends), strict=True)
        ]
        return TaskSet.from_arrays(coded, classes=classes, text="text", encoder=self.encoder_)

    def _encoder(self) -> str:
        return get_encoder(self.encoder).name

    def _new_options(self, family: Family) -> tuple[str, Dictionary[str, Any]]:
        options = {"output": "categorical"}
        views = family.feature_groups if isinstance(family, TaskSet) and family.encoder is not None else ()
        name = self.learner
        if name == "auto":
            name = "matching_network" if views else "rls"
        if name == "matching_network" and views:
            return "matching_network", options | {"views": views}
        return str(name), options

    def _known_classes(self, y: np.ndarray, own: np.ndarray) -> np.ndarray:
        """The labels of meta-training in the type of y; untrained, `own`."""
        learner = self._trained()
        if learner is None:
            return own
        names: Sequence[Any] | None = getattr(self, "meta_classes_", None)
        if names is None:
            return own if len(own) == learner.y_dim else np.arange(learner.y_dim)
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
