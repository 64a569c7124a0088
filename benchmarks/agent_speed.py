"""Environment steps per second in training a GRU of 64 on CartPole, here and in sb3-contrib.

Both train by PPO on 500-step episodes of the plain CartPole-v1, with the same numbers of epochs and
minibatches. sb3-contrib has no GRU and trains an LSTM of 64. It is measured with 8 environments, as
in RL Zoo's settings, and with 64; the comparison is with the faster one. Here the trials are
distributed over as many devices as there are cores. Rounds of all methods alternate, so that other
load on the machine affects all alike; compilation is not timed. Padding after the end of an episode
does not count as steps.
"""

import os
import statistics
import subprocess
import time
from pathlib import Path

from benchmarks._benchmark import Benchmark, Result, ResultRow, Table, Target
from benchmarks._figures import number

HIDDEN, EPOCHS, TRIALS, ROUNDS = 64, 4, 256, 7
SB3_ENVIRONMENTS = (8, 64)
WARM_UP = 12  # training steps before timing, until the agent plays whole episodes
MINIBATCHES, SEED = 4, 0


def measure(*, torch_python: str | None = None) -> Result:
    """Measure training on both sides, round by round.

    Args:
        torch_python: Interpreter that can import sb3_contrib, to compare with RecurrentPPO.
    """
    # JAX reads this when it starts its backend: one device, with its own thread, for each core.
    devices = f"--xla_force_host_platform_device_count={os.cpu_count()}"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {devices}"
    import jax

    ours, rates = _Ours(), {"ours": []}
    theirs = {n: _worker(torch_python, n) for n in SB3_ENVIRONMENTS} if torch_python else {}
    for _ in range(ROUNDS):
        rates["ours"].append(ours.round())
        for environments, worker in theirs.items():
            rates.setdefault(environments, []).append(_request_round(worker))
        print({name: round(values[-1]) for name, values in rates.items()}, flush=True)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    figures = {"ours": medians["ours"]}
    if theirs:
        fastest = max(theirs, key=lambda n: medians[n])
        ratios = [a / b for a, b in zip(rates["ours"], rates[fastest], strict=True)]
        figures |= {
            "recurrent_ppo": medians[fastest],
            "recurrent_ppo by environments": {str(n): medians[n] for n in theirs},
            "ratio": statistics.median(ratios),
            "ratio_least": min(ratios),
            "ratio_most": max(ratios),
        }
    for worker in theirs.values():
        worker.kill()
    settings = {
        "hidden": HIDDEN,
        "epochs": EPOCHS,
        "minibatches": MINIBATCHES,
        "trials": TRIALS,
        "devices": jax.device_count(),
        "rounds": ROUNDS,
    }
    return Result(figures, SEED, settings)


class _Ours:
    """Training with our PPO, which continues from round to round."""

    def __init__(self):
        import jax

        from yingshe.applications.agents import PPOConfig, learner_dims
        from yingshe.applications.agents.environments import CartPole
        from yingshe.applications.agents.environments.cartpole import CartPoleParams
        from yingshe.applications.agents.ppo import LearnerFactory, make_step
        from yingshe.learners import GRU
        from yingshe.training._step import replicate
        from yingshe.training.config import make_optimizer
        from yingshe.training.loop import init_trainer_state

        plain = CartPole.gymnasium()
        self.family = CartPole(
            **{name: getattr(plain, name) for name in CartPoleParams._fields},
            reversed_prob=0.0,
            episodes=1,
            episode_steps=500,
        )
        config = PPOConfig(
            steps=10_000,
            num_envs=TRIALS,
            n_epochs=EPOCHS,
            num_minibatches=MINIBATCHES,
            learning_rate=1e-3,
        )
        self._key = jax.random.key(SEED)
        learner = GRU(**learner_dims(self.family), hidden=HIDDEN, key=self._key)
        optimizer = make_optimizer(config, updates=config.n_epochs * config.num_minibatches)
        self._state = replicate(init_trainer_state(learner, optimizer).state)
        self._step = make_step(LearnerFactory.from_learner(learner, None), self.family, config)
        for _ in range(WARM_UP):
            self._state, loss = self._step(self._state, self._key)
        print("return after the warm-up", -float(loss))

    def round(self) -> float:
        """Return environment steps per second over three training steps."""
        played, start_time = 0.0, time.perf_counter()
        for _ in range(3):
            self._state, loss = self._step(self._state, self._key)
            played += -float(loss) * TRIALS  # a reward of 1 for each step
        return played / (time.perf_counter() - start_time)


def _worker(python: str, environments: int) -> subprocess.Popen:
    script = str(Path(__file__).with_name("_agent_speed_sb3.py"))
    words = [python, script, *map(str, (environments, HIDDEN, EPOCHS, MINIBATCHES, SEED))]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _request_round(worker: subprocess.Popen) -> float:
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("The RecurrentPPO process has no pipes.")
    worker.stdin.write("round\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def _ratio(figures, environments: str) -> float:
    return figures["ours"] / figures["recurrent_ppo by environments"][environments]


BENCHMARK = Benchmark(
    name="agent_speed",
    title="Training speed of agents",
    title_zh="智能体的训练速度",
    group="Speed and precision",
    question="How many environment steps per second does recurrent PPO train on, with two cores?",
    setup="GRU of 64 on CartPole-v1, 256 trials of up to 500 steps at once, one device per core."
    " RecurrentPPO of sb3-contrib with 8 (RL Zoo's settings) and 64 environments. Both use four"
    " epochs of four minibatches; median of 7 rounds.",
    run=measure,
    minutes=4,
    needs="an interpreter with sb3-contrib for the comparison: `--torch-python PATH`",
    rows=(
        ResultRow(
            title="Recurrent PPO on CartPole: environment steps per second",
            title_zh="CartPole 上的循环 PPO：每秒环境步数",
            ours=lambda f: number(f["ours"], 0),
            peer=lambda f: number(f["recurrent_ppo"], 0),
            peer_name="RecurrentPPO of sb3-contrib",
            peer_name_zh="sb3-contrib 的 RecurrentPPO",
        ),
    ),
    tables=(
        Table(
            "Environment steps per second in training",
            {"steps a second": "rate", "ours ÷ this": "ratio"},
            {"yingshe": None, "RecurrentPPO, 8 environments": "8", "RecurrentPPO, 64": "64"},
            lambda f, n, column: (
                (f["ours"] if n is None else f["recurrent_ppo by environments"][n])
                if column == "rate"
                else (None if n is None else number(_ratio(f, n), 0))
            ),
            ours=("yingshe",),
            digits=0,
        ),
    ),
    targets=(
        Target(
            "steps a second ÷ RecurrentPPO's",
            "50",
            lambda f: f"{_ratio(f, '8'):.0f} (8 environments), {_ratio(f, '64'):.0f} (64)",
            lambda f: _ratio(f, "64") >= 50,
        ),
    ),
    limitations=(
        "Nearly all of our time is the update, which runs near the machine's matrix-product rate.",
    ),
)
