"""Walking robots struck by damage they never trained on: planning through the adapted model.

Walks are drawn with seeds that training never saw.
"""

import json
import time

import numpy as np

import yingshe as ys
from benchmarks._benchmark import (
    Ablation,
    Benchmark,
    Check,
    Plot,
    Recipe,
    Result,
    ResultRow,
    Table,
)
from benchmarks._figures import number
from benchmarks._results import read_figures
from benchmarks._run import resume_directory
from yingshe.serialization import write_atomically

SEED = 1_000_700
STEPS, DAMAGE_STEP = 160, 60
ROBOTS = ("half-cheetah", "ant")
ACTUATOR, COMMANDED = "-joints", "-commanded"
"""Endings of the models' names in the zoo."""
CONTROLLERS = ("non-adapting", "adapting", "informed", "undamaged", "ridge", "true simulator")
_LINE_UP = {"informed": "told"}
"""Names of controllers that the package spells otherwise."""


def measure(
    *,
    seeds: int = 5,
    robots: tuple[str, ...] = ROBOTS,
    controllers: tuple[str, ...] = CONTROLLERS,
) -> Result:
    """Measure the return after the damage. Finished walks are kept, so that a stopped run goes on.

    Args:
        seeds: Walks for each damage.
        robots: Robots; figures of the others stay.
        controllers: Controllers that walk now.
    """
    from yingshe.applications.robots.locomotion import make_walker

    for name in robots:
        walker = make_walker(name)
        makers = make_controllers(name)
        for seed in range(SEED, SEED + seeds):
            for number_ in range(len(walker.test)):
                for controller in controllers:
                    _resume(walker, number_, controller, makers[controller], seed)
    partial = set(robots) < set(ROBOTS)
    figures = read_figures("locomotion") if partial else {}
    figures |= {name: _summarize(make_walker(name), seeds) for name in robots}
    seconds = sum(row["seconds"] for row in _finished("*"))
    settings = {"seeds": seeds, "steps": STEPS, "damage step": DAMAGE_STEP}
    return Result(figures, SEED, settings, seconds, partial=partial)


def make_controllers(name: str) -> dict:
    """Return the makers of all controllers of one robot."""
    from yingshe.applications.robots.locomotion import Planner, make_walker
    from yingshe.applications.robots.locomotion.control import line_up

    learners = (ys.load(name + part) for part in ("", ACTUATOR, COMMANDED))
    makers = line_up(Planner(make_walker(name)), *learners)
    return {c: makers[_LINE_UP.get(c, c)] for c in CONTROLLERS if _LINE_UP.get(c, c) in makers}


def walk_once(walker, number_: int, make, seed: int):
    """Walk once, with one test damage in mid-walk."""
    from yingshe.applications.robots.locomotion.episode import walk

    damage = walker.damage(walker.test[number_])
    return walk(walker, make(), damage, seed=seed, steps=STEPS, strike=DAMAGE_STEP)


def _resume(walker, number_: int, controller: str, make, seed: int) -> None:
    """Walk, unless it was done before with the same code, and keep the outcome."""
    path = resume_directory("locomotion") / f"{walker.name} {number_} {controller} {seed}.json"
    if path.exists():
        return
    started = time.time()
    outcome = walk_once(walker, number_, make, seed)
    row = {
        "after": outcome.after,
        "before": outcome.before,
        "metres": float(outcome.forward[-1] - outcome.forward[DAMAGE_STEP - 1]),
        "step ms": float(1e3 * np.median(outcome.step_seconds)),
        "seconds": time.time() - started,
    }
    write_atomically(path, json.dumps(row).encode())
    print(walker.name, number_, controller, seed, f"{outcome.after:.0f}", flush=True)


def _finished(pattern: str) -> list[dict]:
    paths = sorted(resume_directory("locomotion").glob(f"{pattern}.json"))
    return [json.loads(path.read_text()) for path in paths]


