"""How is it pronounced: a language's letters to its phonemes, from a handful of words."""

from yingshe.applications.languages.pronounce.align import align
from yingshe.applications.languages.pronounce.judge import wrong_words
from yingshe.applications.languages.pronounce.learner import PronounceLearner
from yingshe.applications.languages.pronounce.lexicon import Entry, letters_of, read_lexicon
from yingshe.applications.languages.pronounce.mapping import (
    PronounceMapping,
    Pronunciation,
    load_learner,
)
from yingshe.applications.languages.pronounce.meta_training import (
    PronounceConfig,
    meta_train_pronunciation,
)
from yingshe.applications.languages.pronounce.sounds import SoundPrior

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
