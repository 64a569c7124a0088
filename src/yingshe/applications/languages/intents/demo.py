"""Demo of intent classification in three languages unseen in training."""

from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from yingshe.applications.languages.intents._splits import seen_by_encoder
from yingshe.applications.languages.intents.baselines import logistic_regression
from yingshe.applications.languages.intents.cli import DemoOptions
from yingshe.applications.languages.intents.data import (
    WAYS,
    Episode,
    Examples,
    load_examples,
    sample_episode,
)
from yingshe.applications.languages.intents.model import ZOO_MODEL, IntentClassifier
from yingshe.applications.languages.intents.render import OUT_OF_SCOPE
from yingshe.text.char_ngrams import NUM_SURFACE_FEATURES

_LANGUAGES = {"fr": "French", "fi": "Finnish", "eu": "Basque"}
_FEW, _MANY = 3, 10  # shots
_NUM_OUT_OF_SCOPE = 6  # queries, to some thirty in scope
_NUM_EPISODES = 3
_NUM_SHOWN = 3  # predictions per language


class _Result(NamedTuple):
    """Accuracies of one episode, and a few rows to show."""

    ours: float
    baseline_few: float
    baseline_many: float
    out_of_scope: float
    rows: list[tuple[str, str, str, str]]


def run_demo(options: DemoOptions, *, console: Console | None = None) -> None:
    """Adapt to ten intents of each language and print predictions and accuracies.

    Args:
        options: Seed of the demo.
        console: Console to print to; by default the standard output.
    """
    console, seed = console or Console(), options.seed
    prior = IntentClassifier.from_pretrained(ZOO_MODEL)
    console.print(
        f"[bold]Intent classification[/bold]\nIn each of {len(_LANGUAGES)} languages unseen in "
        f"training, the classifier observes {_FEW} sentences of each of ten intents. Then it "
        "classifies sentences of other templates, some of which have none of the ten intents. "
        "Names of things are made up.\n"
    )
    predictions = Table("language", "new sentence", "intent", "predicted", "p", box=None)
    baseline = "logistic regression"
    heads = (
        f"yingshe, {_FEW} shots",
        f"{baseline}, {_FEW} shots",
        f"{baseline}, {_MANY} shots",
        "out of scope detected, %",
    )
    figures = Table("accuracy, %", *heads, box=None)
    for code, name in _LANGUAGES.items():
        title = name if seen_by_encoder(code) else f"{name}*"
        results = [_run_episode(prior, code, seed=seed, number=i) for i in range(_NUM_EPISODES)]
        for row in results[0].rows:
            predictions.add_row(title, *row)
        means = 100 * np.array([result[:4] for result in results]).mean(axis=0)
        figures.add_row(title, *(f"{value:.0f}" for value in means.tolist()))
    for table in (predictions, figures):
        console.print(table)
        console.print()
    console.print("* The sentence encoder was not trained on this language either.")


def _run_episode(prior: IntentClassifier, code: str, *, seed: int, number: int) -> _Result:
    """Run one episode of a language, with few and with many support sentences."""
    examples = load_examples(code, prior.encoder.name)
    few, many = (
        sample_episode(
            examples,
            np.random.default_rng((seed, number, *code.encode())),
            shots,
            num_out_of_scope=_NUM_OUT_OF_SCOPE,
        )
        for shots in (_FEW, _MANY)
    )
    sentences = examples.corpus.sentences
    labels = [name.removeprefix("Hass") for name in examples.corpus.get_labels()]
    classifier = prior.observe_many(
        [sentences[row] for row in few.support], [labels[row] for row in few.support]
    )
    queries = [sentences[row] for row in few.query]
    predictions = classifier.predict(queries)
    inside = few.query_labels < WAYS
    truth = [
        labels[row] if known else OUT_OF_SCOPE for row, known in zip(few.query, inside, strict=True)
    ]
    best = [max(p.probabilities, key=p.probabilities.__getitem__) for p in predictions]
    correct = np.array([label == other for label, other in zip(best, truth, strict=True)])
    detected = np.array([prediction.intent is None for prediction in predictions])
    shown = np.linspace(0, len(queries) - 1, _NUM_SHOWN).astype(int)
    rows = [
        (
            queries[i],
            truth[i],
            predictions[i].intent or OUT_OF_SCOPE,
            f"{predictions[i].probability:.2f}",
        )
        for i in shown
    ]
    return _Result(
        float(correct[inside].mean()),
        _baseline_accuracy(examples, few),
        _baseline_accuracy(examples, many),
        float(detected[~inside].mean()),
        rows,
    )


def _baseline_accuracy(examples: Examples, episode: Episode) -> float:
    # Surface features mislead a classifier without meta-training.
    x = examples.x[:, :-NUM_SURFACE_FEATURES]
    inside = episode.query_labels < WAYS
    predicted = logistic_regression(
        x[episode.support], episode.support_labels, x[episode.query[inside]]
    )
    return float(np.mean(predicted == episode.query_labels[inside]))
