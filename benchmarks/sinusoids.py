"""Sinusoids of MAML and of Meta-SGD, compared with the posterior mean by quadrature."""

from pathlib import Path

import jax
import numpy as np

import yingshe as ys
from benchmarks._benchmark import Benchmark, Plot, Recipe, Result, ResultRow
from benchmarks._figures import curve_value, series
from benchmarks._tables import curve_check, curve_table
from yingshe import zoo

SEED = 1_000_030
TASKS = 2000
SHOTS = (0, 1, 2, 3, 5, 10, 20, 40)
BASELINES = ("pooled", "mean", "ridge", "knn", "gp")


def measure(*, tasks: int = TASKS) -> Result:
    """Measure error against shots, for both families and for larger amplitudes.

    Args:
        tasks: Number of test tasks of each setting.
    """
    first_key, second_key, wide_key = jax.random.split(jax.random.key(SEED), 3)
    curve = evaluate(first_key, tasks, BASELINES)
    frequency = ys.tasks.Sinusoid(frequency=(0.8, 1.2))
    harder = ys.evaluate(
        {"rls": ys.load("sinusoid-frequency")},
        frequency,
        SHOTS,
        key=second_key,
        tasks=tasks,
        baselines=BASELINES,
    )
    # Out of distribution: amplitudes up to twice the largest of training.
    larger = ys.evaluate(
        {"rls": ys.load("sinusoid")},
        ys.tasks.Sinusoid(amplitude=(5.0, 10.0)),
        (0, 1, 2, 3, 5, 10),
        key=wide_key,
        tasks=tasks,
        baselines=(),
    )
    figures = {
        "maml": {k: _row(curve, k) for k in (1, 2, 3, 10)},
        "maml_training_seconds": zoo.model_card("sinusoid")["training_seconds"],
        "frequency": {k: _row(harder, k) for k in (5, 10, 20)},
        "maml_curve": curve.to_dict(),
        "frequency_curve": harder.to_dict(),
        "larger_amplitudes": larger.to_dict(),
    }
    return Result(figures, SEED, {"tasks": tasks})


def evaluate(key, tasks: int = TASKS, baselines=(), **options):
    """Evaluate `RLS` on MAML's sinusoids."""
    learners, family = {"rls": ys.load("sinusoid")}, ys.tasks.Sinusoid()
    options |= {"tasks": tasks, "baselines": baselines}
    return ys.evaluate(learners, family, SHOTS, key=key, **options)


def _row(curve, shots):
    return {m: list(curve.at(m, shots).error) for m in ("rls", "oracle")}


GRID = np.linspace(-5, 5, 400)[:, None]
# Examples in this order. The second is half a period from the first and adds little information.
X = np.array([[1.4], [-1.744], [3.6], [-4.4], [0.2]])
AMPLITUDE, PHASE = 3.4, 2.2


def draw(path: Path) -> None:
    """Draw the mapping of one new sinusoid after 0, 1, 2, 3 and 5 examples.

    Args:
        path: Picture to write.
    """
    from matplotlib.figure import Figure

    from yingshe.evaluation.plotting import GRID_COLOR, save_figure

    learner = ys.load("sinusoid")
    figure = Figure(figsize=(10, 5.4), layout="constrained", facecolor="white")
    panels = figure.subplots(2, 3, sharex=True, sharey=True).ravel()
    _draw_family(panels[0])
    for axes, shots in zip(panels[1:], (0, 1, 2, 3, 5), strict=True):
        _draw_mapping(axes, learner, shots)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color=GRID_COLOR, linewidth=0.8)
        axes.set(xlim=(-5, 5), ylim=(-6, 6), xticks=[-5, 0, 5], yticks=[-5, 0, 5])
    handles, labels = panels[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=11)
    save_figure(figure, path)


def _truth(x: np.ndarray) -> np.ndarray:
    """Return a sinusoid that training has not used."""
    return AMPLITUDE * np.sin(x[:, 0] - PHASE)


def _draw_family(axes) -> None:
    from yingshe.evaluation.plotting import TEXT_COLOR

    family = ys.tasks.Sinusoid()
    tasks = jax.vmap(lambda key: family.sample_function(key, GRID))
    for y in tasks(jax.random.split(jax.random.key(7), 5)):
        axes.plot(GRID, y, color=TEXT_COLOR, linewidth=1.4, alpha=0.55)
    axes.set_title("five of the training tasks", color=TEXT_COLOR)


