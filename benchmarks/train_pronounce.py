"""Trains the shipped learner of pronunciation, by the command on its card.

    python -m benchmarks.train_pronounce --data FOLDER

FOLDER holds the files of the SIGMORPHON 2021 task on grapheme-to-phoneme conversion. The languages
of its low track are left out: they are for judging.
"""

import argparse
import json
import shutil
import time

import jax

from benchmarks.pronounce import LANGUAGES
from benchmarks.record import stamp
from benchmarks.shipping import RUNS, ZOO
from yingshe.applications.languages.g2p import load_learner
from yingshe.cli import main as yingshe
from yingshe.serialization import write_atomically

OPTIONS = "--steps 180 --learning-rate 0.15 --seed 1"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_pronounce")
    parser.add_argument("--data", required=True, help="folder of the files of the shared task")
    data = parser.parse_args().data
    RUNS.mkdir(exist_ok=True)
    out = RUNS / "pronounce.safetensors"
    options = f"{OPTIONS} --leave-out {' '.join(LANGUAGES)}"
    began = time.time()
    if yingshe(["pronounce", "train", data, "--save", str(out), *options.split()]) != 0:
        raise SystemExit("training failed")
    seconds = time.time() - began
    shutil.copyfile(out, ZOO / "pronounce.safetensors")
    learner = load_learner(ZOO / "pronounce.safetensors")
    card = {
        "name": "pronounce",
        "about": "What languages share in how letters are said: prior deviations of weights, and "
        "chances of sounds by letter.",
        "command": f"yingshe pronounce train FOLDER --save pronounce.safetensors {options}",
        "data": "SIGMORPHON 2021 shared task on grapheme-to-phoneme conversion, medium and high "
        "tracks, train and dev (Ashby et al., 2021); from WikiPron (Lee et al., 2020), "
        "CC BY-SA 3.0. Holds no word of it.",
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(learner)),
        "training_seconds": round(seconds, 1),
        "figures": "benchmarks/results/pronounce.json",
        **stamp(),
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    write_atomically(ZOO / "pronounce.json", text.encode())


if __name__ == "__main__":
    main()
