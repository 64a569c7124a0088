"""Pronunciation of languages never met: wrong words after 10, 100 and 800 words were read.

    python -m benchmarks.pronounce --data FOLDER [--draws 5]

FOLDER holds the files of the SIGMORPHON 2021 task on grapheme-to-phoneme conversion (Ashby et al.,
2021). The ten languages are those of its low track: 800 words to read, 100 to be judged on.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from rich.progress import track

from benchmarks.record import record
from yingshe.applications.languages.g2p import (
    Entry,
    PronounceLearner,
    PronounceMapping,
    SoundPrior,
    load_learner,
    read_lexicon,
    wrong_words,
)
from yingshe.applications.languages.g2p.contexts import TEMPLATES

LANGUAGES = ("ady", "gre", "ice", "ita", "khm", "lav", "mlt_latn", "rum", "slv", "wel_sw")
OFFICIAL = {
    "ady": 22,
    "gre": 21,
    "ice": 12,
    "ita": 19,
    "khm": 34,
    "lav": 55,
    "mlt_latn": 19,
    "rum": 10,
    "slv": 49,
    "wel_sw": 10,
}
"""Word error rate of the task's neural baseline after 800 words, on its test words, %."""
OFFICIAL_DEV_MEAN = 22.4
SIZES = (800, 100, 10)
SEED = 1_000_700
_WINDOW = {
    *("l+0", "l-1 l+0", "l+0 l+1", "l-1 l+0 l+1", "l-2 l-1 l+0", "l+0 l+1 l+2"),
    *("l+0 l+2", "l+0 l-2", "l+0 l+3", "l+0 l-3", "said", "said before"),
}
_OFF = 1e-4  # a deviation so small that a template plays no part


def untrained() -> PronounceLearner:
    """The same model, all templates alike and no idea of any letter."""
    return PronounceLearner(SoundPrior({}))


def plain() -> PronounceLearner:
    """A window of letters with a few conjunctions, and the last two phonemes."""
    used = [template.removesuffix(" → chunk") in _WINDOW for template in TEMPLATES]
    deviations = jnp.log(jnp.where(jnp.array(used), 1.0, _OFF))
    return eqx.tree_at(lambda learner: learner.log_deviations, untrained(), deviations)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pronounce")
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared task")
    parser.add_argument("--draws", type=int, default=5, help="of the words read, where not all are")
    options = parser.parse_args()
    began = time.time()
    learners = {
        "yingshe": load_learner("pronounce"),
        "without meta-training": untrained(),
        "plain window": plain(),
    }
    figures = {
        "official baseline, test, 800 words": {
            **OFFICIAL,
            "mean": float(np.mean(list(OFFICIAL.values()))),
        },
        "official baseline, dev mean, 800 words": OFFICIAL_DEV_MEAN,
        "wrong words, %": {},
    }
    for name, learner in learners.items():
        print(name, flush=True)
        figures["wrong words, %"][name] = {
            str(size): measure(learner, options.data, size, options.draws) for size in SIZES
        }
    ours = figures["wrong words, %"]["yingshe"]["800"]
    figures["languages below the official baseline"] = sum(
        ours[language][0] < OFFICIAL[language] for language in LANGUAGES
    )
    record(
        "pronounce",
        figures,
        seed=SEED,
        seconds=time.time() - began,
        settings={"draws": options.draws, "sizes": SIZES, "judged on": "dev, 100 words a language"},
        command="python -m benchmarks.pronounce --data FOLDER",
    )


def measure(learner: PronounceLearner, data: Path, size: int, draws: int) -> dict:
    """By language and their mean, wrong words in % with 95 % intervals over words and draws; and
    the seconds of one core that reading took.
    """
    found, seconds = {}, []
    for language in track(LANGUAGES, description=f"{size} words"):
        words = read_lexicon(data / f"{language}_train.tsv")
        judged = read_lexicon(data / f"{language}_dev.tsv")
        wrong = []
        for draw in range(draws if size < len(words) else 1):
            generator = np.random.default_rng((SEED, draw))
            some = [words[i] for i in generator.permutation(len(words))[:size]]
            mapping, spent = _read(learner, some)
            seconds.append(spent)
            wrong.append(wrong_words(mapping, judged))
        found[language] = 100 * np.array(wrong)  # (draws, words)
    rows = {language: _interval([wrong]) for language, wrong in found.items()}
    print({language: round(row[0], 1) for language, row in rows.items()}, flush=True)
    return {
        **rows,
        "mean": _interval(list(found.values())),
        "seconds": [float(np.mean(seconds)), float(np.max(seconds))],
    }


def _read(learner: PronounceLearner, words: Sequence[Entry]) -> tuple[PronounceMapping, float]:
    began = time.process_time()
    mapping = PronounceMapping(learner, words)
    return mapping, time.process_time() - began


def _interval(languages: Sequence[np.ndarray]) -> list[float]:
    """The mean over languages, and its 95 % interval when draws and words are drawn again."""
    generator = np.random.default_rng(0)
    again = []
    for _ in range(2000):
        means = [
            wrong[generator.integers(0, len(wrong), len(wrong))][
                :, generator.integers(0, wrong.shape[1], wrong.shape[1])
            ].mean()
            for wrong in languages
        ]
        again.append(np.mean(means))
    value = np.mean([wrong.mean() for wrong in languages])
    return [float(value), *(float(end) for end in np.quantile(again, (0.025, 0.975)))]


if __name__ == "__main__":
    main()