def _summarize(walker, seeds: int) -> dict:
    """Return means over the seeds that a controller has walked with every damage, and ratios."""
    damages = [walker.damage(motors) for motors in walker.test]
    rows: dict[str, list[list[dict]]] = {}
    for controller in CONTROLLERS:
        complete = []
        for seed in range(SEED, SEED + seeds):
            row = [_finished(f"{walker.name} {i} {controller} {seed}") for i in range(len(damages))]
            if not all(row):
                break
            complete.append([walks[0] for walks in row])
        if complete:
            rows[controller] = complete

    def table(controller: str, label: str) -> np.ndarray:
        """Return (damages, seeds)."""
        return np.array([[walk[label] for walk in row] for row in rows[controller]]).T

    figures: dict = {"damages": [damage.name for damage in damages], "controllers": {}}
    for controller in rows:
        after = table(controller, "after")
        figures["controllers"][controller] = {
            "walks": after.size,
            "return after": _interval(after),
            "return before": _interval(table(controller, "before")),
            "metres after": _interval(table(controller, "metres")),
            "by damage": {
                damage.name: _interval(row[None])
                for damage, row in zip(damages, after, strict=True)
            },
            "step ms": float(np.median(table(controller, "step ms"))),
        }
        if controller != "adapting" and "adapting" in rows:
            ours = table("adapting", "after")
            same = min(ours.shape[1], after.shape[1])  # the same walks in both
            figures[f"adapting over {controller}"] = _ratio(ours[:, :same], after[:, :same])
    return figures


