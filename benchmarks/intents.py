"""Intents from 1, 3 and 10 sentences of each, in languages that no training read.

`python -m benchmarks.intents` measures that (`met`), and the other setting (`unmet`): intents that
training never met, in languages that it read. One of the words measures one of them. What the
encoder makes of the sentences is kept in runs/sentences.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence

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
from yingshe.serialization import write_atomically
from yingshe.training.run_config import fingerprint

SHOTS = (1, 3, 10)
EPISODES, SEED = 14, 77
OUTSIDE = 6  # sentences of none of the intents, to some thirty of them
MEANING, LETTERS = 512, 1024  # columns of the encoder's views
OURS = "yingshe"
KNOWN = ("en", "nl", "es", "ru", "da", "bg")  # languages of the second setting
ENCODER = "sentences"
READ = {
    "sentence encoder": slice(0, MEANING),
    "encoder and letters": slice(0, MEANING + LETTERS),
    "letters": slice(MEANING, MEANING + LETTERS),
}


def main():
    began = time.monotonic()
    figures = recorded("intents")
    wanted = sys.argv[1:] or ["met", "unmet"]
    if "met" in wanted:
        rows = _measure_all("intents", META_TEST)
        groups = {
            "seen by the encoder": [row for name, row in rows.items() if seen_by_encoder(name)],
            "never seen by the encoder": [
                row for name, row in rows.items() if not seen_by_encoder(name)
            ],
        }
        figures |= {group: _means(members) for group, members in groups.items()}
        figures["none of these"] = _outside(list(rows.values()))
        figures["languages"] = {name: _of_language(row) for name, row in rows.items()}
    if "unmet" in wanted:
        rows = _measure_all("intents-unmet", KNOWN, HELD_OUT_INTENTS)
        figures["intents never met"] = _means(list(rows.values()))
    record(
        "intents",
        figures,
        seed=SEED,
        seconds=time.monotonic() - began,
        settings={"shots": SHOTS, "episodes": EPISODES, "ways": WAYS, "outside": OUTSIDE},
    )


def _measure_all(name: str, languages: Sequence[str], only: Sequence[str] = ()) -> dict:
    """What was measured in each language; kept in runs/, so that it goes on where it stopped."""
    learner = zoo.load(name)
    read = reader(learner, taught=WAYS * max(SHOTS), asked=3 * WAYS + OUTSIDE)
    rows = {}
    for language in languages:
        path = RUNS / f"measured-{fingerprint(learner)}" / f"{language}.json"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, json.dumps(_measure(read, language, only)).encode())
        rows[language] = json.loads(path.read_text())
        print(language, _short(_of_language(rows[language])), flush=True)
    return rows


def _measure(read: Callable, language: str, only: Sequence[str]) -> dict:
    """Accuracy of every method in every episode, and what was said of every sentence."""
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
    return found


def _best(accuracy: Mapping[str, float]) -> str:
    return max((method for method in accuracy if method != OURS), key=lambda m: accuracy[m])


def _of_language(row: dict) -> dict:
    """Means over the episodes, the gain over the language's own best baseline, and AUROC."""
    reduced = {}
    for shots, one in row.items():
        accuracy = {m: float(np.mean(values)) for m, values in one["accuracy"].items()}
        best = _best(accuracy)
        gain = np.array(one["accuracy"][OURS]) - np.array(one["accuracy"][best])
        reduced[shots] = {
            "accuracy": accuracy,
            "best": best,
            "gain": _interval(gain),
            "auroc": _auroc([one]),
        }
    return reduced


def _means(rows: list[dict]) -> dict:
    """Over languages: ours, the best baseline of all, and the gain over it."""
    means: dict = {}
    for shots in map(str, SHOTS):
        parts = [_of_language(row)[shots] for row in rows]
        accuracy = {
            m: float(np.mean([part["accuracy"][m] for part in parts])) for m in parts[0]["accuracy"]
        }
        best = _best(accuracy)
        alone = _best({m: v for m, v in accuracy.items() if m.endswith("sentence encoder")})
        gains = np.array([part["accuracy"][OURS] - part["accuracy"][best] for part in parts])
        means[shots] = {
            OURS: accuracy[OURS],
            "best": {"method": best, "accuracy": accuracy[best]},
            "best on the sentence encoder alone": {"method": alone, "accuracy": accuracy[alone]},
            "gain": _interval(gains),
            "least gain over a language's own best": min(part["gain"][0] for part in parts),
            "accuracy": accuracy,
        }
    return means


def _outside(rows: list[dict]) -> dict:
    """AUROC as the mean over languages that have more than ten intents; calibration of all."""
    figures = {}
    for shots in map(str, SHOTS):
        parts = [row[shots] for row in rows if 0 in row[shots]["inside"]]
        none, inside, top, right = (
            np.concatenate([part[key] for part in parts])
            for key in ("none", "inside", "top", "right")
        )
        figures[shots] = {
            "auroc": float(np.mean([_auroc([part]) for part in parts])),
            "calibration error in scope": calibration_error(1 - none, inside.astype(bool)),
            "calibration error of intents": calibration_error(top, right.astype(bool)),
        }
    return figures


def _auroc(parts: list[dict]) -> float | None:
    inside, none = (np.concatenate([part[key] for part in parts]) for key in ("inside", "none"))
    return float(roc_auc_score(inside == 0, none)) if 0 in inside else None


def _interval(values: np.ndarray) -> list[float]:
    resamples = Resamples(len(values), np.random.default_rng(0))
    return list(resamples.mean(values, np.ones(len(values), bool)))


def _short(row: dict) -> str:
    return " · ".join(
        f"{shots}: {one['accuracy'][OURS]:.3f} beside {one['accuracy'][one['best']]:.3f} "
        f"({one['best']}), auroc {one['auroc'] or float('nan'):.3f}"
        for shots, one in row.items()
    )


if __name__ == "__main__":
    main()
