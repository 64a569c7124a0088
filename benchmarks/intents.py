"""Intents from 1, 3 and 10 sentences of each, in languages that no training read.

`python -m benchmarks.intents [language ...]` measures some languages anew, or all, and with
`unmet` the other setting: intents that training never met, in languages that it read. What the
encoder makes of the sentences is kept in runs/sentences.
"""

import sys
import time

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.record import record, recorded
from benchmarks.shipping import RUNS
from yingshe import zoo
from yingshe.applications.languages.intents.baselines import BASELINES
from yingshe.applications.languages.intents.examples import WAYS, episode, examples
from yingshe.applications.languages.intents.judge import calibration_error, reader
from yingshe.applications.languages.intents.split import (
    HELD_OUT_INTENTS,
    META_TEST,
    seen_by_encoder,
)
from yingshe.evaluation.bootstrap import Resamples

SHOTS = (1, 3, 10)
EPISODES, SEED = 40, 77
OUTSIDE = 6  # sentences of none of the intents, to some thirty of them
MEANING, LETTERS = 512, 1024  # columns of the encoder's views
OURS, UNMET = "yingshe", "unmet intents"
KNOWN = ("en", "nl", "es", "ru", "da", "bg")  # languages of the second setting
ENCODER = "sentences"
READ = {
    "sentence encoder": slice(0, MEANING),
    "encoder and letters": slice(0, MEANING + LETTERS),
    "letters": slice(MEANING, MEANING + LETTERS),
}


def main():
    began = time.monotonic()
    wanted = sys.argv[1:] or [*META_TEST, UNMET]
    figures = recorded("intents")
    rows = figures.get("languages", {})
    for language in wanted:
        if language in META_TEST:
            rows[language] = _measure("intents", language)
            print(language, _short(rows[language]), flush=True)
    figures["languages"] = {name: rows[name] for name in META_TEST if name in rows}
    if UNMET in wanted or "unmet" in wanted:
        figures[UNMET] = {
            language: _measure("intents-unmet", language, HELD_OUT_INTENTS) for language in KNOWN
        }
    seen = [name for name in rows if seen_by_encoder(name)]
    unseen = [name for name in rows if not seen_by_encoder(name)]
    figures["seen by the encoder"] = _means([rows[name] for name in seen])
    figures["never seen by the encoder"] = _means([rows[name] for name in unseen])
    figures["none of these"] = _outside(list(rows.values()))
    if UNMET in figures:
        figures["intents never met"] = _means(list(figures[UNMET].values()))
    record(
        "intents",
        figures,
        seed=SEED,
        seconds=time.monotonic() - began,
        settings={"shots": SHOTS, "episodes": EPISODES, "ways": WAYS, "outside": OUTSIDE},
    )


def _measure(name: str, language: str, only: tuple[str, ...] = ()) -> dict:
    """Accuracy of every method in every episode, and what was said of sentences from outside."""
    learner = zoo.load(name)
    read = reader(learner, taught=WAYS * max(SHOTS), asked=3 * WAYS + OUTSIDE)
    known = examples(language, ENCODER, cache=RUNS / "sentences")
    intents = [i for i in known.rows if not only or known.corpus.intents[i] in only]
    found: dict = {}
    for shots in SHOTS:
        accuracy: dict[str, list[float]] = {}
        none, top, right, inside = [], [], [], []
        for i in range(EPISODES):
            generator = np.random.default_rng((SEED, shots, i, *language.encode()))
            one = episode(known, generator, shots, intents=intents, outside=OUTSIDE)
            probs = np.exp(read(known, one))
            asked = one.asked_intent < WAYS
            truth = one.asked_intent[asked]
            guess = probs[asked, :WAYS].argmax(axis=1)
            accuracy.setdefault(OURS, []).append(float(np.mean(guess == truth)))
            taught, new = known.x[one.taught], known.x[one.asked[asked]]
            for words, columns in READ.items():
                for method, classify in BASELINES.items():
                    answer = classify(taught[:, columns], one.taught_intent, new[:, columns])
                    share = float(np.mean(answer == truth))
                    accuracy.setdefault(f"{method}, {words}", []).append(share)
            none += probs[:, -1].tolist()
            inside += asked.tolist()
            within = probs[asked, :WAYS] / probs[asked, :WAYS].sum(axis=1, keepdims=True)
            top += within.max(axis=1).tolist()
            right += (guess == truth).tolist()
        found[str(shots)] = {
            "accuracy": accuracy,
            "none": np.round(none, 4).tolist(),
            "inside": np.array(inside, int).tolist(),
            "top": np.round(top, 4).tolist(),
            "right": np.array(right, int).tolist(),
        }
    return _reduced(found)


def _reduced(found: dict) -> dict:
    """Means of the accuracies; what calibration needs stays as it is, in 100 bins."""
    reduced = {}
    for shots, one in found.items():
        accuracy = one["accuracy"]
        best = max((m for m in accuracy if m != OURS), key=lambda m: np.mean(accuracy[m]))
        gain = np.array(accuracy[OURS]) - np.array(accuracy[best])
        every = np.ones(len(gain), bool)
        none, inside = np.array(one["none"]), np.array(one["inside"], bool)
        outside_known = bool((~inside).any())
        reduced[shots] = {
            "accuracy": {m: float(np.mean(values)) for m, values in accuracy.items()},
            "best": best,
            "gain": list(Resamples(len(gain), np.random.default_rng(0)).mean(gain, every)),
            "auroc": float(roc_auc_score(~inside, none)) if outside_known else None,
            "calibration error in scope": calibration_error(1 - none, inside)
            if outside_known
            else None,
            "calibration error of intents": calibration_error(
                np.array(one["top"]), np.array(one["right"], bool)
            ),
        }
    return reduced


def _means(rows: list[dict]) -> dict:
    """Over languages: ours, the best baseline of each language and of all, and the gains."""
    means: dict = {}
    for shots in map(str, SHOTS):
        parts = [row[shots] for row in rows]
        methods = [m for m in parts[0]["accuracy"] if m != OURS]
        accuracy = {
            m: float(np.mean([part["accuracy"][m] for part in parts])) for m in (OURS, *methods)
        }
        best = max(methods, key=lambda m: accuracy[m])
        alone = max((m for m in methods if "sentence encoder" in m), key=lambda m: accuracy[m])
        gains = np.array([part["accuracy"][OURS] - part["accuracy"][best] for part in parts])
        every = np.ones(len(gains), bool)
        means[shots] = {
            OURS: accuracy[OURS],
            "best": {"method": best, "accuracy": accuracy[best]},
            "best on the sentence encoder alone": {"method": alone, "accuracy": accuracy[alone]},
            "gain": list(Resamples(len(gains), np.random.default_rng(0)).mean(gains, every)),
            "least gain over a language's own best": float(min(part["gain"][0] for part in parts)),
            "accuracy": accuracy,
        }
    return means


def _outside(rows: list[dict]) -> dict:
    """Means over languages with intents beside the ten."""
    return {
        shots: {
            key: float(np.mean([row[shots][key] for row in rows if row[shots][key] is not None]))
            for key in ("auroc", "calibration error in scope", "calibration error of intents")
        }
        for shots in map(str, SHOTS)
    }


def _short(row: dict) -> str:
    return " · ".join(
        f"{shots}: {one['accuracy'][OURS]:.3f} beside {one['accuracy'][one['best']]:.3f} "
        f"({one['best']}), auroc {one['auroc'] or float('nan'):.3f}"
        for shots, one in row.items()
    )


if __name__ == "__main__":
    main()
