"""Writes the results tables of README and docs from results/*.json: no figure is typed by hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS

ROOT = RESULTS.parent.parent
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
Figures = dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """One row: what was measured, in two languages, what was reached, and what stands beside."""

    benchmark: str
    english: str
    chinese: str
    ours: Callable[[Figures], str]
    beside: Callable[[Figures], str]


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


def _tracked(row: Figures) -> str:
    return f"{row['end_effector_mm'][0]:.2f} ({row['joint_mrad'][0]:.2f})"


def _reached(figures: Figures, suite: str, who: str) -> str:
    """Success in per cent; by the number of demonstrations, where it depends on it."""
    found = figures[suite]["mean"][who]
    return " / ".join(
        f"{100 * rate[0]:.0f}" for rate in (found.values() if isinstance(found, dict) else [found])
    )


def _manipulation(suite: str, classes: int) -> Claim:
    beside = (
        ("nearest neighbours", "nearest neighbours"),
        ("cloned", "cloned from scratch"),
        ("pooled", "pooled policy"),
        ("expert", "expert"),
    )
    return Claim(
        "metaworld",
        f"Meta-World {suite.upper()}, trained on {classes} kinds of manipulation: goals reached in "
        "the five that are held out, %, after 1 / 3 / 5 / 10 demonstrations",
        f"Meta-World {suite.upper()}，在 {classes} 类操作上训练：读取 1 / 3 / 5 / 10 次示范之后，"
        "在五类未见操作中达到的目标，%",
        lambda f: _reached(f, suite, "adapting"),
        lambda f: "; ".join(f"{label} {_reached(f, suite, who)}" for who, label in beside),
    )


def _lifted(figures: Figures, method: str, shots: tuple[int, ...]) -> str:
    curve = figures["as trained"]["success"][method]
    return " / ".join(f"{curve[str(k)][0]:.2f}" for k in shots)


def _walked(figures: Figures, controller: str) -> str:
    """Mean return after the strike, and its 95 % interval."""
    mean, low, high = figures["controllers"][controller]["return after"]
    return f"{mean:.0f} ({low:.0f} to {high:.0f})"


def _walker_claim(walker: str, english: str, chinese: str) -> Claim:
    labels = {
        "non-adapting": "a model that does not adapt",
        "ridge": "ridge",
        "undamaged": "body taken for whole",
        "told": "body told the damage",
        "true simulator": "true simulator",
    }
    return Claim(
        "walker",
        english,
        chinese,
        lambda f: _walked(f[walker], "adapting"),
        lambda f: "; ".join(
            f"{label} {_walked(f[walker], name)}"
            for name, label in labels.items()
            if name in f[walker]["controllers"]
        ),
    )


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
    Claim(
        "arm",
        "An arm with an unknown load (0–3 kg), friction and motors, after 50 moments: torque "
        "error ÷ that of the nominal model; with a dead joint",
        "负载（0–3 kg）、摩擦与电机强度未知的机械臂，读取 50 个时刻之后："
        "力矩误差 ÷ 标称模型的误差；有一个失效关节时",
        lambda f: " / ".join(
            f"{f[name]['torque over nominal']['50'][0]:.3f}"
            for name in ("all joints", "a dead joint")
        ),
        lambda f: (
            "before any moment "
            + " / ".join(
                f"{f[name]['torque over nominal']['0'][0]:.2f}"
                for name in ("all joints", "a dead joint")
            )
        ),
    ),
    Claim(
        "arm",
        "The same arm tracking for 5 s at 500 Hz: error of the end-effector, mm (joints, mrad)",
        "同一机械臂以 500 Hz 跟踪 5 秒：末端误差，毫米（关节误差，毫弧度）",
        lambda f: _tracked(f["tracking"]["adapting"]),
        lambda f: "; ".join(
            f"{label} {_tracked(f['tracking'][name])}"
            for name, label in (
                ("true", "true model"),
                ("slotine_li", "Slotine-Li"),
                ("ridge", "ridge"),
                ("nominal", "nominal model"),
                ("feedback", "feedback alone"),
            )
        ),
    ),
    Claim(
        "arm",
        "The load changes in mid-motion: seconds until the error is within twice that of before",
        "负载在运动中途改变：误差回到此前两倍以内所需的秒数",
        lambda f: f"{f['load changed']['adapting']['recovery_s'][0]:.2f}",
        lambda f: (
            f"true model {f['load changed']['true']['recovery_s'][0]:.2f}; 99th percentile of a "
            f"control step {f['tracking']['adapting']['step_us_p99'][0]:.0f} µs"
        ),
    ),
    Claim(
        "grasp",
        "Grasping with an unknown camera offset (±6 cm, ±40°), finger length and centre of mass: "
        "objects lifted 10 cm and held 1 s, in simulation, after 0 / 1 / 2 / 3 / 5 / 10 grasps",
        "相机偏移（±6 厘米、±40°）、手指长度与物体质心均未知的抓取：读取 0 / 1 / 2 / 3 / 5 / 10 次"
        "成功抓取之后，在仿真中把物体提起 10 厘米并保持 1 秒的成功率",
        lambda f: _lifted(f, "yingshe", (0, 1, 2, 3, 5, 10)),
        lambda f: (
            f"oracle {_lifted(f, 'oracle', (0,))}; nominal grasp {_lifted(f, 'nominal', (0,))}; "
            + "; ".join(
                f"{label} {_lifted(f, name, (1, 2, 3, 5, 10))}"
                for name, label in (
                    ("nearest neighbour", "nearest neighbour"),
                    ("nearest correction", "its correction"),
                    ("ridge", "ridge"),
                )
            )
            + " after 1 / 2 / 3 / 5 / 10"
        ),
    ),
    _manipulation("ml10", 10),
    _manipulation("ml45", 45),
    _walker_claim(
        "half-cheetah",
        "A half-cheetah loses a joint in mid-walk that never died in training: return afterwards "
        "(95 %)",
        "半猎豹在行走途中失去一个训练中从未失效的关节：此后的回报（95 %）",
    ),
    _walker_claim(
        "ant",
        "An ant loses a leg in mid-walk that was never crippled in training: the same",
        "蚂蚁在行走途中失去一条训练中从未失效的腿：同上",
    ),
]


def _table(language: str) -> str:
    head = {
        "english": ("Work", "Reached", "Beside it"),
        "chinese": ("任务", "达到", "对照"),
    }[language]
    lines = ["| " + " | ".join(head) + " |", "|---|---|---|"]
    for claim in CLAIMS:
        path = RESULTS / f"{claim.benchmark}.json"
        if not path.exists():
            continue
        figures = json.loads(path.read_text())["figures"]
        beside = claim.beside(figures)
        if language == "chinese":
            for word, translated in _CHINESE.items():
                beside = beside.replace(word, translated)
        cells = (getattr(claim, language), claim.ours(figures), beside)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


_CHINESE = {
    "limit": "极限",
    "published": "已发表",
    "trained in": "训练用时",
    "at 10 shots": "10 个样本时",
    "÷ that of random intercepts and slopes": "÷ 随机截距与斜率模型的误差",
    "a model that does not adapt": "不适应的模型",
    "body told the damage": "被告知损伤的模型",
    "body taken for whole": "视为完好的模型",
    "true simulator": "真实模拟器",
    "before any moment": "读取之前",
    "true model": "真实模型",
    "nearest neighbours": "最近邻",
    "cloned from scratch": "从零开始的行为克隆",
    "pooled policy": "合并训练的策略",
    "expert": "专家",
    "nominal model": "标称模型",
    "nominal grasp": "标称抓取",
    "nearest neighbour": "最近邻",
    "its correction": "最近邻的修正量",
    "oracle": "已知全部隐藏量",
    "after 1 / 2 / 3 / 5 / 10": "（读取 1 / 2 / 3 / 5 / 10 次之后）",
    "feedback alone": "仅反馈",
    " of a control step": "的单步控制时间",
    "99th percentile": "第 99 百分位",
    "the same network in PyTorch": "同一网络的 PyTorch 实现",
    "smallest eigenvalue of the covariance": "协方差的最小特征值",
}


def write(path: Path, language: str) -> None:
    """Put the table between the markers of a document."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    path.write_text(f"{before}{BEGIN}\n{_table(language)}\n{END}{after}", encoding="utf-8")


def main():
    write(ROOT / "README.md", "english")
    write(ROOT / "README.zh-CN.md", "chinese")
    write(ROOT / "docs/results.md", "english")


if __name__ == "__main__":
    main()
