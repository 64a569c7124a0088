"""Trains the shipped learner of grasps with unknown offsets, by the commands on its card.

`python -m benchmarks.train_grasp`; a run that was stopped goes on.
"""

from benchmarks.shipping import run, ship

COMMANDS = (
    "grasp collect runs/grasps.parquet --tasks 300 --seed 1",
    "grasp train runs/grasps.parquet --run runs/grasp",
)


def main():
    run(COMMANDS)
    ship(
        "grasp",
        "Grasps by arms of unknown camera offset, finger length and class of objects.",
        COMMANDS,
        "benchmarks/results/grasp.json",
    )


if __name__ == "__main__":
    main()
