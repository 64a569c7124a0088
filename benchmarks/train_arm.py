"""Trains the shipped learner of arms with unknown loads, by the commands on its card.

`python -m benchmarks.train_arm`; a run that was stopped goes on.
"""

from benchmarks.shipping import run, ship

COMMANDS = (
    "arm collect runs/arms.parquet --arms 300 --seed 1",
    "arm train runs/arms.parquet --run runs/arm --steps 3000",
)


def main():
    run(COMMANDS)
    ship(
        "arm",
        "Joints of an arm with an unknown load, friction and motor strength.",
        COMMANDS,
        "benchmarks/results/arm.json",
    )


if __name__ == "__main__":
    main()
