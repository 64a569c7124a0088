"""Which of the intents of other languages a sentence sounds like: fitted before meta-training."""

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

from yingshe.applications.languages.intents.examples import Examples
from yingshe.applications.languages.intents.split import relatives_apart, variants_apart
from yingshe.learners._layers import Dense
from yingshe.learners._similarity import sqrt_base_probs
from yingshe.learners.matching_network import BASE_HIDDEN

_SETTINGS: dict[str, Any] = {
    "hidden_layer_sizes": (BASE_HIDDEN,),
    "learning_rate_init": 2e-3,
    "batch_size": 512,
    "alpha": 1e-2,  # weight of the squared weights
    "max_iter": 12,  # passes over all sentences
    "random_state": 0,
}
_NEVER = -20.0  # logit of an intent that the languages at hand lack

Recogniser = tuple[Dense, Dense]


def known_intents(languages: Sequence[Examples], without: Collection[str] = ()) -> list[str]:
    """The names of the intents that the languages have, `without` those, sorted."""
    return sorted({name for one in languages for name in _names(one)} - set(without))


def recognisers(
    languages: Sequence[Examples], known: Sequence[str], views: Sequence[int]
) -> tuple[Recogniser, ...]:
    """Of the `known` intents, one for each view of the languages' sentences: networks of
    scikit-learn.
    """
    names = np.concatenate([_names(one) for one in languages])
    told = np.isin(names, known)
    x = np.concatenate([one.x for one in languages])[told]
    return tuple(_recogniser(part, names[told], known) for part in _parts(x, views))


def recognised(
    networks: tuple[Recogniser, ...], one: Examples, views: Sequence[int]
) -> Float[np.ndarray, "sentences columns"]:
    """Square roots of the probabilities of known intents, by each view and by all."""
    parts = [jnp.asarray(part) for part in _parts(one.x, views)]
    return np.concatenate(sqrt_base_probs(networks, parts), axis=1)


def crossfitted(
    languages: Sequence[Examples], known: Sequence[str], views: Sequence[int]
) -> dict[str, list[Float[np.ndarray, "sentences columns"]]]:
    """What recognisers of other languages make of each: first of most others, then of none of its
    family, as with a new language that has relatives among those that train, or none.

    In the languages that it was fitted to recognition looks better than it will be in a new one
    (Wolpert, Stacked Generalization, 1992).
    """
    of = {one.corpus.language: one for one in languages}
    found: dict[str, list] = {name: [] for name in of}
    for parts in (variants_apart(list(of)), relatives_apart(list(of))):
        for part in parts:
            networks = recognisers([of[name] for name in of if name not in part], known, views)
            for name in part:
                found[name].append(recognised(networks, of[name], views))
    return found


def _recogniser(
    x: Float[np.ndarray, "n width"], names: np.ndarray, known: Sequence[str]
) -> Recogniser:
    model = MLPClassifier(**_SETTINGS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x, names)
    place = [list(known).index(name) for name in model.classes_]
    second, bias = np.zeros((BASE_HIDDEN, len(known))), np.full(len(known), _NEVER)
    second[:, place], bias[place] = model.coefs_[1], model.intercepts_[1]
    return _dense(model.coefs_[0], model.intercepts_[0]), _dense(second, bias)


def _dense(weight: np.ndarray, bias: np.ndarray) -> Dense:
    layer = Dense(*weight.shape, key=jax.random.key(0))
    values = jnp.asarray(weight, jnp.float32), jnp.asarray(bias, jnp.float32)
    return eqx.tree_at(lambda one: (one.weight, one.bias), layer, values)


def _names(one: Examples) -> list[str]:
    return [one.corpus.intents[i] for i in one.corpus.intent]


def _parts(x: np.ndarray, views: Sequence[int]) -> list[np.ndarray]:
    """The views of x, each of length 1."""
    parts = np.split(x, np.cumsum(views)[:-1], axis=1)
    return [p / np.maximum(np.linalg.norm(p, axis=1, keepdims=True), 1e-6) for p in parts]
