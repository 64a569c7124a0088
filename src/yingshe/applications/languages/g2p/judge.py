"""How many words are said right."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from yingshe.applications.languages.g2p.lexicon import Entry
from yingshe.applications.languages.g2p.mapping import PronounceMapping


def wrong_words(mapping: PronounceMapping, entries: Sequence[Entry]) -> Bool[np.ndarray, " words"]:
    """Whether the likeliest pronunciation of each word is not the recorded one.

    The mean is the word error rate of the SIGMORPHON shared tasks.
    """
    said = mapping.each([entry.word for entry in entries], best=1)
    return np.array(
        [found[0].phonemes != entry.phonemes for found, entry in zip(said, entries, strict=True)]
    )
