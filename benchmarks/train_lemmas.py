"""Trains the shipped learner of dictionary forms, by the command on its card.

`python -m benchmarks.train_lemmas`; a run that was stopped goes on.
"""

from benchmarks.shipping import run, ship

COMMANDS = ("lemmas train runs/lemmas",)


def main():
    run(COMMANDS)
    ship(
        "lemmas",
        "Dictionary forms of words, after a few pairs of a language never met. Trained on "
        "dictionaries of 29 languages that come with simplemma.",
        COMMANDS,
        "benchmarks/results/lemmas.json",
    )


if __name__ == "__main__":
    main()
