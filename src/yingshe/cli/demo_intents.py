"""A part of `yingshe demo languages`: intents in three languages that no training read."""

import numpy as np
from rich.console import Console
from rich.table import Table

_LANGUAGES = {"fr": "French", "fi": "Finnish", "eu": "Basque"}
_SHOTS, _MANY, _OUTSIDE = 3, 10, 6
_EPISODES = 3
_SHOWN = 2  # answers of a language


def show(console: Console, seed: int) -> None:
    """Teach ten intents of each language by three sentences, ask others, and print the answers."""
    from yingshe.applications.languages.intents import Intents
    from yingshe.applications.languages.intents.baselines import logistic_regression
    from yingshe.applications.languages.intents.examples import WAYS, episode, examples

    untaught = Intents.load_learner("intents")
    console.print(
        f"[bold]What does the speaker want?[/bold]\nIn each of {len(_LANGUAGES)} languages that "
        f"training never read, {_SHOTS} sentences teach each of {WAYS} intents; then come "
        "sentences of other templates, and some that ask for none of the ten.\n"
    )
    said = Table("language", "a new sentence", "it asks for", "answer", "p", box=None)
    figures = Table(
        "right, %",
        f"yingshe, {_SHOTS} each",
        f"logistic regression, {_SHOTS} each",
        f"the same, {_MANY} each",
        "limit",
        "none of these, found",
        box=None,
    )
    for code, language in _LANGUAGES.items():
        known = examples(code, untaught.encoder.name)
        names = known.corpus.intents
        right: list[list[float]] = []
        for i in range(_EPISODES):
            draws = ((seed, i, *code.encode()) for _ in range(2))  # the same intents for both
            few, many = (
                episode(known, np.random.default_rng(draw), shots, outside=_OUTSIDE)
                for draw, shots in zip(draws, (_SHOTS, _MANY), strict=True)
            )
            labels = _names(few, names, known.corpus.intent)
            sentences = [known.corpus.sentences[row] for row in few.taught]
            taught = untaught.teach(sentences, [labels[j] for j in few.taught_intent])
            asked = [known.corpus.sentences[row] for row in few.asked]
            answers = taught.ask(asked)
            truth = [labels.get(j) for j in few.asked_intent]
            inside = few.asked_intent < WAYS
            best = [max(a.probabilities, key=a.probabilities.__getitem__) for a in answers]
            hits = np.array([b == t for b, t in zip(best, truth, strict=True)])
            simple = [
                logistic_regression(
                    known.x[e.taught], e.taught_intent, known.x[e.asked[e.asked_intent < WAYS]]
                )
                == e.asked_intent[e.asked_intent < WAYS]
                for e in (few, many)
            ]
            none = np.array([a.intent is None for a in answers])[~inside]
            right.append([hits[inside].mean(), *(s.mean() for s in simple), none.mean()])
            if i == 0:
                for j in np.flatnonzero(inside)[:: 1 + inside.sum() // _SHOWN]:
                    said.add_row(
                        language,
                        asked[j],
                        str(truth[j]),
                        answers[j].intent or "none of these",
                        f"{answers[j].probability:.2f}",
                    )
        ours, low, high, none = (100 * np.mean(right, axis=0)).tolist()
        figures.add_row(language, f"{ours:.0f}", f"{low:.0f}", f"{high:.0f}", "100", f"{none:.0f}")
    console.print(said)
    console.print()
    console.print(figures)
    console.print()


def _names(one, names, intent_of) -> dict[int, str]:
    """What the intents of an episode are called."""
    return {
        int(j): names[intent_of[row]].removeprefix("Hass")
        for row, j in zip(one.taught, one.taught_intent, strict=True)
    }
