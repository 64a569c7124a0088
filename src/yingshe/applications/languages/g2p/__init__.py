"""Grapheme-to-phoneme conversion: adapt to the pronunciation of a language from a few words."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yingshe.applications.languages.g2p._alignment import AlignedWord, align
    from yingshe.applications.languages.g2p._feature_templates import TEMPLATES
    from yingshe.applications.languages.g2p._grapheme_prior import GraphemePrior
    from yingshe.applications.languages.g2p._prior import G2PPrior
    from yingshe.applications.languages.g2p.data import read_lexicon
    from yingshe.applications.languages.g2p.evaluation import evaluate, word_errors
    from yingshe.applications.languages.g2p.model import (
        G2PModel,
        Pronunciation,
        adapt,
        load_prior,
    )
    from yingshe.applications.languages.g2p.tasks import Entry, split_letters
    from yingshe.applications.languages.g2p.training import G2PConfig, meta_train_g2p

__all__ = [
    "TEMPLATES",
    "AlignedWord",
    "Entry",
    "G2PConfig",
    "G2PModel",
    "G2PPrior",
    "GraphemePrior",
    "Pronunciation",
    "adapt",
    "align",
    "evaluate",
    "load_prior",
    "meta_train_g2p",
    "read_lexicon",
    "split_letters",
    "word_errors",
]

_MODULES = {
    "_alignment": ("AlignedWord", "align"),
    "_feature_templates": ("TEMPLATES",),
    "_grapheme_prior": ("GraphemePrior",),
    "_prior": ("G2PPrior",),
    "data": ("read_lexicon",),
    "evaluation": ("evaluate", "word_errors"),
    "training": ("G2PConfig", "meta_train_g2p"),
    "model": ("G2PModel", "Pronunciation", "adapt", "load_prior"),
    "tasks": ("Entry", "split_letters"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str):
    # Imported when first used (PEP 562): `yingshe g2p --help` needs none of it.
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
