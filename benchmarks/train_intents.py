"""Trains the shipped learners of intents, by the commands on their cards.

`python -m benchmarks.train_intents [name ...]`; a run that was stopped goes on.
"""

import sys

from benchmarks.shipping import run, ship
from yingshe.applications.languages.intents.split import HELD_OUT_INTENTS

_CACHE = "--cache runs/sentences"
COMMANDS = {
    "intents": f"intents train runs/intents {_CACHE}",
    "intents-unmet": f"intents train runs/intents-unmet {_CACHE} --steps 800 --without "
    + " ".join(HELD_OUT_INTENTS),
}
ABOUT = {
    "intents": "What a sentence asks for, in a language it never read, from a few sentences of "
    "each intent; and that it asks for none of them.",
    "intents-unmet": "The same, trained without 14 of the intents: to measure intents never met.",
}


def main():
    for name in sys.argv[1:] or COMMANDS:
        run([COMMANDS[name]])
        ship(name, ABOUT[name], [COMMANDS[name]], "benchmarks/results/intents.json")


if __name__ == "__main__":
    main()
