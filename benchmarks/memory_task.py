"""Memory task of POPGym, wrapped in GymnasiumEnvDistribution: repeat the card of four steps ago."""

import time

import jax

from benchmarks._benchmark import Benchmark, Result, ResultRow, Table
from benchmarks._figures import number

SEED, TRIALS = 1_000_940, 500


def measure() -> Result:
    """Measure a GRU and the same network without memory, both trained here."""
    from popgym.envs.repeat_previous import RepeatPreviousEasy

    from yingshe.applications.agents import (
        GymnasiumEnvDistribution,
        LearnerPolicy,
        PPOConfig,
        learner_dims,
        train_ppo,
    )
    from yingshe.applications.agents.baselines import Memoryless
    from yingshe.applications.agents.evaluation import mean_interval
    from yingshe.learners import GRU

    config = PPOConfig(steps=150, num_envs=64, learning_rate=2e-3, validation_trials=64)
    family = GymnasiumEnvDistribution(RepeatPreviousEasy, episode_steps=52)
    learner = GRU(**learner_dims(family), hidden=64, key=jax.random.key(0))
    figures = {}
    for name, untrained in (("agent", learner), ("without memory", Memoryless(learner))):
        start_time = time.time()
        trained = train_ppo(untrained, family, config, key=jax.random.key(1), progress=True)
        seconds = round(time.time() - start_time, 1)
        policy = LearnerPolicy(trained, greedy=True)
        trials = family.rollout_batch(policy, jax.random.key(SEED), TRIALS)
        returns = jax.vmap(lambda trial: trial.returns(1))(trials)[:, 0]
        figures[name] = {
            "return": list(mean_interval(jax.device_get(returns))),
            "training_seconds": seconds,
        }
    return Result(figures, SEED)


BENCHMARK = Benchmark(
    name="memory_task",
    title="Memory task of POPGym",
    title_zh="POPGym 的记忆任务",
    group="Agents",
    question="Does recurrent PPO learn to repeat a card that was shown four steps ago?",
    setup="RepeatPreviousEasy, return per episode from −1 to 1; 500 trials. A GRU and the same"
    " network without memory are trained with the same budget.",
    run=measure,
    minutes=5,
    needs="`pip install popgym`",
    rows=(
        ResultRow(
            title="POPGym RepeatPreviousEasy: return, at most 1",
            title_zh="POPGym RepeatPreviousEasy：回报，至多 1",
            ours=lambda f: number(f["agent"]["return"][0], 2),
            peer=lambda f: number(f["without memory"]["return"][0], 2),
            peer_name="without memory",
            peer_name_zh="没有记忆",
        ),
    ),
    tables=(
        Table(
            "Return, from −1 to 1",
            {"return": "return", "seconds of training": "training_seconds"},
            {"GRU": "agent", "without memory": "without memory"},
            lambda f, method, column: f[method][column],
            ours=("GRU",),
        ),
    ),
)
