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
CHANCE = {"half-cheetah": 40, "ant": 60}
"""Walks at random."""
SIMULATOR = {"half-cheetah": 40, "ant": 0}
"""Walks that plans through MuJoCo drive; the ant's are too slow to simulate for it."""
ROUNDS = {
    "half-cheetah": ((4000, 20, 100), (3000, 24, 100), (3500, 20, 160)),
    "ant": ((1500, 16, 100),),
}
"""Steps of training on all logs so far; walks that this body drives, and how long they are."""
LAST = {"half-cheetah": 3500, "ant": 2000}
"""Steps of training on all logs."""


def commands(walker: str) -> list[str]:
    """What follows `yingshe`, in order."""
    option, run = f"--walker {walker}", f"runs/{walker}"
    known, planned = [f"{run}-chance.parquet"], []
    made = [f"walker collect {known[0]} {option} --walks {CHANCE[walker]} --seed 1"]
    if SIMULATOR[walker]:
        planned.append(f"{run}-simulator.parquet")
        made.append(
            f"walker collect {planned[0]} {option} --walks {SIMULATOR[walker]}"
            " --by simulator --seed 50"
        )
    for number, (steps, walks, length) in enumerate(ROUNDS[walker], start=1):
        logs, body = f"{run}-planned-{number}.parquet", f"{run}-{number}"
        made += [
            f"walker train {' '.join(known + planned)} {option} --steps {steps} --run {body}",
            f"walker collect {logs} {option} --walks {walks} --steps {length} --by {body}"
            f" --seed {2 + number}",
        ]
        planned.append(logs)
    every = " ".join(known + planned)
    return [
        *made,
        f"walker train {every} {option} --steps {LAST[walker]} --run {run}",
        f"walker train {' '.join(planned)} {option} --part joints --body {run} --steps 300"
        f" --run {run}-joints",
        f"walker train {every} {option} --part commanded --steps {LAST[walker]}"
        f" --run {run}-commanded",
    ]


def main():
    for walker in sys.argv[1:] or ROUNDS:
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
