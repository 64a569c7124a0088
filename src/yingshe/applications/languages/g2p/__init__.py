"""Grapheme-to-phoneme conversion: adapt to the pronunciation of a language from a few words."""

from yingshe.applications.languages.g2p._alignment import AlignedWord, align
from yingshe.applications.languages.g2p._feature_templates import TEMPLATES
from yingshe.applications.languages.g2p._grapheme_prior import GraphemePrior
from yingshe.applications.languages.g2p._prior import G2PPrior
from yingshe.applications.languages.g2p.data import read_lexicon
from yingshe.applications.languages.g2p.evaluation import evaluate, word_errors
from yingshe.applications.languages.g2p.meta_training import G2PConfig, meta_train_g2p
from yingshe.applications.languages.g2p.model import (
    G2PModel,
    Pronunciation,
    adapt,
    load_prior,
)
from yingshe.applications.languages.g2p.tasks import Entry, split_letters

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
