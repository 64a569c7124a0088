"""Linear functions of 20 inputs, compared with exact Bayesian linear regression."""

import jax

import yingshe as ys
from benchmarks._benchmark import Benchmark, Recipe, Result, ResultRow, Table
from benchmarks._figures import number, series
from benchmarks._plots import table_plot
from benchmarks._tables import curve_check, curve_table

SEED = 1_000_010
TASKS = 2000
NETWORKS = ("mesanet", "deltanet", "gru")
SHOTS = (*range(1, 41), 60)  # trained on 40 pairs; 60 is beyond
PRIOR_VARIANCE = 20.0  # of y, with w ~ N(0, I) and x ~ N(0, I)
_RATIOS = ("10", "20", "40")


def measure(*, tasks: int = TASKS) -> Result:
    """Measure error against shots, with noise, without, and with larger coefficients.

    Args:
        tasks: Number of test tasks of each setting.
    """
    noisy_key, free_key, scaled_key = jax.random.split(jax.random.key(SEED), 3)
    noisy = ys.tasks.Linear(x_dim=20, noise_std=0.5, intercept_scale=0.0)
    learners = {"rls": ys.load("linear-d20")}
    learners |= {name: ys.load(f"linear-d20-{name}") for name in NETWORKS}
    curve = ys.evaluate(
        learners,
        noisy,
        SHOTS,
        key=noisy_key,
        tasks=tasks,
        baselines=("pooled", "mean", "ridge", "knn"),
    )
    exact = evaluate_noise_free(free_key, tasks)
    # Out of distribution: coefficients three times as large as in training.
    larger = ys.tasks.Linear(x_dim=20, noise_std=0.5, intercept_scale=0.0, coefficient_scale=3.0)
    shifted = ys.evaluate(learners, larger, (10, 20, 40), key=scaled_key, tasks=tasks, baselines=())
    ratios = [row.ratio_to_oracle.value for row in curve.select("rls") if row.shots <= 40]
    late = [row.error.value / PRIOR_VARIANCE for row in exact.select("rls") if row.shots >= 21]
    figures = {
        "rls_worst_ratio_1_to_40": max(ratios),
        "noise_free_worst_error_over_prior_variance_from_21": max(late),
        "ratios": {
            name: {str(k): list(curve.at(name, k).ratio_to_oracle) for k in (10, 20, 40, 60)}
            for name in learners
        },
        "noisy": curve.to_dict(),
        "noise_free": exact.to_dict(),
        "coefficients_times_3": shifted.to_dict(),
    }
    return Result(figures, SEED, {"tasks": tasks})


def evaluate_noise_free(key, tasks: int = TASKS):
    """Evaluate `RLS` on functions without noise."""
    free = ys.tasks.Linear(x_dim=20, noise_std=0.0, intercept_scale=0.0)
    learners = {"rls": ys.load("linear-d20-noise-free")}
    shots = (0, 5, 10, 15, 19, 20, *range(21, 41), 60)
    return ys.evaluate(learners, free, shots, key=key, tasks=tasks, baselines=())


def evaluate_larger():
    """Evaluate all learners on the recorded functions with larger coefficients."""
    key = jax.random.split(jax.random.key(SEED), 3)[2]
    learners = {"rls": ys.load("linear-d20")}
    learners |= {name: ys.load(f"linear-d20-{name}") for name in NETWORKS}
    larger = ys.tasks.Linear(x_dim=20, noise_std=0.5, intercept_scale=0.0, coefficient_scale=3.0)
    return ys.evaluate(learners, larger, (10, 20, 40), key=key, tasks=TASKS, baselines=())


_D20 = "train linear --x-dim 20 --noise-std 0.5 --intercept-scale 0"
_LEARNERS = {"RLS": "rls", "MesaNet": "mesanet", "DeltaNet": "deltanet", "GRU": "gru"}

_TABLES = (
    Table(
        "Error ÷ Bayes-optimal, σ = 0.5",
        {f"{k} shots": str(k) for k in (10, 20, 40, 60)},
        _LEARNERS,
        lambda f, method, k: f["ratios"][method][k],
        ours=tuple(_LEARNERS),
        digits=3,
    ),
    curve_table(
        "Squared error, σ = 0.5",
        ("noisy",),
        (1, 5, 10, 20, 40),
        _LEARNERS,
        baselines=("oracle", "pooled", "support mean", "ridge", "3 nearest neighbors"),
    ),
    curve_table(
        "Squared error without noise (the prior variance is 20)",
        ("noise_free",),
        (5, 10, 20, 21, 40),
        {"RLS": "rls"},
        baselines=("oracle",),
    ),
    curve_table(
        "Error ÷ Bayes-optimal, coefficients three times as large as in training",
        ("coefficients_times_3",),
        (10, 20, 40),
        _LEARNERS,
        measure="ratio_to_oracle",
        baselines=(),
    ),
)