def _draws(damages: int, walks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bootstrap rows and columns: walks resampled within each damage."""
    drawn = np.random.default_rng(0).integers(0, walks, (5000, damages, walks))
    return np.arange(damages)[:, None], drawn


def _interval(values: np.ndarray) -> list[float]:
    """Return the mean of (damages, seeds) and its 95 % bootstrap interval."""
    rows, drawn = _draws(*values.shape)
    low, high = np.quantile(values[rows, drawn].mean(axis=(1, 2)), (0.025, 0.975))
    return [float(values.mean()), float(low), float(high)]


def _ratio(ours: np.ndarray, other: np.ndarray) -> list[float] | None:
    """Return the ratio of mean returns, (damages, seeds) each, with its 95 % bootstrap interval.

    None where the denominator is not clearly positive: then a ratio says nothing.
    """
    rows, drawn = _draws(*ours.shape)
    below = other[rows, drawn].mean(axis=(1, 2))
    if np.quantile(below, 0.025) <= 0:
        return None
    ratios = ours[rows, drawn].mean(axis=(1, 2)) / below
    low, high = np.quantile(ratios, (0.025, 0.975))
    return [float(ours.mean() / other.mean()), float(low), float(high)]


_CHECKED = "fthigh dead"


def _check() -> dict[str, float]:
    from yingshe.applications.robots.locomotion import make_walker

    walker, makers = make_walker("half-cheetah"), make_controllers("half-cheetah")
    seeds = range(SEED, SEED + 5)
    return {
        controller: float(
            np.mean([walk_once(walker, 0, makers[controller], seed).after for seed in seeds])
        )
        for controller in ("adapting", "non-adapting")
    }


_DESCRIPTIONS = {
    "": "What delivered torques do to the {robot}: the dynamics of its mapping.",
    ACTUATOR: "Fraction of its commanded torque that each motor of the {robot} delivers.",
    COMMANDED: "What commands do to the {robot}, damaged or not: the non-adaptive baseline.",
}
_RANDOM_WALKS = {"half-cheetah": 40, "ant": 60}
_SIMULATOR_WALKS = {"half-cheetah": 40, "ant": 0}  # the ant is too slow to simulate for it
_ROUNDS = {
    "half-cheetah": ((4000, 20, 100), (3000, 24, 100), (3500, 20, 160)),
    "ant": ((1500, 16, 100),),
}
"""Steps of training on all logs so far; walks that this model drives, and how long they are."""
_LAST = {"half-cheetah": 3500, "ant": 2000}
"""Steps of training on all logs."""


def _commands(robot: str) -> tuple[str, ...]:
    option, run = f"--walker {robot}", f"runs/{robot}"
    random, planned = [f"{run}-chance.parquet"], []
    commands = [f"walker collect {random[0]} {option} --walks {_RANDOM_WALKS[robot]} --seed 1"]
    if _SIMULATOR_WALKS[robot]:
        planned.append(f"{run}-simulator.parquet")
        commands.append(
            f"walker collect {planned[0]} {option} --walks {_SIMULATOR_WALKS[robot]}"
            " --by simulator --seed 50"
        )
    for round_, (steps, walks, length) in enumerate(_ROUNDS[robot], start=1):
        logs, dynamics = f"{run}-planned-{round_}.parquet", f"{run}-{round_}"
        commands += [
            f"walker train {' '.join(random + planned)} {option} --steps {steps} --run {dynamics}",
            f"walker collect {logs} {option} --walks {walks} --steps {length} --by {dynamics}"
            f" --seed {2 + round_}",
        ]
        planned.append(logs)
    every = " ".join(random + planned)
    return (
        *commands,
        f"walker train {every} {option} --steps {_LAST[robot]} --run {run}",
        f"walker train {' '.join(planned)} {option} --part joints --body {run} --steps 300"
        f" --run {run}{ACTUATOR}",
        f"walker train {every} {option} --part commanded --steps {_LAST[robot]}"
        f" --run {run}{COMMANDED}",
    )


_LABELS = {
    "adapting (ours)": "adapting",
    "non-adaptive model": "non-adapting",
    "ridge correction": "ridge",
    "model of the undamaged robot": "undamaged",
    "model informed of the damage": "informed",
    "true simulator": "true simulator",
}


def _table(robot: str, damage: str) -> Table:
    return Table(
        f"{robot.capitalize()}, {damage}",
        {
            "return after": "return after",
            "return before": "return before",
            "metres": "metres after",
        },
        _LABELS,
        lambda f, controller, label: f[robot]["controllers"][controller][label],
        ours=("adapting (ours)",),
        digits=0,
        head="controller",
    )


def _row(robot: str, title: str, title_zh: str) -> ResultRow:
    def after(figures, controller: str) -> str:
        return number(figures[robot]["controllers"][controller]["return after"][0], 0)

    return ResultRow(
        title=title,
        title_zh=title_zh,
        ours=lambda f: after(f, "adapting"),
        peer=lambda f: f"{after(f, 'undamaged')}; true simulator {after(f, 'true simulator')}",
        peer_name="undamaged model",
        peer_name_zh="视为完好的模型",
    )


BENCHMARK = Benchmark(
    name="locomotion",
    title="Walking robots that lose a motor",
    title_zh="失去电机的行走机器人",
    group="Robots",
    question="Does a robot that loses a motor in mid-walk walk on, by adapting its model?",
    setup="Half-cheetah and ant of MuJoCo; damage at step 60 of 160, to motors that never failed"
    " in training. 5 seeds a"
    " damage; return after the damage. All controllers plan in the same way.",
    run=measure,
    minutes=71,
    rows=(
        _row(
            "half-cheetah",
            "Half-cheetah loses a joint: return afterwards",
            "半猎豹失去一个关节：此后的回报",
        ),
        _row("ant", "Ant loses a leg: return afterwards", "蚂蚁失去一条腿：此后的回报"),
    ),
    tables=(
        _table("half-cheetah", "a joint dead that never failed in training (10 walks)"),
        _table("ant", "a leg lost that never failed in training (5 walks)"),
    ),
    plot=Plot(
        "locomotion.png",
        "A walking robot loses a joint: distance, and estimated motor gains",
        drawn_by="yingshe locomotion demo",
    ),
    limitations=(
        "Adapting harms the ant: it returns less than both fixed models; the cause was not"
        " investigated.",
        "On the half-cheetah, the gain over the undamaged model lies within the interval.",
        "The non-adaptive model is also worse before the damage.",
        "The half-cheetah's test motors are those whose loss costs a MuJoCo planner most (two"
        " walks each).",
        "Ridge was tuned to predict the next step on training joints, not on returns.",
        "There ridge's squared error is 0.75 of that of the model it corrects.",
        "Plans through ridge return less than plans through the uncorrected model, on training"
        " joints too.",
        "With the ant the true simulator walked fewer times than the others.",
    ),
    ablations=(
        Ablation(
            "ridge correction, joints of training", "return 204, 329 uncorrected", "4 walks each"
        ),
        Ablation("ridge on the whole last layer", "return 235", "4 walks"),
    ),
    train=tuple(
        Recipe(robot + part, description.format(robot=robot), _commands(robot))
        for robot in ROBOTS
        for part, description in _DESCRIPTIONS.items()
    ),
    check=Check(
        f"5 walks of the half-cheetah with {_CHECKED}, adapting and not",
        _check,
        lambda f: {
            controller: f["half-cheetah"]["controllers"][controller]["by damage"][_CHECKED]
            for controller in ("adapting", "non-adapting")
        },
    ),
)
