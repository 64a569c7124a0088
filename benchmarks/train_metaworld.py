"""Trains the shipped learners of manipulation, by the commands on their cards.

`python -m benchmarks.train_metaworld [NAME ...]`; a run that was stopped goes on.
"""

import sys

from benchmarks.shipping import run, ship

SUITES = ("ml45", "ml10")
COLLECT = "metaworld collect runs/metaworld-episodes --suite {suite} --seed 1"
TRAIN = "metaworld train runs/metaworld-episodes --suite {suite} --run runs/{name}"
ABOUT = "Reads demonstrations of a kind of manipulation it has never seen, and is its policy."
POOLED = "The same network without demonstrations: one policy for all classes, to stand beside."


def main():
    names = [f"metaworld-{suite}{tail}" for suite in SUITES for tail in ("", "-pooled")]
    for name in sys.argv[1:] or names:
        run(commands(name))
        about = POOLED if name.endswith("pooled") else ABOUT
        ship(name, about, commands(name), "benchmarks/results/metaworld.json")


def commands(name: str) -> list[str]:
    """What makes a learner: its episodes, and its training."""
    _, suite, *pooled = name.split("-")
    more = " --pooled --steps 4000" if pooled else ""
    return [c.format(suite=suite, name=name) for c in (COLLECT, TRAIN + more)]


if __name__ == "__main__":
    main()
