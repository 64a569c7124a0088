"""Lines in one dimension: learned gradient steps, meta-trained with plain SGD."""

import jax

import yingshe as ys
from benchmarks._benchmark import Ablation, Benchmark, Recipe, Result, ResultRow
from benchmarks._figures import number
from benchmarks._plots import table_plot
from benchmarks._tables import curve_check, curve_table

SEED = 1_000_020
TASKS = 4000
SHOTS = (0, 1, 2, 3, 5, 10, 20, 40)


def measure(*, tasks: int = TASKS) -> Result:
    """Measure error against shots.

    Args:
        tasks: Number of test tasks.
    """
    curve = evaluate(SHOTS, tasks)
    error = {k: curve.at("gradient_descent", k).error.value for k in SHOTS}
    figures = {
        "error_after_10_over_none": error[10] / error[0],
        "oracle_after_10_over_none": curve.at("oracle", 10).error.value / error[0],
        "curve": curve.to_dict(),
    }
    return Result(figures, SEED, {"tasks": tasks})


def evaluate(shots, tasks: int = TASKS, **options):
    """Evaluate both learners on the same new lines."""
    learners = {
        "gradient_descent": ys.load("linear-gradient-descent"),
        "rls": ys.load("linear"),
    }
    key = jax.random.key(SEED)
    return ys.evaluate(learners, ys.tasks.Linear(), shots, key=key, tasks=tasks, **options)


_TABLES = (
    curve_table(
        "Squared error",
        ("curve",),
        (1, 2, 5, 10, 40),
        {"GradientDescent": "gradient_descent", "RLS": "rls"},
    ),
)

BENCHMARK = Benchmark(
    name="linear_d1",
    title="Lines by learned gradient steps",
    title_zh="以学到的梯度步拟合直线",
    group="Functions",
    question="How close do a few learned gradient steps come to the Bayes-optimal line?",
    setup="Lines y = w x + b with noise; squared error on 4,000 new lines. Both learners come from"
    " the zoo. `GradientDescent` was meta-trained with plain SGD.",
    run=measure,
    minutes=0.5,
    rows=(
        ResultRow(
            title="Lines: error after 10 shots ÷ without adaptation",
            title_zh="直线：10 个样本后的误差 ÷ 未适应时",
            ours=lambda f: f"{number(100 * f['error_after_10_over_none'], 1)} %",
            peer=lambda f: f"{number(100 * f['oracle_after_10_over_none'], 1)} %",
            peer_name="oracle",
            peer_name_zh="最优",
        ),
    ),
    tables=_TABLES,
    plot=table_plot(
        "linear_d1", _TABLES, caption="Squared error by shots", x_label="shots", log_y=True
    ),
    limitations=(
        "Most of the gain comes from the normalized step with initial step size 1.",
        "That step does well before any meta-training.",
    ),
    ablations=(
        Ablation(
            "normalized step (NLMS), initial step size 1",
            "most of the gain, before any meta-training",
        ),
    ),
    train=(
        Recipe(
            "linear",
            "Lines y = w x + b through a few noisy points.",
            (
                "train linear rls --num-features 0 --steps 1500 --examples-per-task 20"
                " --learning-rate 0.01"
                " --run-dir runs/linear",
            ),
            evaluate=True,
        ),
        Recipe(
            "linear-gradient-descent",
            "Lines y = w x + b by learned gradient steps, meta-trained with plain SGD.",
            (
                "train linear gradient_descent --likelihood point --optimizer sgd"
                " --learning-rate 0.02 --steps 4000 --examples-per-task 20 --run-dir"
                " runs/linear-gradient-descent",
            ),
            evaluate=True,
        ),
    ),
    check=curve_check(
        "both learners on the same 4,000 lines, without baselines",
        lambda: evaluate(SHOTS, baselines=()),
        ("curve",),
        (("gradient_descent", 1), ("gradient_descent", 10), ("rls", 10)),
    ),
)
