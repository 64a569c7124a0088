"""A part of `yingshe demo languages`: an invented language is pronounced, after 100 words of it."""

import time

from rich.console import Console
from rich.table import Table

from yingshe.applications.languages.g2p import (
    PronounceMapping,
    load_learner,
    wrong_words,
)
from yingshe.applications.languages.g2p.invented import invent

_READ = 100
_JUDGED = 200
_SHOWN = 8


def show(console: Console, seed: int) -> None:
    """Read a hundred words of Selvan, an invented language, and pronounce others that it has."""
    learner = load_learner("pronounce")
    words = invent(_READ + _JUDGED, seed)
    read, others = words[:_READ], words[_READ:]
    console.print(
        f"\n[bold]How is it pronounced?[/bold] {_READ} words of Selvan, a language of our own "
        "making, which has a soft c and g, long vowels and a weak last e:"
    )
    console.print("  " + ", ".join(f"{e.word} {' '.join(e.phonemes)}" for e in read[:3]) + " …")
    before = wrong_words(PronounceMapping(learner), others).mean()
    began = time.perf_counter()
    mapping = PronounceMapping(learner, read)
    seconds = time.perf_counter() - began
    wrong = wrong_words(mapping, others)
    table = Table("word", "said", "probability", "recorded", box=None)
    for entry, missed in list(zip(others, wrong, strict=True))[:_SHOWN]:
        best = mapping(entry.word)[0]
        said = " ".join(best.phonemes)
        recorded = " ".join(entry.phonemes) if missed else "the same"
        table.add_row(entry.word, said, f"{best.probability:.2f}", recorded)
    console.print(table)
    console.print(
        f"Read in {seconds:.1f} s. Of {_JUDGED} other words {100 * wrong.mean():.0f} % are wrong; "
        f"before any word was read, {100 * before:.0f} %."
    )
