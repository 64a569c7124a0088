"""A part of `yingshe demo languages`: intents in three languages that no training read."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from yingshe.text.char_ngrams import NUM_SURFACE_FEATURES

if TYPE_CHECKING:
    from yingshe.applications.languages.intents import Intents
    from yingshe.applications.languages.intents.examples import Episode

_LANGUAGES = {"fr": "French", "fi": "Finnish", "eu": "Basque"}
_SHOTS, _MANY = 3, 10
_OUTSIDE = 6  # sentences of none of the intents, to some thirty of them
_EPISODES = 3
_SHOWN = 3  # answers of a language


class _Judged(NamedTuple):
    """Of one episode: shares that are right, and a few answers to show."""

    ours: float
    simple: float
    simple_of_many: float
    none: float
    said: list[tuple[str, str, str, str]]


def show(console: Console, seed: int) -> None:
    """Teach ten intents of each language by three sentences, ask others, and print the answers."""
    from yingshe.applications.languages.intents import Intents

    untaught = Intents.load_learner("intents")
    console.print(
        f"[bold]What does the speaker want?[/bold]\nIn each of {len(_LANGUAGES)} languages that "
        f"training never read, {_SHOTS} sentences teach each of ten intents; then come sentences "
        "of other templates, and some that ask for none of the ten. Names of things are made up.\n"
    )
    said = Table("language", "a new sentence", "it asks for", "answer", "p", box=None)
    simple = "logistic regression"
    heads = (
        f"yingshe, {_SHOTS} each",
        f"{simple}, {_SHOTS} each",
        f"{simple}, {_MANY} each",
        "limit",
    )
    figures = Table("intents right, %", *heads, "none of these: found, %", box=None)
    for code, language in _LANGUAGES.items():
        judged = [_judge(untaught, code, seed=seed, number=i) for i in range(_EPISODES)]
        for row in judged[0].said:
            said.add_row(language, *row)
        means = 100 * np.array([one[:4] for one in judged]).mean(axis=0)
        ours, few, many, none = (f"{value:.0f}" for value in means.tolist())
        figures.add_row(language, ours, few, many, "100", none)
    for table in (said, figures):
        console.print(table)
        console.print()


def _judge(untaught: "Intents", code: str, *, seed: int, number: int) -> _Judged:
    """One episode in a language, with the same intents taught by few sentences and by many."""
    from yingshe.applications.languages.intents.baselines import logistic_regression
    from yingshe.applications.languages.intents.examples import WAYS, episode, examples

    known = examples(code, untaught.encoder.name)
    few, many = (
        episode(known, np.random.default_rng((seed, number, *code.encode())), k, outside=_OUTSIDE)
        for k in (_SHOTS, _MANY)
    )
    sentences, intent_of = known.corpus.sentences, known.corpus.intent
    labels = [known.corpus.intents[i].removeprefix("Hass") for i in intent_of]
    asked = [sentences[row] for row in few.asked]
    taught = untaught.teach([sentences[i] for i in few.taught], [labels[i] for i in few.taught])
    answers = taught.ask(asked)
    inside = few.asked_intent < WAYS
    truth = [labels[row] if real else "none" for row, real in zip(few.asked, inside, strict=True)]
    best = [max(one.probabilities, key=one.probabilities.__getitem__) for one in answers]
    right = np.array([one == other for one, other in zip(best, truth, strict=True)])
    x = known.x[
        :, :-NUM_SURFACE_FEATURES
    ]  # the shape of a sentence only confuses who starts from scratch

    def simple(one: "Episode") -> float:
        new = one.asked_intent < WAYS
        found = logistic_regression(x[one.taught], one.taught_intent, x[one.asked[new]])
        return float(np.mean(found == one.asked_intent[new]))

    none = np.array([one.intent is None for one in answers])
    shown = np.linspace(0, len(asked) - 1, _SHOWN).astype(int)
    said = [
        (asked[i], truth[i], answers[i].intent or "none", f"{answers[i].probability:.2f}")
        for i in shown
    ]
    return _Judged(
        float(right[inside].mean()), simple(few), simple(many), float(none[~inside].mean()), said
    )
