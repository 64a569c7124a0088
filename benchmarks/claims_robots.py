"""The rows of the results tables: robots."""

from benchmarks.claim import Claim, Figures


def _tracked(row: Figures) -> str:
    return f"{row['end_effector_mm'][0]:.2f} ({row['joint_mrad'][0]:.2f})"


def _lifted(figures: Figures, method: str, shots: tuple[int, ...]) -> str:
    curve = figures["as trained"]["success"][method]
    return " / ".join(f"{curve[str(k)][0]:.2f}" for k in shots)


def _reached(figures: Figures, suite: str, who: str) -> str:
    """Success in per cent; by the number of demonstrations, where it depends on it."""
    found = figures[suite]["mean"][who]
    return " / ".join(
        f"{100 * rate[0]:.0f}" for rate in (found.values() if isinstance(found, dict) else [found])
    )


def _manipulation(suite: str, classes: int) -> Claim:
    beside = (
        ("reading", "without a gradient step"),
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


CLAIMS = [
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
