"""How is it pronounced: a language's letters to its phonemes, from a handful of words."""

from yingshe.applications.languages.g2p.align import align
from yingshe.applications.languages.g2p.judge import wrong_words
from yingshe.applications.languages.g2p.learner import PronounceLearner
from yingshe.applications.languages.g2p.lexicon import Entry, letters_of, read_lexicon
from yingshe.applications.languages.g2p.mapping import (
    PronounceMapping,
    Pronunciation,
    load_learner,
)
from yingshe.applications.languages.g2p.meta_training import (
    PronounceConfig,
    meta_train_pronunciation,
)
from yingshe.applications.languages.g2p.sounds import SoundPrior

__all__ = [
    "Entry",
    "PronounceConfig",
    "PronounceLearner",
    "PronounceMapping",
    "Pronunciation",
    "SoundPrior",
    "align",
    "letters_of",
    "load_learner",
    "meta_train_pronunciation",
    "read_lexicon",
    "wrong_words",
]
