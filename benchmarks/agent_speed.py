"""Environment steps a second in training: GRU of 64 on CartPole, beside sb3-contrib's RecurrentPPO.

    python -m benchmarks.agent_speed --torch-python /path/to/environment/with/sb3-contrib/bin/python

Both learn from 500-step episodes of the plain CartPole-v1 with PPO: collecting, and as many epochs
over what was collected, in as many minibatches; an LSTM of 64 there (it has no GRU). It is given 8
environments side by side, as in RL Zoo's settings for it, and 64; the faster one is compared with.
Here the trials are shared among as many devices as there are cores. Rounds of all are timed in
turn, so that a busy moment falls on each; compilation is not timed. Only steps that were really
played count: where an episode ended early, what is left of its row is padding and counts nowhere.
"""

import argparse
import os
import statistics
import subprocess
import time

# Read when JAX is imported: a device, and so a thread of its own, for each core.
_DEVICES = f"--xla_force_host_platform_device_count={os.cpu_count()}"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_DEVICES}"

import jax  # noqa: E402

from benchmarks.record import record  # noqa: E402
from yingshe.applications.agents.environments import CartPole  # noqa: E402
from yingshe.applications.agents.environments.cartpole import Cart  # noqa: E402
from yingshe.applications.agents.ppo import Assembly, PPOConfig, make_step  # noqa: E402
from yingshe.applications.agents.reading import dimensions  # noqa: E402
from yingshe.learners import GRU  # noqa: E402
from yingshe.training._step import replicate  # noqa: E402
from yingshe.training.config import make_optimizer  # noqa: E402
from yingshe.training.loop import init_trainer_state

HIDDEN, EPOCHS, TRIALS, ROUNDS = 64, 4, 256, 7
THEIRS = (8, 64)  # environments side by side
WARM_UP = 12  # steps of ours first: an agent that plays whole episodes, as in most of training
MINIBATCHES, SEED = 4, 0


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agent_speed")
    parser.add_argument("--torch-python", help="interpreter that can import sb3_contrib")
    torch_python = parser.parse_args().torch_python
    began = time.time()
    ours, rates = _Ours(), {"ours": []}
    theirs = {n: _worker(torch_python, n) for n in THEIRS} if torch_python else {}
    for _ in range(ROUNDS):
        rates["ours"].append(ours.round())
        for environments, worker in theirs.items():
            rates.setdefault(environments, []).append(_ask(worker))
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
    record(
        "agent_speed",
        figures,
        seed=SEED,
        seconds=time.time() - began,
        settings={
            "hidden": HIDDEN,
            "epochs": EPOCHS,
            "minibatches": MINIBATCHES,
            "trials": TRIALS,
            "devices": jax.device_count(),
            "rounds": ROUNDS,
        },
        command="python -m benchmarks.agent_speed --torch-python PYTHON",
    )


class _Ours:
    """Training that goes on from round to round."""

    def __init__(self):
        plain = CartPole.gymnasium()
        self.family = CartPole(
            **{name: getattr(plain, name) for name in Cart._fields},
            reversed_odds=0.0,
            episodes=1,
            episode_steps=500,
        )
        config = PPOConfig(
            steps=10_000,
            trials=TRIALS,
            epochs=EPOCHS,
            minibatches=MINIBATCHES,
            learning_rate=1e-3,
        )
        learner = GRU(**dimensions(self.family), hidden=HIDDEN, key=jax.random.key(SEED))
        optimizer = make_optimizer(config, updates=config.epochs * config.minibatches)
        self._state = replicate(init_trainer_state(learner, optimizer).state)
        self._step = make_step(Assembly.of(learner, None), self.family, config)
        for _ in range(WARM_UP):
            self._state, loss = self._step(self._state, jax.random.key(SEED))
        print("return after the warm-up", -float(loss))

    def round(self) -> float:
        """Steps a second over three steps of training."""
        played, began = 0.0, time.perf_counter()
        for _ in range(3):
            self._state, loss = self._step(self._state, jax.random.key(SEED))
            played += -float(loss) * TRIALS  # a reward of 1 for each step
        return played / (time.perf_counter() - began)


def _worker(python: str, environments: int) -> subprocess.Popen:
    script = __file__.replace("agent_speed.py", "agent_speed_sb3.py")
    words = [python, script, *map(str, (environments, HIDDEN, EPOCHS, MINIBATCHES, SEED))]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(worker: subprocess.Popen) -> float:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("round\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


if __name__ == "__main__":
    main()
