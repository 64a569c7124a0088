"""The rows of the results tables: agents."""

from collections.abc import Sequence

from benchmarks.claim import Claim, Figures


def _earned(figures: Figures, settings: Sequence[str], who: str, digits: int) -> str:
    """The return of one player in each setting."""
    return " / ".join(f"{figures[name][who]['return'][0]:.{digits}f}" for name in settings)


def _bandits(pulls: int, digits: int) -> Claim:
    settings = tuple(f"{pulls}-{arms}" for arms in (5, 10, 50))
    beside = ["finite-horizon Gittins", "Gittins", "UCB1", "Thompson", "greedy", "random"]
    if pulls <= 10:
        beside.insert(0, "bayes-optimal")
    return Claim(
        "bandits",
        f"Bernoulli bandits, {pulls} pulls of 5 / 10 / 50 arms of unknown odds: return",
        f"伯努利老虎机，在 5 / 10 / 50 个概率未知的摇臂中选择 {pulls} 次：回报",
        lambda f: _earned(f, settings, "agent", digits),
        lambda f: "; ".join(f"{who} {_earned(f, settings, who, digits)}" for who in beside),
        settings,
    )


_MDPS = ("10", "25", "50", "75", "100")


def _interval(row: Sequence[float], digits: int = 0) -> str:
    mean, low, high = row
    return f"{mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


CLAIMS = [
    _bandits(10, 3),
    _bandits(100, 2),
    _bandits(500, 1),
    Claim(
        "mdps",
        "Unknown Markov decision processes, 10 / 25 / 50 / 75 / 100 episodes of 10 steps: return",
        "未知的马尔可夫决策过程，10 / 25 / 50 / 75 / 100 回合，每回合 10 步：回报",
        lambda f: _earned(f, _MDPS, "agent", 0),
        lambda f: "; ".join(
            f"{who} {_earned(f, _MDPS, who, 0)}"
            for who in ("known model", "BEB", "UCRL2", "OPSRL", "PSRL", "greedy", "random")
        ),
        _MDPS,
    ),
    Claim(
        "hidden_goal",
        "A hidden goal on a 5 × 5 grid, 4 episodes of 15 steps: return (95 %)",
        "5 × 5 网格中的隐藏目标，4 回合，每回合 15 步：回报（95 %）",
        lambda f: _interval(f["agent"]["return"], 2),
        lambda f: f"limit {f['optimum']:.2f}",
    ),
    Claim(
        "cartpole",
        "A pole on a cart of unknown physics, its motor reversed or not: steps upright of 200 in "
        "the 1st / 2nd episode",
        "物理参数未知、电机可能反接的倒立摆：第 1 / 第 2 回合中 200 步内保持直立的步数",
        lambda f: " / ".join(f"{row[0]:.1f}" for row in f["agent"]),
        lambda f: "; ".join(
            f"{who} " + " / ".join(f"{row[0]:.1f}" for row in f[who])
            for who in ("told the physics", "without memory")
        ),
    ),
    Claim(
        "target_velocity",
        "A half-cheetah that is to run at a velocity it is not told, 2 episodes of 200 steps: "
        "return (95 %)",
        "半猎豹须以未被告知的速度奔跑，2 回合，每回合 200 步：回报（95 %）",
        lambda f: _interval(f["agent"]["return"]),
        lambda f: f"without memory {_interval(f['without memory']['return'])}",
    ),
    Claim(
        "memory_task",
        "POPGym's RepeatPreviousEasy, from −1 to 1: return",
        "POPGym 的 RepeatPreviousEasy，−1 到 1：回报",
        lambda f: _interval(f["agent"]["return"], 2),
        lambda f: f"without memory {_interval(f['without memory']['return'], 2)}",
    ),
    Claim(
        "agent_speed",
        "Training a GRU of 64 on CartPole: environment steps a second",
        "在 CartPole 上训练 64 维 GRU：每秒环境步数",
        lambda f: f"{f['ours']:,.0f}",
        lambda f: (
            "RecurrentPPO of sb3-contrib "
            + "; ".join(
                f"{rate:,.0f} with {count} environments (ratio {f['ours'] / rate:.0f})"
                for count, rate in f["recurrent_ppo by environments"].items()
            )
            if "ratio" in f
            else "–"
        ),
    ),
]
