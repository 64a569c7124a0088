"""Walking robots with actuator faults new to training: planning with the adapted model.

Walks are drawn with seeds that training does not use.
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
STEPS, FAULT_STEP = 160, 60
ROBOTS = ("half-cheetah", "ant")
ACTUATOR, COMMANDED = "-actuator", "-commanded"
"""Suffixes of the models' names in the zoo."""
ADAPTIVE = "adaptive"
CONTROLLERS = (
    "non-adaptive",
    ADAPTIVE,
    "oracle gains",
    "healthy",
    "online ridge",
    "true simulator",
)


def measure(
    *,
    seeds: int = 5,
    robots: tuple[str, ...] = ROBOTS,
    controllers: tuple[str, ...] = CONTROLLERS,
) -> Result:
    """Measure the return after the damage. An interrupted run resumes after its finished walks.

    Args:
        seeds: Number of walks for each damage.
        robots: Robots to measure; recorded figures of the others stay.
        controllers: Controllers to measure.
    """
    from yingshe.applications.robots.locomotion import make_robot

    for name in robots:
        robot = make_robot(name)
        controllers_ = make_controllers(name)
        for seed in range(SEED, SEED + seeds):
            for number_ in range(len(robot.test_faults)):
                for controller in controllers:
                    _resume(robot, number_, controller, controllers_[controller], seed)
    partial = set(robots) < set(ROBOTS)
    figures = read_figures("locomotion") if partial else {}
    figures |= {name: _summarize(make_robot(name), seeds) for name in robots}
    seconds = sum(row["seconds"] for row in _finished("*"))
    settings = {"seeds": seeds, "steps": STEPS, "fault step": FAULT_STEP}
    return Result(figures, SEED, settings, seconds, partial=partial)


def make_controllers(name: str) -> dict:
    """Build all controllers of one robot."""
    from yingshe.applications.robots import locomotion

    learners = (ys.load(name + part) for part in ("", ACTUATOR, COMMANDED))
    planner = locomotion.CEMPlanner(locomotion.make_robot(name))
    return locomotion.make_controllers(planner, *learners)


def run_once(robot, number_: int, controller, seed: int):
    """Run one episode, with one test fault in the middle."""
    from yingshe.applications.robots.locomotion import run_episode

    fault = robot.make_fault(robot.test_faults[number_])
    return run_episode(robot, controller, fault, seed=seed, steps=STEPS, fault_step=FAULT_STEP)


def _resume(robot, number_: int, name: str, controller, seed: int) -> None:
    """Run one episode and store the outcome, unless the same code has done so."""
    path = resume_directory("locomotion") / f"{robot.name} {number_} {name} {seed}.json"
    if path.exists():
        return
    start_time = time.time()
    outcome = run_once(robot, number_, controller, seed)
    row = {
        "after": outcome.return_after,
        "before": outcome.return_before,
        "metres": float(outcome.forward[-1] - outcome.forward[FAULT_STEP - 1]),
        "step ms": float(1e3 * np.median(outcome.step_seconds)),
        "seconds": time.time() - start_time,
    }
    write_atomically(path, json.dumps(row).encode())
    print(robot.name, number_, name, seed, f"{outcome.return_after:.0f}", flush=True)


def _finished(pattern: str) -> list[dict]:
    paths = sorted(resume_directory("locomotion").glob(f"{pattern}.json"))
    return [json.loads(path.read_text()) for path in paths]


def _summarize(robot, seeds: int) -> dict:
    """Return means and ratios over the seeds for which a controller has met every damage."""
    damages = [robot.make_fault(motors) for motors in robot.test_faults]
    rows: dict[str, list[list[dict]]] = {}
    for controller in CONTROLLERS:
        complete = []
        for seed in range(SEED, SEED + seeds):
            row = [_finished(f"{robot.name} {i} {controller} {seed}") for i in range(len(damages))]
            if not all(row):
                break
            complete.append([walks[0] for walks in row])
        if complete:
            rows[controller] = complete

    def table(controller: str, label: str) -> np.ndarray:
        """Return one value per walk, (damages, seeds)."""
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
        if controller != ADAPTIVE and ADAPTIVE in rows:
            ours = table(ADAPTIVE, "after")
            same = min(ours.shape[1], after.shape[1])  # the same walks in both
            figures[f"adaptive over {controller}"] = _ratio(ours[:, :same], after[:, :same])
    return figures


