"""Which languages train, choose and test: fixed, and near relatives on one side."""

SEEN_BY_ENCODER = ("ar", "zh", "en", "fr", "de", "it", "ja", "ko", "nl", "pl", "pt", "es", "th",
                   "tr", "ru")  # fmt: skip
"""By the sentence encoder `sentences`, before any variant (zh-TW, pt-BR)."""

META_TEST = ("de", "fr", "pl", "th", "zh-CN", "hu", "cy", "fi", "ca", "el", "eu", "ml")
"""The languages that figures are about; nothing was chosen by them."""

VALIDATION = ("it", "ar", "ro", "cs", "sk", "he", "lt", "lv")
"""The languages that settings were chosen and probabilities calibrated by."""

ASIDE = ("de-CH", "lb", "zh-TW", "zh-HK", "kw", "et")
"""Near relatives of languages of the meta-test, which is why nothing reads them."""

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
    return language.partition("-")[0] in SEEN_BY_ENCODER
