"""Half-cheetah with a hidden target velocity: an agent, and one without memory."""

import jax
import numpy as np

import yingshe as ys
from benchmarks._benchmark import Benchmark, Check, Recipe, Result, ResultRow, Table
from benchmarks._figures import number
from benchmarks._results import RUNS

SEED, TRIALS = 1_000_950, 200
NAME = "target-velocity"


def measure() -> Result:
    """Measure the return of the agent, and of one without memory, which is trained here."""
    from yingshe.applications.agents.baselines import Memoryless
    from yingshe.applications.agents.evaluation import mean_interval
    from yingshe.applications.agents.half_cheetah_vel import half_cheetah_vel

    family, figures = half_cheetah_vel(), {}
    without = _train(Memoryless(_untrained(family)), family)
    for name, learner in (("agent", ys.load(NAME)), ("without memory", without)):
        episode_returns = _returns(family, learner)
        figures[name] = {
            "return": list(mean_interval(episode_returns.sum(axis=1))),
            "episodes": [
                list(mean_interval(episode_returns[:, e])) for e in range(family.episodes)
            ],
        }
    config = _config()
    settings = {"trials": TRIALS, "training steps": config.steps, "trials a step": config.num_envs}
    return Result(figures, SEED, settings)


def train_agent() -> None:
    """Train the agent into runs/target-velocity."""
    from yingshe.applications.agents.half_cheetah_vel import half_cheetah_vel

    family = half_cheetah_vel()
    _train(_untrained(family), family, run_dir=RUNS / NAME)


def _config():
    from yingshe.applications.agents import PPOConfig

    return PPOConfig(
        steps=120,
        num_envs=32,
        learning_rate=1e-3,
        gamma=0.98,
        ent_coef=(0.0, 0.0),
        validation_trials=32,
    )


def _untrained(family):
    from yingshe.applications.agents import learner_dims
    from yingshe.learners import GRU

    return GRU(**learner_dims(family), hidden=64, key=jax.random.key(0))


def _train(learner, family, **options):
    from yingshe.applications.agents import train_ppo

    key = jax.random.key(1)
    return train_ppo(learner, family, _config(), key=key, progress=True, **options)


def _returns(family, learner) -> np.ndarray:
    from yingshe.applications.agents import LearnerPolicy

    policy = LearnerPolicy(learner, greedy=True)
    trials = family.rollout_batch(policy, jax.random.key(SEED), TRIALS)
    return np.asarray(jax.vmap(lambda trial: trial.returns(family.episodes))(trials), float)


def _check() -> dict[str, float]:
    from yingshe.applications.agents.half_cheetah_vel import half_cheetah_vel

    return {"return": float(_returns(half_cheetah_vel(), ys.load(NAME)).sum(axis=1).mean())}


BENCHMARK = Benchmark(
    name="target_velocity",
    title="Half-cheetah with a hidden target velocity",
    title_zh="目标速度未知的半猎豹",
    group="Agents",
    question="Does an agent infer from rewards alone how fast it should run?",
    setup="Half-cheetah of Gymnasium, target velocity hidden, 2 episodes of 200 steps; 200 trials."
    " PPO, 120 steps of 32 trials; the network without memory is trained with the same budget.",
    run=measure,
    minutes=7,
    rows=(
        ResultRow(
            title="Half-cheetah, hidden target velocity: return",
            title_zh="目标速度未知的半猎豹：回报",
            ours=lambda f: number(f["agent"]["return"][0], 0),
            peer=lambda f: number(f["without memory"]["return"][0], 0),
            peer_name="without memory",
            peer_name_zh="没有记忆",
        ),
    ),
    tables=(
        Table(
            "Return",
            {"both": None, "1st episode": 0, "2nd episode": 1},
            {"agent": "agent", "without memory": "without memory"},
            lambda f, method, e: f[method]["return"] if e is None else f[method]["episodes"][e],
            ours=("agent",),
            digits=0,
        ),
    ),
    train=(
        Recipe(
            NAME,
            "Runs as a half-cheetah at an unknown target velocity.",
            train=train_agent,
        ),
    ),
    check=Check(
        "the agent in the same 200 trials",
        _check,
        lambda f: {"return": f["agent"]["return"]},
    ),
)
