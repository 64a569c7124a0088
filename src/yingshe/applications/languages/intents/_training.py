"""Meta-training of an intent learner: base classifiers, episodes, and calibration."""

from collections.abc import Collection
from pathlib import Path
from typing import cast

import jax

from yingshe import zoo
from yingshe.applications.languages.intents._base_classifiers import (
    base_intents,
    base_probabilities,
    fit_base_classifiers,
    out_of_fold_features,
)
from yingshe.applications.languages.intents._calibration import temperature_scale
from yingshe.applications.languages.intents._corpus import list_languages
from yingshe.applications.languages.intents._splits import VALIDATION, meta_train_languages
from yingshe.applications.languages.intents.data import load_examples
from yingshe.applications.languages.intents.tasks import IntentEpisodes
from yingshe.learners import MatchingNetwork
from yingshe.serialization import read_learner, write_learner
from yingshe.text import TextEncoder
from yingshe.training import TrainConfig, meta_train


def train_intent_learner(
    run_dir: Path,
    config: TrainConfig,
    encoder: TextEncoder,
    *,
    exclude: Collection[str] = (),
    cache: Path | None = None,
    seed: int = 0,
) -> Path:
    """Meta-train an intent learner and calibrate it on the validation languages.

    Args:
        run_dir: Run directory; a stopped run continues.
        config: Training settings.
        encoder: Text encoder.
        exclude: Intents to leave out of training.
        cache: Folder that stores sentence vectors for other runs.
        seed: Seed of initialization and training.

    Returns:
        File of the learner.
    """
    names = meta_train_languages(list_languages())
    training, validation = (
        [load_examples(name, encoder.name, cache=cache) for name in languages]
        for languages in (names, VALIDATION)
    )
    classes = base_intents(training, exclude)
    classifiers = fit_base_classifiers(training, classes, encoder.segments)
    family = IntentEpisodes(
        names,
        encoder.name,
        exclude=exclude,
        extra_features=out_of_fold_features(training, classes, encoder.segments),
        cache=cache,
    )
    features = {
        examples.corpus.language: [base_probabilities(classifiers, examples, encoder.segments)]
        for examples in validation
    }
    held_out = IntentEpisodes(
        VALIDATION, encoder.name, exclude=exclude, extra_features=features, cache=cache
    )
    learner_key, train_key = jax.random.split(jax.random.key(seed))
    learner = MatchingNetwork(
        family.x_dim,
        family.y_dim,
        views=encoder.segments,
        num_features=0,  # features learned on the training languages mislead in others
        hidden=64,
        out_of_scope=True,
        num_base_classes=len(classes),
        precomputed_base_probs=True,
        key=learner_key,
    )
    trained = meta_train(
        learner,
        family,
        config,
        key=train_key,
        validation=held_out,
        run_dir=run_dir,
        progress=True,
        metadata={"encoder": encoder.name},
    )
    file = zoo.resolve(run_dir)
    trained = cast(MatchingNetwork, trained).with_base_classifiers(classifiers)
    validation = [e for e in validation if e.corpus.language in held_out.languages]
    write_learner(file, temperature_scale(trained, validation), metadata=read_learner(file)[2])
    return file
