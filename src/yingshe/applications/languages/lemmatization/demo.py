"""Demo of lemmatization in a language unseen in training."""

import random

from rich.console import Console
from rich.table import Table

from yingshe.applications.languages.lemmatization.cli import DemoOptions
from yingshe.applications.languages.lemmatization.data import sample_split
from yingshe.applications.languages.lemmatization.evaluation import (
    BASELINE,
    METHOD,
    REACHABLE,
    score_split,
)
from yingshe.applications.languages.lemmatization.model import ZOO_MODEL, Lemmatizer
from yingshe.applications.languages.lemmatization.render import comparison_table
from yingshe.zoo import load

_LANGUAGE, _NAME = "it", "Italian"
_SHOTS = (10, 100)
_NUM_QUERY = 100
_NUM_SHOWN = 8


def run_demo(options: DemoOptions, *, console: Console | None = None) -> None:
    """Adapt to pairs of word and lemma, and print predictions and accuracies for other words.

    Args:
        options: Seed of the demo.
        console: Console to print to; by default the standard output.
    """
    console, seed = console or Console(), options.seed
    learner = load(ZOO_MODEL)
    split = sample_split(_LANGUAGE, random.Random(f"{seed} {_LANGUAGE}"), max(_SHOTS), _NUM_QUERY)
    console.print(
        f"[bold]Lemmatization[/bold]\n{_NAME} was not in training. The lemmatizer observes pairs "
        "of word and lemma, and predicts the lemmas of other words:\n"
    )
    shown = split.query[:_NUM_SHOWN]
    words = [word for word, _ in shown]
    predictions = {
        k: Lemmatizer.from_learner(learner, split.support[:k]).predict(words) for k in _SHOTS
    }
    console.print(comparison_table(shown, predictions))
    console.print()
    scores = score_split(learner, split, _SHOTS)
    table = Table("correct lemmas, %", METHOD, BASELINE, "among the candidates", box=None)
    for k in _SHOTS:
        rates = (100 * scores[name, k] for name in (METHOD, BASELINE, REACHABLE))
        table.add_row(f"after {k} pairs", *(f"{rate:.0f}" for rate in rates))
    console.print(table)
