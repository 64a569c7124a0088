"""Draws of Gaussian processes: log-likelihood gap to the exact process, in nats per point."""

import jax

import yingshe as ys
from benchmarks._benchmark import Benchmark, Recipe, Result, ResultRow, Table
from benchmarks._figures import curve_value, series
from benchmarks._plots import table_plot
from benchmarks._tables import curve_check

SEED = 1_000_040
TASKS = 2000
SHOTS = (0, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 60)  # trained on 40 pairs
KERNELS = {"eq": "gp-eq", "matern52": "gp-matern52", "weakly_periodic": "gp-weakly-periodic"}


def measure(*, tasks: int = TASKS) -> Result:
    """Measure the gap to the exact process, for three kernels.

    Args:
        tasks: Number of test tasks of each kernel.
    """
    figures = {}
    for kernel in KERNELS:
        curve = evaluate(kernel, tasks, ("pooled", "mean", "knn", "gp"))
        gaps = {row.shots: row.log_likelihood_gap for row in curve.select("rls")}
        figures[kernel] = {
            "worst_gap_1_to_30": max(gap.value for k, gap in gaps.items() if 1 <= k <= 30),
            "worst_gap_beyond": max(gap.value for k, gap in gaps.items() if k >= 40),
            "mean_gap_1_to_30": sum(g.value for k, g in gaps.items() if 1 <= k <= 30)
            / sum(1 <= k <= 30 for k in gaps),
            "curve": curve.to_dict(),
        }
    return Result(figures, SEED, {"tasks": tasks})


def evaluate(kernel: str, tasks: int = TASKS, baselines=(), **options):
    """Evaluate `RLS` on draws of one process."""
    return ys.evaluate(
        {"rls": ys.load(KERNELS[kernel])},
        ys.tasks.GaussianProcess(kernel=kernel),
        SHOTS,
        key=jax.random.fold_in(jax.random.key(SEED), list(KERNELS).index(kernel)),
        tasks=tasks,
        queries=50,
        baselines=baselines,
        **options,
    )


_LABELS = {"EQ": "eq", "Matérn-5/2": "matern52", "weakly periodic": "weakly_periodic"}
_STEPS = " --learning-rate 0.003 --warmup-steps 100"

_TABLES = (
    Table(
        "Nats per point above the exact process",
        {
            "worst of 1–30 shots": "worst_gap_1_to_30",
            "mean": "mean_gap_1_to_30",
            "40 and 60": "worst_gap_beyond",
        },
        {f"RLS, {label}": key for label, key in _LABELS.items()},
        lambda f, kernel, which: f[kernel][which],
        ours=tuple(f"RLS, {label}" for label in _LABELS),
        published={
            "ConvCNP, EQ / Matérn / weakly periodic": ("–", ".21 / .24 / .21", "–"),
            "ConvGNP, EQ / Matérn / weakly periodic": ("–", ".00 / .00 / .01", "–"),
        },
        digits=4,
    ),
    *(
        Table(
            f"Log-likelihood per point, {label}",
            {f"{k} shots": k for k in (5, 10, 30, 60)},
            {"RLS": "rls", "exact process (oracle)": "oracle", "GP fitted to the task": "gp"},
            lambda f, m, k, kernel=key: curve_value(f[kernel]["curve"], m, k, "log_likelihood"),
            ours=("RLS",),
        )
        for label, key in _LABELS.items()
    ),
)

BENCHMARK = Benchmark(
    name="gaussian_processes",
    title="Gaussian processes",
    title_zh="高斯过程",
    group="Functions",
    question="How far from the exact posterior of a Gaussian process is a learner that does not"
    " know the kernel?",
    setup="Draws of three kernels on [−2, 2] with noise; log-likelihood on 50 queries of 2,000 new"
    " tasks each. Trained on 40 examples per task (weakly periodic: 60).",
    run=measure,
    minutes=2,
    rows=(
        ResultRow(
            title="GP EQ / Matérn / weakly periodic: nats above exact",
            title_zh="高斯过程 EQ / Matérn / 弱周期：比精确过程多出的奈特",
            ours=lambda f: series([f[k]["worst_gap_1_to_30"] for k in KERNELS], 4),
            peer=lambda _: ".00 / .00 / .01",
            peer_name="ConvGNP (published)",
            peer_name_zh="ConvGNP（已发表）",
            readme=3,
        ),
    ),
    tables=_TABLES,
    plot=table_plot(
        "gaussian_processes",
        _TABLES[1:],
        caption="Log-likelihood by shots, for three kernels",
        x_label="shots",
        methods=("RLS", "exact process (oracle)"),
    ),
    limitations=("The published figures are means over the shots of their papers' protocol.",),
    train=(
        Recipe(
            "gp-eq",
            "Draws of a Gaussian process, exponentiated quadratic kernel.",
            (f"train gp --kernel eq rls --steps 3500{_STEPS} --run-dir runs/gp-eq",),
            evaluate=True,
        ),
        Recipe(
            "gp-matern52",
            "Draws of a Gaussian process, Matérn-5/2 kernel.",
            (f"train gp --kernel matern52 rls --steps 4000{_STEPS} --run-dir runs/gp-matern52",),
            evaluate=True,
        ),
        Recipe(
            "gp-weakly-periodic",
            "Draws of a Gaussian process, weakly periodic kernel.",
            (
                "train gp --kernel weakly_periodic rls --num-features 96 --max-frequency 12"
                " --examples-per-task 60"
                " --steps 5000 --learning-rate 0.004 --warmup-steps 100"
                " --run-dir runs/gp-weakly-periodic",
            ),
            evaluate=True,
        ),
    ),
    check=curve_check(
        "RLS on the same 2,000 draws of the EQ kernel, without baselines",
        lambda: evaluate("eq", oracle_tasks=0),
        ("eq", "curve"),
        tuple(("rls", k) for k in (1, 10, 30)),
    ),
)