BENCHMARK = Benchmark(
    name="linear_d20",
    title="Linear functions of 20 inputs",
    title_zh="20 维输入的线性函数",
    group="Functions",
    question="Does a learner recover Bayesian linear regression from examples alone?",
    setup="y = wᵀx + ε with w ~ N(0, I), x ~ N(0, I), σ = 0.5 or 0; 2,000 new tasks of each"
    " setting. Trained on 40 examples per task; 60 shots exceed training.",
    run=measure,
    minutes=3,
    rows=(
        ResultRow(
            title="Linear, 20 inputs: error ÷ Bayes-optimal, 1–40 shots",
            title_zh="20 维线性函数：误差 ÷ 贝叶斯最优，1–40 个样本",
            ours=lambda f: number(f["rls_worst_ratio_1_to_40"], 3),
            peer=lambda f: f"1; GRU at 40 shots {f['ratios']['gru']['40'][0]:.1f}",
            peer_name="Bayes-optimal",
            peer_name_zh="贝叶斯最优",
            readme=1,
        ),
        ResultRow(
            title="without noise: worst error ÷ prior variance, 21–60 shots",
            title_zh="无噪声：误差 ÷ 先验方差，21–60 个样本",
            ours=lambda f: number(f["noise_free_worst_error_over_prior_variance_from_21"]),
            peer=lambda _: "6·10⁻⁴ at 40 shots",
            peer_name="Transformer of 22M (Garg 2022)",
            peer_name_zh="Transformer（22M，Garg 2022）",
        ),
        ResultRow(
            title="`MesaNet`: error ÷ Bayes-optimal at 10 / 20 / 40 shots",
            title_zh="`MesaNet`：10 / 20 / 40 个样本时误差 ÷ 贝叶斯最优",
            ours=lambda f: series([f["ratios"]["mesanet"][k][0] for k in _RATIOS], 3),
            peer=lambda f: series([f["ratios"]["deltanet"][k][0] for k in _RATIOS], 3),
            peer_name="DeltaNet",
            peer_name_zh="DeltaNet",
        ),
    ),
    tables=_TABLES,
    plot=table_plot(
        "linear_d20",
        _TABLES[1:2],
        caption="Squared error by shots",
        x_label="shots",
        log_y=True,
    ),
    limitations=("`DeltaNet` and `GRU` fall behind the oracle more with each shot.",),
    train=(
        Recipe(
            "linear-d20",
            "Linear functions of 20 inputs, noise 0.5.",
            (f"{_D20} rls --steps 2000 --learning-rate 0.003 --run-dir runs/linear-d20",),
            evaluate=True,
        ),
        Recipe(
            "linear-d20-noise-free",
            "Linear functions of 20 inputs without noise.",
            (
                "train linear --x-dim 20 --noise-std 0 --intercept-scale 0 rls --num-features 0"
                " --steps 4000 --learning-rate 0.01 --run-dir runs/linear-d20-noise-free",
            ),
            evaluate=True,
        ),
        Recipe(
            "linear-d20-mesanet",
            "Linear functions of 20 inputs, noise 0.5.",
            (
                f"{_D20} mesanet --layers 1 --num-frequencies 8 --tasks-per-step 32 --steps 1200"
                " --learning-rate 0.002 --warmup-steps 100 --run-dir runs/linear-d20-mesanet",
            ),
            evaluate=True,
        ),
        Recipe(
            "linear-d20-deltanet",
            "Linear functions of 20 inputs, noise 0.5.",
            (
                f"{_D20} deltanet --layers 1 --num-frequencies 8 --tasks-per-step 32 --steps 2500"
                " --learning-rate 0.002 --warmup-steps 100 --run-dir runs/linear-d20-deltanet",
            ),
            evaluate=True,
        ),
        Recipe(
            "linear-d20-gru",
            "Linear functions of 20 inputs, noise 0.5.",
            (
                f"{_D20} gru --steps 3000 --learning-rate 0.002 --warmup-steps 100"
                " --run-dir runs/linear-d20-gru",
            ),
            evaluate=True,
        ),
    ),
    check=curve_check(
        "all learners on the same 2,000 functions with larger coefficients",
        evaluate_larger,
        ("coefficients_times_3",),
        tuple((name, k) for name in _LEARNERS.values() for k in (10, 40)),
    ),
)
