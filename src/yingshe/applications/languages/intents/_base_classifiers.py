"""Base classifiers: networks that predict intents of the training languages, fitted beforehand."""

import warnings
from collections.abc import Collection, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from yingshe.applications.languages.intents._splits import folds_by_family, folds_by_language
from yingshe.applications.languages.intents.data import Examples
from yingshe.learners._layers import Dense
from yingshe.learners._similarity import sqrt_base_probs
from yingshe.learners.matching_network import BASE_HIDDEN

_SETTINGS: dict[str, Any] = {
    "hidden_layer_sizes": (BASE_HIDDEN,),
    "learning_rate_init": 2e-3,
    "batch_size": 512,
    "alpha": 1e-2,  # weight of the squared weights
    "max_iter": 12,  # epochs
    "random_state": 0,
}
_MISSING_LOGIT = -20.0  # of an intent that the languages at hand lack

BaseClassifier = tuple[Dense, Dense]


def base_intents(languages: Sequence[Examples], exclude: Collection[str] = ()) -> list[str]:
    """Return the names of the languages' intents.

    Args:
        languages: Encoded sentences of each language.
        exclude: Intents that are left out.

    Returns:
        Sorted names.
    """
    return sorted({name for language in languages for name in _labels(language)} - set(exclude))


def fit_base_classifiers(
    languages: Sequence[Examples], intents: Sequence[str], segments: Sequence[int]
) -> tuple[BaseClassifier, ...]:
    """Fit one network to each segment of the sentences' vectors, with scikit-learn.

    Args:
        languages: Encoded sentences of each language.
        intents: Classes; sentences of other intents are left out.
        segments: Widths of the segments of a vector.

    Returns:
        Two layers for each segment.
    """
    labels = np.concatenate([_labels(language) for language in languages])
    used = np.isin(labels, intents)
    x = np.concatenate([language.x for language in languages])[used]
    return tuple(_fit(part, labels[used], intents) for part in _split_segments(x, segments))


def base_probabilities(
    classifiers: tuple[BaseClassifier, ...], examples: Examples, segments: Sequence[int]
) -> Float[np.ndarray, "sentences columns"]:
    """Return square roots of base-class probabilities.

    Args:
        classifiers: One base classifier for each segment.
        examples: Encoded sentences.
        segments: Widths of the segments of a vector.

    Returns:
        Columns for each segment, then for all segments together.
    """
    parts = [jnp.asarray(part) for part in _split_segments(examples.x, segments)]
    return np.concatenate(sqrt_base_probs(classifiers, parts), axis=1)


def out_of_fold_features(
    languages: Sequence[Examples], intents: Sequence[str], segments: Sequence[int]
) -> dict[str, list[Float[np.ndarray, "sentences columns"]]]:
    """Return out-of-fold base-class probabilities of each language, in two versions.

    The first version is from four folds of languages, the second from folds by language family. A
    new language may have relatives among the training languages, or none. In-fold probabilities
    would be too good.

    Args:
        languages: Encoded sentences of each language.
        intents: Classes of the base classifiers.
        segments: Widths of the segments of a vector.

    Returns:
        Code of a language -> both versions, as from `base_probabilities`.

    References:
        Wolpert, Stacked Generalization, 1992.
    """
    by_code = {examples.corpus.language: examples for examples in languages}
    features: dict[str, list] = {code: [] for code in by_code}
    for folds in (folds_by_language(list(by_code)), folds_by_family(list(by_code))):
        for fold in folds:
            other_languages = [by_code[code] for code in by_code if code not in fold]
            classifiers = fit_base_classifiers(other_languages, intents, segments)
            for code in fold:
                features[code].append(base_probabilities(classifiers, by_code[code], segments))
    return features


def _fit(
    x: Float[np.ndarray, "n width"], labels: np.ndarray, intents: Sequence[str]
) -> BaseClassifier:
    model = MLPClassifier(**_SETTINGS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, labels)
    columns = [list(intents).index(name) for name in model.classes_]
    weight, bias = np.zeros((BASE_HIDDEN, len(intents))), np.full(len(intents), _MISSING_LOGIT)
    weight[:, columns], bias[columns] = model.coefs_[1], model.intercepts_[1]
    return _to_dense(model.coefs_[0], model.intercepts_[0]), _to_dense(weight, bias)


def _to_dense(weight: np.ndarray, bias: np.ndarray) -> Dense:
    layer = Dense(*weight.shape, key=jax.random.key(0))
    values = jnp.asarray(weight, jnp.float32), jnp.asarray(bias, jnp.float32)
    return eqx.tree_at(lambda dense: (dense.weight, dense.bias), layer, values)


def _labels(examples: Examples) -> list[str]:
    return examples.corpus.get_labels()


def _split_segments(x: np.ndarray, segments: Sequence[int]) -> list[np.ndarray]:
    """Return the segments of x, each of length 1."""
    parts = np.split(x, np.cumsum(segments)[:-1], axis=1)
    return [p / np.maximum(np.linalg.norm(p, axis=1, keepdims=True), 1e-6) for p in parts]