def _draw_mapping(axes, learner, shots: int) -> None:
    from yingshe.evaluation.plotting import ACCENT_COLORS, TEXT_COLOR

    blue, orange = ACCENT_COLORS[:2]
    x = X[:shots]
    prediction = ys.adapt(learner, x, _truth(x))(GRID)
    low, high = (np.asarray(prediction.quantile(p))[:, 0] for p in (0.025, 0.975))
    axes.fill_between(GRID[:, 0], low, high, color=blue, alpha=0.18, linewidth=0, label="95 % band")
    axes.plot(GRID, prediction.mean, color=blue, linewidth=2.6, label="the mapping")
    dashes = (0, (5, 4))
    axes.plot(
        GRID, _truth(GRID), color=TEXT_COLOR, linewidth=1.2, linestyle=dashes, label="the truth"
    )
    axes.plot(x, _truth(x), "o", color=orange, markersize=7, zorder=5, label="examples")
    title = {0: "before any example", 1: "after 1 example"}.get(shots, f"after {shots} examples")
    axes.set_title(title, color=TEXT_COLOR)


def _errors(figures, curve: str, method: str, shots: tuple[int, ...]) -> str:
    return series([(curve_value(figures[curve], method, k) or [0])[0] for k in shots])


BENCHMARK = Benchmark(
    name="sinusoids",
    title="Sinusoids",
    title_zh="正弦波",
    group="Functions",
    question="How many points of a new sine wave does a learner need?",
    setup="A ~ U[0.1, 5], φ ~ U[0, π], x ~ U[−5, 5], no noise (MAML); frequency also random, 0.8"
    " to 1.2 (Meta-SGD). Squared error on 2,000 new tasks of each.",
    run=measure,
    minutes=2.5,
    rows=(
        ResultRow(
            title="MAML's sinusoids: squared error at 1 / 3 / 10 shots",
            title_zh="MAML 的正弦波：1 / 3 / 10 个样本时的平方误差",
            ours=lambda f: _errors(f, "maml_curve", "rls", (1, 3, 10)),
            peer=lambda _: "0.67 / 0.31",
            peer_name="MAML / Meta-SGD at 10 shots",
            peer_name_zh="10 个样本时 MAML / Meta-SGD",
            readme=2,
        ),
        ResultRow(
            title="random frequency: squared error at 5 / 10 / 20 shots",
            title_zh="随机频率：5 / 10 / 20 个样本时的平方误差",
            ours=lambda f: _errors(f, "frequency_curve", "rls", (5, 10, 20)),
            peer=lambda _: "0.90 / 0.63 / 0.50",
            peer_name="Meta-SGD",
            peer_name_zh="Meta-SGD",
        ),
    ),
    tables=(
        curve_table(
            "Squared error, MAML's sinusoids",
            ("maml_curve",),
            (1, 2, 3, 5, 10),
            {"RLS": "rls"},
            published={
                "MAML": ("–", "–", "–", "–", "0.67"),
                "Meta-SGD": ("–", "–", "–", "–", "0.31"),
            },
        ),
        curve_table(
            "Squared error, random frequency",
            ("frequency_curve",),
            (1, 3, 5, 10, 20),
            {"RLS": "rls"},
            published={"Meta-SGD": ("–", "–", "0.90", "0.63", "0.50")},
        ),
        curve_table(
            "Squared error, amplitudes up to twice the largest of training",
            ("larger_amplitudes",),
            (1, 2, 3, 5, 10),
            {"RLS": "rls"},
            baselines=("oracle",),
        ),
    ),
    plot=Plot("sinusoids.png", "The mapping of one sinusoid after 0, 1, 2, 3 and 5 examples", draw),
    limitations=(
        "At 2 and more shots without noise the oracle is better by orders of magnitude.",
        "The published figures are those of the papers; they were not measured here.",
    ),
    train=(
        Recipe(
            "sinusoid",
            "Sinusoids of random amplitude and phase (MAML's).",
            (
                "train sinusoid rls --num-features 32 --max-frequency 1 --steps 8000"
                " --examples-per-task 6"
                " --learning-rate 0.005 --warmup-steps 100 --run-dir runs/sinusoid",
            ),
            evaluate=True,
        ),
        Recipe(
            "sinusoid-frequency",
            "Sinusoids of random amplitude, phase and frequency (Meta-SGD's).",
            (
                "train sinusoid --frequency 0.8 1.2 rls --steps 4000 --examples-per-task 25"
                " --learning-rate 0.003 --warmup-steps 100 --run-dir runs/sinusoid-frequency",
            ),
            evaluate=True,
        ),
    ),
    check=curve_check(
        "RLS on the same 2,000 sinusoids, without baselines",
        lambda: evaluate(jax.random.split(jax.random.key(SEED), 3)[0], oracle_tasks=0),
        ("maml_curve",),
        tuple(("rls", k) for k in (1, 2, 3, 10)),
    ),
)
