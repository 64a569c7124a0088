"""Agent on grids with a hidden goal, compared with belief-optimal search."""

import jax

import yingshe as ys
from benchmarks._benchmark import Benchmark, Check, Recipe, Result, ResultRow, Table
from benchmarks._figures import number

SEED, INSTANCES = 1_000_920, 20_000
MODEL = "hidden-goal"


def measure() -> Result:
    """Measure the return of the agent and of the optimal search."""
    from yingshe.applications.agents import evaluate_policy
    from yingshe.applications.agents.baselines import BeliefOptimalPolicy, search_plan
    from yingshe.applications.agents.environments import HiddenGoal
    from yingshe.applications.agents.evaluation import mean_interval

    family, key = HiddenGoal(), jax.random.key(SEED)
    episode_returns = {
        "agent": agent_returns(),
        "belief-optimal": evaluate_policy(
            family, BeliefOptimalPolicy(family), key, num_trials=INSTANCES
        ),
    }
    figures: dict = {
        name: {
            "return": list(mean_interval(values.sum(axis=1))),
            "episodes": [list(mean_interval(values[:, e])) for e in range(family.episodes)],
        }
        for name, values in episode_returns.items()
    }
    optimum = search_plan(family).value
    figures["optimum"] = optimum
    figures["of the optimum"] = [bound / optimum for bound in figures["agent"]["return"]]
    return Result(figures, SEED, {"instances": INSTANCES})


def agent_returns():
    """Compute the agent's return in each instance and episode."""
    from yingshe.applications.agents import LearnerPolicy, evaluate_policy
    from yingshe.applications.agents.environments import HiddenGoal

    policy = LearnerPolicy(ys.load(MODEL), greedy=True)
    return evaluate_policy(HiddenGoal(), policy, jax.random.key(SEED), num_trials=INSTANCES)


BENCHMARK = Benchmark(
    name="hidden_goal",
    title="Hidden goal on a grid",
    title_zh="网格中的隐藏目标",
    group="Agents",
    question="Does an agent search for a hidden goal optimally, and return to it directly?",
    setup="5 × 5 grid, goal hidden, 4 episodes of 15 steps with the same goal; 20,000 instances."
    " The agent imitates the belief-optimal search.",
    run=measure,
    minutes=0.3,
    rows=(
        ResultRow(
            title="Hidden goal, 4 episodes of 15 steps: return",
            title_zh="隐藏目标，4 回合，每回合 15 步：回报",
            ours=lambda f: number(f["agent"]["return"][0], 2),
            peer=lambda f: number(f["optimum"], 2),
            peer_name="optimum",
            peer_name_zh="最优",
        ),
    ),
    tables=(
        Table(
            "Return",
            {"all": None, **{f"episode {e + 1}": e for e in range(4)}},
            {"agent": "agent", "belief-optimal search": "belief-optimal"},
            lambda f, method, e: f[method]["return"] if e is None else f[method]["episodes"][e],
            ours=("agent",),
            digits=2,
        ),
    ),
    train=(
        Recipe(
            MODEL,
            "Searches for a hidden goal on a 5 × 5 grid, and goes straight to it afterwards.",
            (
                "train hidden_goal gru --hidden 96 --expert belief-optimal --steps 1500 --num-envs"
                " 128 "
                f"--expert-fraction 1 0.7 --learning-rate 0.003 --run-dir runs/{MODEL}",
            ),
        ),
    ),
    check=Check(
        "the agent in the same 20,000 instances",
        lambda: {"return": float(agent_returns().sum(axis=1).mean())},
        lambda f: {"return": f["agent"]["return"]},
    ),
)
