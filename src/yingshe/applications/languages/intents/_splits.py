"""Fixed splits of the languages into training, validation and test; relatives share a part."""

from collections.abc import Callable, Sequence

ENCODER_LANGUAGES = ("ar", "zh", "en", "fr", "de", "it", "ja", "ko", "nl", "pl", "pt", "es", "th",
                     "tr", "ru")  # fmt: skip
"""Languages that the sentence embedding was trained on, without their variants (zh-TW, pt-BR)."""

META_TEST = ("de", "fr", "pl", "th", "zh-CN", "hu", "cy", "fi", "ca", "el", "eu", "ml")
"""Languages of the reported figures; no setting was chosen on them."""

VALIDATION = ("it", "ar", "ro", "cs", "sk", "he", "lt", "lv")
"""Languages on which settings were chosen and probabilities calibrated."""

EXCLUDED = ("de-CH", "lb", "zh-TW", "zh-HK", "kw", "et")
"""Close relatives of meta-test languages, which no part uses."""

FAMILIES = (
    ("af", "da", "en", "is", "nb", "nl", "sv"),
    ("es", "gl", "pt"),
    ("bg", "hr", "ru", "sl", "sr", "uk"),
    ("bn", "fa", "gu", "hi", "ne", "pa", "ur"),
)  # fmt: skip
"""Germanic, Romance, Slavic and Indo-Iranian languages of meta-training."""

HELD_OUT_INTENTS = (
    *("HassCancelTimer", "HassClimateSetTemperature", "HassGetCurrentTime", "HassGetWeather"),
    *("HassLawnMowerDock", "HassLightSet", "HassListAddItem", "HassMediaNext", "HassMediaPause"),
    *("HassRespond", "HassSetVolume", "HassStartTimer", "HassTurnOff", "HassVacuumStart"),
)
"""Intents excluded from training where the figure is about unseen intents."""


def meta_train_languages(languages: Sequence[str]) -> list[str]:
    """Return the languages that are in no other part.

    Args:
        languages: Codes of all languages.

    Returns:
        Codes of the languages of meta-training.
    """
    return [name for name in languages if name not in (*META_TEST, *VALIDATION, *EXCLUDED)]


def seen_by_encoder(language: str) -> bool:
    """Return True where the sentence embedding was trained on the language.

    Args:
        language: Code of a language or of a variant.

    Returns:
        True or False.
    """
    return _base_code(language) in ENCODER_LANGUAGES


def folds_by_language(languages: Sequence[str]) -> list[list[str]]:
    """Split languages into four folds; variants of a language (pt, pt-BR) share a fold.

    Args:
        languages: Codes of the languages.

    Returns:
        The folds, without empty ones.
    """
    bases = sorted({_base_code(name) for name in languages})
    return _group(languages, lambda name: bases.index(_base_code(name)) % 4)


def folds_by_family(languages: Sequence[str]) -> list[list[str]]:
    """Split languages into one fold for each language family, and one for all others.

    Args:
        languages: Codes of the languages.

    Returns:
        The folds, without empty ones.
    """
    family_of = {base: i for i, family in enumerate(FAMILIES) for base in family}
    return _group(languages, lambda name: family_of.get(_base_code(name), len(FAMILIES)))


def _group(languages: Sequence[str], fold: Callable[[str], int]) -> list[list[str]]:
    numbers = sorted({fold(name) for name in languages})
    return [[name for name in languages if fold(name) == number] for number in numbers]


def _base_code(language: str) -> str:
    return language.partition("-")[0]
