"""Demo of grapheme-to-phoneme conversion: a synthetic language after 100 of its words."""

import time

from rich.console import Console
from rich.table import Table

from yingshe.applications.languages.g2p.cli import DemoOptions
from yingshe.applications.languages.g2p.evaluation import word_errors
from yingshe.applications.languages.g2p.model import adapt, load_prior
from yingshe.applications.languages.g2p.synthetic_languages import generate_lexicon

_NUM_SUPPORT = 100
_NUM_QUERY = 200
_NUM_ROWS = 8


def run_demo(options: DemoOptions, *, console: Console | None = None) -> None:
    """Adapt to a hundred words of Selvan, a synthetic language, and pronounce others.

    Args:
        options: Seed of the demo.
        console: Console to print to; by default the standard output.
    """
    console, seed = console or Console(), options.seed
    prior = load_prior()
    words = generate_lexicon(_NUM_SUPPORT + _NUM_QUERY, seed)
    support, query = words[:_NUM_SUPPORT], words[_NUM_SUPPORT:]
    console.print(
        f"\n[bold]Pronunciation.[/bold] {_NUM_SUPPORT} words of Selvan, a synthetic language with "
        "a soft c and g, long vowels and a weak final e:"
    )
    console.print("  " + ", ".join(f"{e.word} {' '.join(e.phonemes)}" for e in support[:3]) + " …")
    zero_shot = word_errors(adapt(prior), query).mean()
    start = time.perf_counter()
    model = adapt(prior, support)
    _ = model.mapping.decoder  # fitted when it is first used
    seconds = time.perf_counter() - start
    errors = word_errors(model, query)
    table = Table("word", "predicted", "probability", "recorded", box=None)
    for entry, is_wrong in list(zip(query, errors, strict=True))[:_NUM_ROWS]:
        best = model(entry.word)[0]
        recorded = " ".join(entry.phonemes) if is_wrong else "the same"
        table.add_row(entry.word, " ".join(best.phonemes), f"{best.probability:.2f}", recorded)
    console.print(table)
    console.print(
        f"Adapted in {seconds:.1f} s. Word error rate on {_NUM_QUERY} other words: "
        f"{100 * errors.mean():.0f} %; before adaptation: {100 * zero_shot:.0f} %."
    )