def _draws(damages: int, walks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bootstrap rows and columns: walks resampled within each damage."""
    columns = np.random.default_rng(0).integers(0, walks, (5000, damages, walks))
    return np.arange(damages)[:, None], columns


def _interval(values: np.ndarray) -> list[float]:
    """Return the mean of (damages, seeds) and its 95 % bootstrap interval."""
    rows, columns = _draws(*values.shape)
    low, high = np.quantile(values[rows, columns].mean(axis=(1, 2)), (0.025, 0.975))
    return [float(values.mean()), float(low), float(high)]


def _ratio(ours: np.ndarray, other: np.ndarray) -> list[float] | None:
    """Return the ratio of mean returns, (damages, seeds) each, with its 95 % bootstrap interval.

    None if the denominator is not clearly positive, because the ratio is then meaningless.
    """
    rows, columns = _draws(*ours.shape)
    below = other[rows, columns].mean(axis=(1, 2))
    if np.quantile(below, 0.025) <= 0:
        return None
    ratios = ours[rows, columns].mean(axis=(1, 2)) / below
    low, high = np.quantile(ratios, (0.025, 0.975))
    return [float(ours.mean() / other.mean()), float(low), float(high)]


_CHECKED = "fthigh dead"


def _check() -> dict[str, float]:
    from yingshe.applications.robots.locomotion import make_robot

    robot, controllers = make_robot("half-cheetah"), make_controllers("half-cheetah")
    seeds = range(SEED, SEED + 5)
    return {
        name: float(
            np.mean([run_once(robot, 0, controllers[name], seed).return_after for seed in seeds])
        )
        for name in (ADAPTIVE, "non-adaptive")
    }


_DESCRIPTIONS = {
    "": "Dynamics of the {robot} by delivered torques.",
    ACTUATOR: "Motor gains of the {robot}: delivered fraction of each commanded torque.",
    COMMANDED: "Non-adaptive baseline: dynamics of the {robot} by commands, damaged or not.",
}
_RANDOM_WALKS = {"half-cheetah": 40, "ant": 60}
_SIMULATOR_WALKS = {"half-cheetah": 40, "ant": 0}  # planning with the ant's simulator is too slow
_ROUNDS = {
    "half-cheetah": ((4000, 20, 100), (3000, 24, 100), (3500, 20, 160)),
    "ant": ((1500, 16, 100),),
}
"""Rounds of (training steps on all logs so far, walks planned with this model, steps per walk)."""
_LAST = {"half-cheetah": 3500, "ant": 2000}
"""Training steps on all logs."""


def _commands(robot: str) -> tuple[str, ...]:
    option, run = f"--robot {robot}", f"runs/{robot}"
    random, planned = [f"{run}-chance.parquet"], []
    commands = [
        f"locomotion collect {random[0]} {option} --episodes {_RANDOM_WALKS[robot]} --seed 1"
    ]
    if _SIMULATOR_WALKS[robot]:
        planned.append(f"{run}-simulator.parquet")
        commands.append(
            f"locomotion collect {planned[0]} {option} --episodes {_SIMULATOR_WALKS[robot]}"
            " --policy simulator-mpc --seed 50"
        )
    for round_, (steps, walks, length) in enumerate(_ROUNDS[robot], start=1):
        logs, dynamics = f"{run}-planned-{round_}.parquet", f"{run}-{round_}"
        commands += [
            f"locomotion train {' '.join(random + planned)} {option} --steps {steps} --run-dir"
            f" {dynamics}",
            f"locomotion collect {logs} {option} --episodes {walks} --steps {length} --policy"
            f" {dynamics}"
            f" --seed {2 + round_}",
        ]
        planned.append(logs)
    all_logs = " ".join(random + planned)
    return (
        *commands,
        f"locomotion train {all_logs} {option} --steps {_LAST[robot]} --run-dir {run}",
        f"locomotion train {' '.join(planned)} {option} --model actuator --dynamics {run} --steps"
        f" 300"
        f" --run-dir {run}{ACTUATOR}",
        f"locomotion train {all_logs} {option} --model commanded --steps {_LAST[robot]}"
        f" --run-dir {run}{COMMANDED}",
    )


_LABELS = {
    "adaptive (ours)": ADAPTIVE,
    "non-adaptive model": "non-adaptive",
    "ridge correction": "online ridge",
    "model of the healthy robot": "healthy",
    "model with the true motor gains": "oracle gains",
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
        ours=("adaptive (ours)",),
        digits=0,
        head="controller",
    )


def _row(robot: str, title: str, title_zh: str) -> ResultRow:
    def after(figures, controller: str) -> str:
        return number(figures[robot]["controllers"][controller]["return after"][0], 0)

    return ResultRow(
        title=title,
        title_zh=title_zh,
        ours=lambda f: after(f, ADAPTIVE),
        peer=lambda f: f"{after(f, 'healthy')}; true simulator {after(f, 'true simulator')}",
        peer_name="model of the healthy robot",
        peer_name_zh="视为完好的模型",
    )


BENCHMARK = Benchmark(
    name="locomotion",
    title="Walking robots that lose a motor",
    title_zh="失去电机的行走机器人",
    group="Robots",
    question="Does a robot that loses a motor in mid-walk keep walking, by adapting its model?",
    setup="Half-cheetah and ant of MuJoCo; damage at step 60 of 160, to motors that never failed"
    " in training. 5 seeds per damage; return after the damage. All controllers use the same"
    " planner.",
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
        "On the half-cheetah, the gain over the healthy model lies within the interval.",
        "The non-adaptive model is also worse before the damage.",
        "The half-cheetah's test motors are those whose loss costs a MuJoCo planner most (two"
        " walks each).",
        "Ridge was tuned to predict the next step on training joints, not on returns.",
        "On these joints its squared error is 0.75 of that of the model it corrects.",
        "Planning with ridge returns less than planning with the uncorrected model, on training"
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
            for controller in (ADAPTIVE, "non-adaptive")
        },
    ),
)
