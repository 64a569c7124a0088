"""Predicted lemmas as text and tables."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from yingshe.applications.languages.lemmatization.data import WordPair
from yingshe.applications.languages.lemmatization.model import LemmaPrediction


def format_prediction(word: str, prediction: LemmaPrediction, nbest: int = 1) -> str:
    """Return a line with a word and its most probable lemmas, separated by tabs.

    Args:
        word: A word.
        prediction: Its prediction.
        nbest: Number of lemmas in the line.

    Returns:
        The line, without a line break.
    """
    lemmas = list(prediction.probabilities.items())[:nbest]
    return "\t".join([word, *(f"{lemma} {probability:.2f}" for lemma, probability in lemmas)])


def comparison_table(
    pairs: Sequence[WordPair], predictions: Mapping[int, Sequence[LemmaPrediction]]
) -> Table:
    """Return a table of predictions after different numbers of pairs.

    Args:
        pairs: Words and their lemmas.
        predictions: Number of observed pairs -> one prediction for each word.

    Returns:
        Rich table with one row for each word.
    """
    table = Table("word", "lemma", *(f"after {k} pairs" for k in predictions), box=None)
    for (word, lemma), row in zip(pairs, zip(*predictions.values(), strict=True), strict=True):
        table.add_row(word, lemma, *(f"{p.lemma} {p.probability:.2f}" for p in row))
    return table
