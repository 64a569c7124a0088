"""Which of the intents of other languages a sentence sounds like: fitted before meta-training."""

import warnings
from collections.abc import Collection, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from yingshe.applications.languages.intents.examples import Examples
from yingshe.errors import UserError
from yingshe.learners import Matching
from yingshe.learners.layers import Dense
from yingshe.learners.matching import KNOWN_HIDDEN

_SETTINGS: dict[str, Any] = {
    "hidden_layer_sizes": (KNOWN_HIDDEN,),
    "learning_rate_init": 2e-3,
    "batch_size": 512,
    "max_iter": 12,  # passes over all sentences
    "random_state": 0,
}


def known_intents(languages: Sequence[Examples], without: Collection[str] = ()) -> list[str]:
    """The names of the intents that the languages have, `without` those, sorted."""
    return sorted({name for one in languages for name in _names(one)} - set(without))


def recognising(learner: Matching, languages: Sequence[Examples], known: Sequence[str]) -> Matching:
    """The learner with a recogniser of the `known` intents, by what sentences of the languages mean
    (their first view): a network of scikit-learn.

    What the learner is meta-trained on must be of other languages: in these recognition looks
    better than it will be (Wolpert, Stacked Generalization, 1992).
    """
    if learner.recogniser is None:
        raise UserError("The learner has no room for known intents; make it with known=NUMBER.")
    width = (learner.views or (learner.x_dim,))[0]
    parts = [(one.x[:, :width], np.array(_names(one))) for one in languages]
    x, names = (np.concatenate(column) for column in zip(*parts, strict=True))
    told = np.isin(names, known)
    model = MLPClassifier(**_SETTINGS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_units(x[told]), names[told])
    place = [list(known).index(name) for name in model.classes_]
    second, bias = np.zeros((KNOWN_HIDDEN, len(known))), np.full(len(known), _NEVER)
    second[:, place], bias[place] = model.coefs_[1], model.intercepts_[1]
    network = (
        _filled(learner.recogniser[0], model.coefs_[0], model.intercepts_[0]),
        _filled(learner.recogniser[1], second, bias),
    )
    return eqx.tree_at(lambda one: one.recogniser, learner, network)


_NEVER = -20.0  # logit of an intent that the languages at hand lack


def _filled(layer: Dense, weight: np.ndarray, bias: np.ndarray) -> Dense:
    values = jnp.asarray(weight, jnp.float32), jnp.asarray(bias, jnp.float32)
    return eqx.tree_at(lambda one: (one.weight, one.bias), layer, values)


def _names(one: Examples) -> list[str]:
    return [one.corpus.intents[i] for i in one.corpus.intent]


def _units(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
