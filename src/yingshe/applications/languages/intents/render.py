"""Tables of predicted intents for the terminal."""

from collections.abc import Sequence

from rich.table import Table

from yingshe.applications.languages.intents.model import IntentPrediction

OUT_OF_SCOPE = "none of these"
"""Text for an out-of-scope prediction."""


def prediction_table(sentences: Sequence[str], predictions: Sequence[IntentPrediction]) -> Table:
    """Return a table of predicted intents.

    Args:
        sentences: n sentences.
        predictions: One prediction for each.

    Returns:
        Rich table with one row for each sentence.
    """
    table = Table("sentence", "intent", "probability", "out of scope", box=None)
    for sentence, prediction in zip(sentences, predictions, strict=True):
        table.add_row(
            sentence,
            prediction.intent or OUT_OF_SCOPE,
            f"{prediction.probability:.2f}",
            f"{prediction.out_of_scope_probability:.2f}",
        )
    return table
