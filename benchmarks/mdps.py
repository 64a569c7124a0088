"""Agents and planners in the same random Markov decision processes."""

import jax
import numpy as np

from benchmarks._benchmark import Benchmark, Check, Recipe, Result, ResultRow, Table
from benchmarks._figures import series
from benchmarks._results import read_figures

SEED = 1_000_910
EPISODES = (10, 25, 50, 75, 100)
DRAWS = 20_000_000  # maximum number of gamma draws of a planner, 1 µs each
MIN_INSTANCES = 500  # of such a planner
SAMPLES = {"PSRL": 1, "OPSRL": 2}  # sampled models per episode


def measure(*, instances: int = 20_000, episodes: tuple[int, ...] = EPISODES) -> Result:
    """Measure the return of the agent and of every planner.

    Args:
        instances: Instances of each setting.
        episodes: Numbers of episodes of a trial; recorded figures of other settings stay.
    """
    partial = set(episodes) < set(EPISODES)
    figures = read_figures("mdps") if partial else {}
    for count in episodes:
        row = figures[str(count)] = _measure(count, instances)
        print(count, {method: round(entry["return"][0], 1) for method, entry in row.items()})
    figures = {str(n): figures[str(n)] for n in EPISODES if str(n) in figures}
    return Result(figures, SEED, {"instances": instances}, partial=partial)


def _measure(episodes: int, instances: int) -> dict:
    from benchmarks._agent_evaluation import evaluate_with_baselines
    from yingshe.applications.agents.baselines import baseline_policies, optimal_value
    from yingshe.applications.agents.environments import TabularMDP
    from yingshe.applications.agents.evaluation import mean_interval
    from yingshe.applications.agents.rollout import TrialKeys

    family = TabularMDP(episodes=episodes)
    model = family.num_states**2 * family.num_actions
    fewer = dict.fromkeys(baseline_policies(family), instances // 4) | {
        planner: max(MIN_INSTANCES, DRAWS // (episodes * model * samples))
        for planner, samples in SAMPLES.items()
    }
    rows = evaluate_with_baselines(
        "mdps", f"mdp-{episodes}", family, seed=SEED, instances=instances, fewer=fewer
    )

    @jax.jit
    @jax.vmap
    def known_model(number):
        keys = TrialKeys.split(jax.random.fold_in(jax.random.key(SEED), number))
        return optimal_value(family.sample_task(keys.task), family.horizon)

    known = known_model(np.arange(instances))
    returns = family.episodes * np.asarray(known, float)
    rows["known model"] = {"return": list(mean_interval(returns))}
    return rows


def _check() -> dict[str, float]:
    from benchmarks._agent_evaluation import agent_returns
    from yingshe.applications.agents.environments import TabularMDP

    trial_returns = agent_returns("mdp-10", TabularMDP(episodes=10), seed=SEED, instances=20_000)
    return {"10 episodes": float(trial_returns.mean())}


_SCHEDULES = {10: (60, 128), 25: (60, 128), 50: (30, 64), 75: (30, 48), 100: (30, 32)}
"""Episodes of a trial -> (training steps, trials per step)."""


def _recipe(episodes: int, steps: int, trials: int) -> Recipe:
    return Recipe(
        f"mdp-{episodes}",
        f"Acts in {episodes} episodes of an unknown Markov decision process of 10 states.",
        (
            f"train mdp --episodes {episodes} --steps {steps} --num-envs {trials} --n-epochs 2 "
            "--num-minibatches 2 --learning-rate 0.01 --gamma 0.995 --ent-coef 0 0 "
            f"--run-dir runs/mdp-{episodes}",
        ),
    )


def _returns(figures, method: str) -> str:
    return series([figures[n][method]["return"][0] for n in ("10", "50", "100")], 0)


_PLANNERS = ("known model", "BEB", "UCRL2", "OPSRL", "PSRL", "ε-greedy", "greedy", "random")

_TABLES = (
    Table(
        "Return",
        {f"{n} episodes": str(n) for n in EPISODES},
        {"agent": "agent", **{planner: planner for planner in _PLANNERS}},
        lambda f, method, n: f[n][method]["return"],
        ours=("agent",),
        digits=0,
    ),
)

BENCHMARK = Benchmark(
    name="mdps",
    title="Unknown Markov decision processes",
    title_zh="未知的马尔可夫决策过程",
    group="Agents",
    question="Does an agent learn an unknown Markov decision process faster than planners that"
    " know its prior?",
    setup="10 states, 5 actions, 10 to 100 episodes of 10 steps; 20,000 instances. Planners play"
    " the first quarter of them; those that sample play fewer. Planners know the prior.",
    run=measure,
    minutes=42,
    rows=(
        ResultRow(
            title="MDPs, 10 / 50 / 100 episodes of 10 steps: return",
            title_zh="MDP，10 / 50 / 100 回合，每回合 10 步：回报",
            ours=lambda f: _returns(f, "agent"),
            peer=lambda f: _returns(f, "BEB"),
            peer_name="BEB",
            peer_name_zh="BEB",
        ),
    ),
    tables=_TABLES,
    limitations=(
        "Constants of the planners are tuned on other processes.",
        "Greedy, ε-greedy, UCRL2 and BEB return more here than published; PSRL and OPSRL return"
        " less.",
        "Planners play a quarter of the agent's instances, those that sample fewer.",
    ),
    train=tuple(_recipe(episodes, *schedule) for episodes, schedule in _SCHEDULES.items()),
    check=Check(
        "the agent of 10 episodes in the same 20,000 instances",
        _check,
        lambda f: {"10 episodes": f["10"]["agent"]["return"]},
    ),
)
