"""Articulatory features of the symbols of the International Phonetic Alphabet.

A consonant has a manner, a place and a voice; a vowel has a height, a backness and rounding.
Diacritics change or add features.

References:
    Chart of the International Phonetic Association, revised 2020.
"""

import functools
import unicodedata

import numpy as np
from jaxtyping import Float

_PLACES = (
    "bilabial", "labiodental", "dental", "alveolar", "postalveolar", "retroflex", "palatal",
    "velar", "uvular", "pharyngeal", "glottal",
)  # fmt: skip
_CONSONANTS = {
    # manner: places from front to back, symbols voiceless then voiced, "." for none
    "plosive": "pb .. .. td .. ʈɖ cɟ kɡ qɢ .. ʔ.",
    "nasal": ".m .ɱ .. .n .. .ɳ .ɲ .ŋ .ɴ .. ..",
    "trill": ".ʙ .. .. .r .. .. .. .. .ʀ .. ..",
    "tap": ".. .ⱱ .. .ɾ .. .ɽ .. .. .. .. ..",
    "fricative": "ɸβ fv θð sz ʃʒ ʂʐ çʝ xɣ χʁ ħʕ hɦ",
    "lateral fricative": ".. .. .. ɬɮ .. .. .. .. .. .. ..",
    "approximant": ".. .ʋ .. .ɹ .. .ɻ .j .ɰ .. .. ..",
    "lateral": ".. .. .. .l .. .ɭ .ʎ .ʟ .. .. ..",
}
_VOWELS = {
    # height from close to open: front, central, back, unrounded then rounded
    "close": "iy ɨʉ ɯu",
    "near-close": "ɪʏ .. .ʊ",
    "close-mid": "eø ɘɵ ɤo",
    "mid": ".. ə. ..",
    "open-mid": "ɛœ ɜɞ ʌɔ",
    "near-open": "æ. ɐ. ..",
    "open": "aɶ .. ɑɒ",
}
_EQUIVALENTS = {
    # symbol: a similar symbol, and the marks to add
    "ɕ": ("ʃ", "ʲ"), "ʑ": ("ʒ", "ʲ"), "w": ("ɰ", "ʷ"), "ɥ": ("j", "ʷ"), "ɫ": ("l", "ˠ"),
    "ɚ": ("ə", "˞"), "ɝ": ("ɜ", "˞"), "ɓ": ("b", "ʼ"), "ɗ": ("d", "ʼ"), "g": ("ɡ", ""),
}  # fmt: skip
_MARKS = {
    "ː": "long", "ˑ": "long", "\u0303": "nasalised", "ʰ": "aspirated", "ʼ": "glottalised",
    "ˀ": "glottalised", "ʲ": "palatalised", "ʷ": "rounded", "ᵝ": "rounded", "ˠ": "velarised",
    "\u0334": "velarised", "˞": "rhotic", "\u032f": "non-syllabic", "\u0329": "syllabic",
    "\u0348": "tense", "\u031a": "unreleased", "\u0325": "devoiced", "\u030a": "devoiced",
    "\u0320": "retracted", "\u031f": "advanced", "\u031e": "lowered", "\u031d": "raised",
    "\u032a": "dental", "\u0361": "affricate", "\u0301": "high", "\u0300": "low",
    "\u0302": "falling", "\u030c": "rising", "\u0304": "level",
}  # fmt: skip
_TONES = "˥˦˧˨˩"

FEATURES = (
    "consonant", "vowel", "voiced", "sonorant", "continuant", "nasal", "lateral", "rhotic sound",
    "sibilant", *(f"place {p}" for p in _PLACES), "place", "height", "backness", "front", "back",
    "rounded vowel", "open", "close", "tone", *dict.fromkeys(_MARKS.values()),
)  # fmt: skip
"""Names of features; most are 0 or 1, place, height and backness run from 0 to 1."""
_INDEX = {name: i for i, name in enumerate(FEATURES)}


def _table() -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float | bool]] = {}
    for manner, row in _CONSONANTS.items():
        for place, pair in enumerate(row.split()):
            for voiced, symbol in enumerate(pair):
                sibilant = manner == "fricative" and _PLACES[place] in _PLACES[3:6]
                table[symbol] = {
                    "consonant": 1,
                    "voiced": voiced,
                    "sonorant": manner in ("nasal", "trill", "tap", "approximant", "lateral"),
                    "continuant": manner not in ("plosive", "nasal"),
                    "nasal": manner == "nasal",
                    "lateral": "lateral" in manner,
                    "rhotic sound": manner in ("trill", "tap") or symbol in "ɹɻʁ",
                    "sibilant": sibilant,
                    f"place {_PLACES[place]}": 1,
                    "place": place / (len(_PLACES) - 1),
                }
    for level, (height, row) in enumerate(_VOWELS.items()):
        for back, pair in enumerate(row.split()):
            for rounded, symbol in enumerate(pair):
                table[symbol] = {
                    "vowel": 1,
                    "voiced": 1,
                    "sonorant": 1,
                    "continuant": 1,
                    "height": 1 - level / (len(_VOWELS) - 1),
                    "backness": back / 2,
                    "front": back == 0,
                    "back": back == 2,
                    "rounded vowel": rounded,
                    "open": height in ("open", "near-open"),
                    "close": height in ("close", "near-close"),
                }
    table.pop(".", None)
    return {
        symbol: {name: float(value) for name, value in values.items()}
        for symbol, values in table.items()
    }


_SYMBOLS = _table()


@functools.cache
def split_marks(phoneme: str) -> tuple[str, str]:
    """Split a phoneme into symbols and diacritics, both in order: t͡ʃʰː → tʃ, ͡ʰː."""
    bases, marks = "", ""
    for character in unicodedata.normalize("NFD", phoneme):
        # ç is one symbol although Unicode decomposes it.
        if character == "\u0327" and bases.endswith("c"):
            bases = bases[:-1] + "ç"
        elif character in _SYMBOLS or character in _EQUIVALENTS:
            bases += character
        else:
            marks += character
    return bases, marks


@functools.cache
def _features(phoneme: str) -> tuple[float, ...]:
    bases, marks = split_marks(phoneme)
    vector = np.zeros(len(FEATURES))
    for symbol in bases:  # the last symbol of an affricate decides: its release
        base, more = _EQUIVALENTS.get(symbol, (symbol, ""))
        vector[:] = 0
        for name, value in _SYMBOLS[base].items():
            vector[_INDEX[name]] = value
        marks += more
    if len(bases) > 1:
        vector[_INDEX["affricate"]], vector[_INDEX["continuant"]] = 1, 0
    for mark in marks:
        if mark in _TONES:
            vector[_INDEX["tone"]] = 1
            vector[_INDEX["height"]] += (4 - _TONES.index(mark)) / 8
        elif mark in _MARKS:
            vector[_INDEX[_MARKS[mark]]] = 1
    return tuple(vector.tolist())


def features(phoneme: str) -> Float[np.ndarray, " features"]:
    """Return the `FEATURES` of a phoneme; they are zero for an unknown symbol."""
    return np.array(_features(phoneme))


def is_vowel(phoneme: str) -> bool:
    """Return whether a phoneme can be the nucleus of a syllable."""
    values = _features(phoneme)
    syllabic = values[_INDEX["vowel"]] > 0 and values[_INDEX["non-syllabic"]] == 0
    return bool(syllabic or values[_INDEX["syllabic"]] > 0)
