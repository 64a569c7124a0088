"""Trains the shipped learners of damaged walkers, by the commands on their cards.

`python -m benchmarks.train_walker [half-cheetah] [ant]`; what was stopped goes on.
"""

import sys

from benchmarks.shipping import run, ship

ABOUT = {
    "": "What delivered torques do to a {walker}: the body of its mapping.",
    "-joints": "What each motor of a {walker} gives of what it is asked for, from moments of it.",
    "-commanded": "What commands do to a {walker}, damaged or not: the model that does not adapt.",
}
WALKS = {"half-cheetah": (24, 20), "ant": (40, 20)}
"""That plans through the first body drive, and through the second."""
STEPS = {"half-cheetah": (4000, 4000), "ant": (2500, 3000)}
"""Of training the second body, and the last."""


def commands(walker: str) -> list[str]:
    """What follows `yingshe`, in order."""
    option, run = f"--walker {walker}", f"runs/{walker}"
    chance, simulator, learner, again = (
        f"runs/{walker}-{kind}.parquet" for kind in ("chance", "simulator", "learner", "again")
    )
    made = [f"walker collect {chance} {option} --walks 60 --seed 1"]
    known = [chance]
    if walker == "half-cheetah":  # MuJoCo is fast enough to plan through
        made.append(f"walker collect {simulator} {option} --walks 16 --by simulator --seed 50")
        known.append(simulator)
    planned = " ".join([*known[1:], learner, again])
    every = " ".join([*known, learner, again])
    (first, second), (short, long) = WALKS[walker], STEPS[walker]
    return [
        *made,
        f"walker train {' '.join(known)} {option} --steps 2500 --tasks 512 --run {run}-first",
        f"walker collect {learner} {option} --walks {first} --by {run}-first --seed 3",
        f"walker train {' '.join(known)} {learner} {option} --steps {short} --run {run}-second",
        f"walker collect {again} {option} --walks {second} --by {run}-second --seed 4",
        f"walker train {every} {option} --steps {long} --run {run}",
        f"walker train {planned} {option} --part joints --body {run} --steps 300"
        f" --run {run}-joints",
        f"walker train {every} {option} --part commanded --steps {long} --run {run}-commanded",
    ]


def main():
    for walker in sys.argv[1:] or WALKS:
        run(commands(walker))
        for part, about in ABOUT.items():
            ship(
                walker + part,
                about.format(walker=walker),
                commands(walker),
                "benchmarks/results/walker.json",
            )


if __name__ == "__main__":
    main()
