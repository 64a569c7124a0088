"""Which languages train, choose and test: fixed, and near relatives on one side."""

from collections.abc import Callable, Sequence

SEEN_BY_ENCODER = ("ar", "zh", "en", "fr", "de", "it", "ja", "ko", "nl", "pl", "pt", "es", "th",
                   "tr", "ru")  # fmt: skip
"""By the sentence encoder `sentences`, before any variant (zh-TW, pt-BR)."""

META_TEST = ("de", "fr", "pl", "th", "zh-CN", "hu", "cy", "fi", "ca", "el", "eu", "ml")
"""The languages that figures are about; nothing was chosen by them."""

VALIDATION = ("it", "ar", "ro", "cs", "sk", "he", "lt", "lv")
"""The languages that settings were chosen and probabilities calibrated by."""

ASIDE = ("de-CH", "lb", "zh-TW", "zh-HK", "kw", "et")
"""Near relatives of languages of the meta-test, which is why nothing reads them."""

FAMILIES = (
    ("af", "da", "en", "is", "nb", "nl", "sv"),
    ("es", "gl", "pt"),
    ("bg", "hr", "ru", "sl", "sr", "uk"),
    ("bn", "fa", "gu", "hi", "ne", "pa", "ur"),
)  # fmt: skip
"""Of the languages that train: Germanic, Romance, Slavic, Indo-Iranian."""

HELD_OUT_INTENTS = (
    *("HassCancelTimer", "HassClimateSetTemperature", "HassGetCurrentTime", "HassGetWeather"),
    *("HassLawnMowerDock", "HassLightSet", "HassListAddItem", "HassMediaNext", "HassMediaPause"),
    *("HassRespond", "HassSetVolume", "HassStartTimer", "HassTurnOff", "HassVacuumStart"),
)
"""Left out of training where the figure is about intents that were never met."""


def meta_train_languages(known: list[str]) -> list[str]:
    """All others of the languages that are known."""
    return [name for name in known if name not in (*META_TEST, *VALIDATION, *ASIDE)]


def seen_by_encoder(language: str) -> bool:
    """Whether the encoder `sentences` was trained on the language."""
    return _base(language) in SEEN_BY_ENCODER


def variants_apart(languages: Sequence[str]) -> list[list[str]]:
    """The languages in four parts; variants of one (pt, pt-BR) are in the same."""
    bases = sorted({_base(name) for name in languages})
    return _parts(languages, lambda name: bases.index(_base(name)) % 4)


def relatives_apart(languages: Sequence[str]) -> list[list[str]]:
    """The languages in parts by family; those of no family with others are in one."""
    of = {base: i for i, family in enumerate(FAMILIES) for base in family}
    return _parts(languages, lambda name: of.get(_base(name), len(FAMILIES)))


def _parts(languages: Sequence[str], part: Callable[[str], int]) -> list[list[str]]:
    numbers = sorted({part(name) for name in languages})
    return [[name for name in languages if part(name) == number] for number in numbers]


def _base(language: str) -> str:
    return language.partition("-")[0]
