"""Sawtooth waves and a mixture of processes, beyond Bayesian linear regression."""

import jax

import yingshe as ys
from benchmarks._benchmark import Benchmark, Recipe, Result, ResultRow, Table
from benchmarks._figures import curve_value, series
from benchmarks._plots import table_plot
from benchmarks._tables import curve_check

SEED = 1_000_050
TASKS = 2000
SHOTS = (0, 1, 2, 3, 5, 10, 20, 39, 60)  # trained on 40 pairs: 39 observed, one predicted
SUFFIXES = {"deltanet": "", "gru": "-gru", "rls": "-rls"}


def measure(*, tasks: int = TASKS) -> Result:
    """Measure log-likelihood against shots, for both families.

    Args:
        tasks: Number of test tasks of each family.
    """
    figures = {}
    for name in ("sawtooth", "mixture"):
        curve = evaluate(name, tasks, ("pooled", "mean", "knn", "gp"))
        figures[name] = {
            "log_likelihood": {
                method: {row.shots: list(row.log_likelihood) for row in curve.select(method)}
                for method in (*SUFFIXES, "oracle")
                if method in curve.methods
            },
            "curve": curve.to_dict(),
        }
    return Result(figures, SEED, {"tasks": tasks})


def evaluate(name: str, tasks: int = TASKS, baselines=(), **options):
    """Evaluate the three learners of one family."""
    families = {"sawtooth": ys.tasks.Sawtooth(), "mixture": ys.tasks.Mixture()}
    return ys.evaluate(
        {learner: ys.load(name + suffix) for learner, suffix in SUFFIXES.items()},
        families[name],
        SHOTS,
        key=jax.random.fold_in(jax.random.key(SEED), list(families).index(name)),
        tasks=tasks,
        baselines=baselines,
        **options,
    )


def _likelihoods(figures, family: str, method: str) -> str:
    curve = figures[family]["curve"]
    values = [curve_value(curve, method, k, "log_likelihood") or [0.0] for k in (5, 10, 39)]
    return series([value[0] for value in values])


def _table(label: str, family: str) -> Table:
    return Table(
        f"Log-likelihood per point, {label}",
        {f"{k} shots": k for k in (5, 10, 20, 39, 60)},
        {"DeltaNet": "deltanet", "GRU": "gru", "RLS": "rls", "oracle": "oracle", "GP": "gp"},
        lambda f, m, k: curve_value(f[family]["curve"], m, k, "log_likelihood"),
        ours=("DeltaNet", "GRU", "RLS"),
    )


_MIXTURE = " --likelihood gaussian_mixture"
_DELTANET = f"deltanet{_MIXTURE} --layers 1"
_RATE = " --learning-rate 0.002 --warmup-steps 100"
_SAWTOOTH = "Sawtooth waves, noise 0.05."
_PROCESSES = "Gaussian processes of three kernels, and sawtooth waves."

_TABLES = (_table("sawtooth waves", "sawtooth"), _table("mixture of processes", "mixture"))

BENCHMARK = Benchmark(
    name="sawtooth_mixture",
    title="Sawtooth waves and a mixture of processes",
    title_zh="锯齿波与混合过程",
    group="Functions",
    question="Which learner adapts to tasks that are not linear in any features?",
    setup="Sawtooth waves (noise 0.05), and a mixture of three Gaussian processes and sawtooth"
    " waves; 2,000 new tasks each. Trained on 40 examples per task.",
    run=measure,
    minutes=2,
    rows=(
        ResultRow(
            title="Sawtooth, `DeltaNet`: nats per point at 5 / 10 / 39 shots",
            title_zh="锯齿波，`DeltaNet`：5 / 10 / 39 个样本时每点的对数似然",
            ours=lambda f: _likelihoods(f, "sawtooth", "deltanet"),
            peer=lambda f: _likelihoods(f, "sawtooth", "oracle"),
            peer_name="oracle",
            peer_name_zh="最优",
        ),
        ResultRow(
            title="Mixture of processes: nats per point at 5 / 10 / 39 shots",
            title_zh="四种过程的混合：5 / 10 / 39 个样本时每点的对数似然",
            ours=lambda f: _likelihoods(f, "mixture", "deltanet"),
            peer=lambda f: _likelihoods(f, "mixture", "oracle"),
            peer_name="oracle",
            peer_name_zh="最优",
        ),
    ),
    tables=_TABLES,
    plot=table_plot(
        "sawtooth_mixture",
        _TABLES,
        caption="Log-likelihood by shots, sawtooth waves and mixture",
        x_label="shots",
        methods=("DeltaNet", "GRU", "RLS", "oracle"),
    ),
    limitations=("`GRU` learns nothing in context on sawtooth waves with the recipe of its card.",),
    train=(
        Recipe(
            "sawtooth",
            _SAWTOOTH,
            (f"train sawtooth {_DELTANET} --steps 4000{_RATE} --run-dir runs/sawtooth",),
            evaluate=True,
        ),
        Recipe(
            "mixture",
            _PROCESSES,
            (
                f"train mixture {_DELTANET} --num-frequencies 56 --max-frequency 9"
                f" --tasks-per-step 32"
                f" --steps 3500{_RATE} --run-dir runs/mixture",
            ),
            evaluate=True,
        ),
        Recipe(
            "sawtooth-gru",
            _SAWTOOTH,
            (f"train sawtooth gru{_MIXTURE} --steps 2000{_RATE} --run-dir runs/sawtooth-gru",),
            evaluate=True,
        ),
        Recipe(
            "sawtooth-rls",
            _SAWTOOTH,
            (
                "train sawtooth rls --steps 1000 --learning-rate 0.003 --warmup-steps 100"
                " --run-dir runs/sawtooth-rls",
            ),
            evaluate=True,
        ),
        Recipe(
            "mixture-gru",
            _PROCESSES,
            (f"train mixture gru{_MIXTURE} --steps 2000{_RATE} --run-dir runs/mixture-gru",),
            evaluate=True,
        ),
        Recipe(
            "mixture-rls",
            _PROCESSES,
            (
                "train mixture rls --steps 1500 --learning-rate 0.003 --warmup-steps 100"
                " --run-dir runs/mixture-rls",
            ),
            evaluate=True,
        ),
    ),
    check=curve_check(
        "all learners on the same 2,000 sawtooth waves, without baselines",
        lambda: evaluate("sawtooth", oracle_tasks=0),
        ("sawtooth", "curve"),
        (("deltanet", 5), ("deltanet", 39), ("rls", 10)),
    ),
)
