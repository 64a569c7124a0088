"""The rows of the results tables: the core."""

from benchmarks.claim import Claim, Figures


def _at(curve: Figures, method: str, shots: int, measure: str = "error") -> float:
    for row in curve["rows"]:
        if row["method"] == method and row["shots"] == shots:
            return row[measure][0]
    raise KeyError(f"{method} at {shots} shots")


def _series(curve: Figures, method: str, shots: tuple[int, ...], measure: str = "error") -> str:
    return " / ".join(_short(_at(curve, method, k, measure)) for k in shots)


def _short(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPT)}"


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _ratios(figures: Figures, name: str) -> str:
    return " / ".join(f"{figures['ratios'][name][k][0]:.3f}" for k in ("10", "20", "40"))


def _over_line(errors: Figures) -> float:
    return errors["RLS"]["mean"] / errors["mixed, line"]["mean"]


_TABLES = ("gapminder", "egsingle", "dietox", "ChickWeight", "Oxboys", "sleepstudy")

CLAIMS = [
    Claim(
        "linear_d20",
        "Linear, 20 inputs, σ = 0.5, `RLS`: error ÷ Bayes-optimal, worst of 1–40 shots",
        "线性函数，20 维输入，σ = 0.5，`RLS`：误差 ÷ 贝叶斯最优，1–40 个样本中的最差值",
        lambda f: f"{f['rls_worst_ratio_1_to_40']:.3f}",
        lambda _: "limit 1",
    ),
    Claim(
        "linear_d20",
        "the same without noise: error ÷ prior variance, worst of 21–60 shots",
        "同上，无噪声：误差 ÷ 先验方差，21–60 个样本中的最差值",
        lambda f: _short(f["noise_free_worst_error_over_prior_variance_from_21"]),
        lambda _: "limit 0; Transformer of 22M parameters at 40 shots (Garg 2022): 6·10⁻⁴",
    ),
    Claim(
        "linear_d20",
        "the same, σ = 0.5, `MesaNet`: error ÷ Bayes-optimal at 10 / 20 / 40 shots",
        "同上，σ = 0.5，`MesaNet`：10 / 20 / 40 个样本时误差 ÷ 贝叶斯最优",
        lambda f: _ratios(f, "mesanet"),
        lambda f: f"`DeltaNet` {_ratios(f, 'deltanet')}; `GRU` {_ratios(f, 'gru')}",
    ),
    Claim(
        "linear_d1",
        "Lines, `GradientDescent`, plain SGD: error after 10 shots ÷ without adaptation",
        "直线，`GradientDescent`，普通 SGD：10 个样本后的误差 ÷ 未适应时",
        lambda f: f"{100 * f['error_after_10_over_none']:.1f} %",
        lambda f: f"limit {100 * f['oracle_after_10_over_none']:.1f} %",
    ),
    Claim(
        "sinusoids",
        "MAML's sinusoids, `RLS`: squared error at 1 / 2 / 3 / 10 shots",
        "MAML 的正弦波，`RLS`：1 / 2 / 3 / 10 个样本时的平方误差",
        lambda f: _series(f["maml_curve"], "rls", (1, 2, 3, 10)),
        lambda f: (
            f"limit {_series(f['maml_curve'], 'oracle', (1, 2, 3, 10))}; at 10 shots MAML 0.67, "
            f"Meta-SGD 0.31; trained in {f['maml_training_seconds']:.0f} s"
        ),
    ),
    Claim(
        "sinusoids",
        "Sinusoids of random frequency, `RLS`: squared error at 5 / 10 / 20 shots",
        "随机频率的正弦波，`RLS`：5 / 10 / 20 个样本时的平方误差",
        lambda f: _series(f["frequency_curve"], "rls", (5, 10, 20)),
        lambda f: (
            f"limit {_series(f['frequency_curve'], 'oracle', (5, 10, 20))}; "
            "Meta-SGD 0.90 / 0.63 / 0.50"
        ),
    ),
    Claim(
        "gaussian_processes",
        "Gaussian processes EQ / Matérn-5/2 / weakly periodic, `RLS`: nats per point above the "
        "exact process, worst of 1–30 shots (of 40 and 60)",
        "高斯过程 EQ / Matérn-5/2 / 弱周期，`RLS`：每点比精确过程多出的奈特数，"
        "1–30 个样本中的最差值（40 与 60 个样本）",
        lambda f: " / ".join(
            f"{f[k]['worst_gap_1_to_30']:.4f} ({f[k]['worst_gap_beyond']:.4f})"
            for k in ("eq", "matern52", "weakly_periodic")
        ),
        lambda _: "limit 0; ConvCNP .21 / .24 / .21, ConvGNP .00 / .00 / .01 (published)",
    ),
    Claim(
        "sawtooth_mixture",
        "Sawtooth, `DeltaNet`: log-likelihood per point at 5 / 10 / 20 / 39 shots",
        "锯齿波，`DeltaNet`：5 / 10 / 20 / 39 个样本时每点的对数似然",
        lambda f: _series(f["sawtooth"]["curve"], "deltanet", (5, 10, 20, 39), "log_likelihood"),
        lambda f: "; ".join(
            f"{label} {_series(f['sawtooth']['curve'], m, (5, 10, 20, 39), 'log_likelihood')}"
            for m, label in (("oracle", "limit"), ("gru", "`GRU`"), ("rls", "`RLS`"))
        ),
    ),
    Claim(
        "sawtooth_mixture",
        "Mixture of the four processes, `DeltaNet`: the same",
        "四种过程的混合，`DeltaNet`：同上",
        lambda f: _series(f["mixture"]["curve"], "deltanet", (5, 10, 20, 39), "log_likelihood"),
        lambda f: "; ".join(
            f"{label} {_series(f['mixture']['curve'], m, (5, 10, 20, 39), 'log_likelihood')}"
            for m, label in (("oracle", "limit"), ("gru", "`GRU`"), ("rls", "`RLS`"))
            if any(row["method"] == m for row in f["mixture"]["curve"]["rows"])
        ),
    ),
    Claim(
        "rls_precision",
        "`RLS` in float32 after 10⁶ observations: distance of the mean from the float64 batch",
        "`RLS`（float32）读取 10⁶ 对数据后：均值与 float64 批量解的相对距离",
        lambda f: _short(f["mean_relative_error"]),
        lambda f: f"smallest eigenvalue of the covariance {_short(f['smallest_eigenvalue'])}",
    ),
    Claim(
        "recorded_tables",
        "Recorded tables (gapminder, egsingle, dietox, ChickWeight, Oxboys, sleepstudy), default "
        "`RLS`: squared error ÷ that of the best of three mixed models, picked in hindsight",
        "真实数据表（gapminder、egsingle、dietox、ChickWeight、Oxboys、sleepstudy），"
        "默认设置的 `RLS`：平方误差 ÷ 三种混合效应模型中事后最佳者的误差",
        lambda f: " / ".join(f"{f[name]['ratio']['mean']:.2f}" for name in _TABLES),
        lambda f: (
            "95 %: "
            + " / ".join("{:.2f}–{:.2f}".format(*f[name]["ratio"]["interval"]) for name in _TABLES)
            + "; ÷ that of random intercepts and slopes: "
            + " / ".join(f"{_over_line(f[name]['errors']):.2f}" for name in _TABLES)
        ),
    ),
    Claim(
        "latency",
        "observe + predict from Python, 32 features, after 10 / 10³ / 10⁶ pairs: median µs",
        "从 Python 调用 observe + predict，32 个特征，读取 10 / 10³ / 10⁶ 对之后：中位数（µs）",
        lambda f: " / ".join(f"{row['observe_and_predict_us']['median']:.0f}" for row in f["rows"]),
        lambda f: (
            "99th percentile "
            + " / ".join(f"{row['observe_and_predict_us']['p99']:.0f}" for row in f["rows"])
        ),
    ),
    Claim(
        "step_speed",
        "Training step, 256 units, 256 tasks, 40 pairs, `GRU` / `LSTM`: share of the machine's "
        "matrix-product rate",
        "训练一步，256 个单元、256 个任务、40 对数据，`GRU` / `LSTM`：占本机矩阵乘法速率的比例",
        lambda f: " / ".join(f"{f[k]['ours_fraction']:.2f}" for k in ("gru", "lstm")),
        lambda f: (
            "the same network in PyTorch "
            + " / ".join(f"{f[k]['torch_fraction']:.2f}" for k in ("gru", "lstm"))
        ),
    ),
]
