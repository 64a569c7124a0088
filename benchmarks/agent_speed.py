"""Environment steps a second in training: GRU of 64 on CartPole, beside sb3-contrib's RecurrentPPO.

    python -m benchmarks.agent_speed --torch-python /path/to/environment/with/sb3-contrib/bin/python

Both learn from 500-step episodes of the plain CartPole-v1 with PPO: collecting, and as many epochs
over what was collected; an LSTM of 64 there (it has no GRU). Rounds of each are timed in turn, so
that a busy moment falls on both; compilation is not timed. Only steps that were really played
count: where an episode ended early, what is left of its row is padding and counts nowhere.
"""

import argparse
import statistics
import subprocess
import time

import jax

from benchmarks.record import record
from yingshe.applications.agents.environments import CartPole
from yingshe.applications.agents.environments.cartpole import Cart
from yingshe.applications.agents.ppo import Assembly, PPOConfig, make_step
from yingshe.applications.agents.reading import dimensions
from yingshe.learners import GRU
from yingshe.training.config import make_optimiser
from yingshe.training.loop import start

HIDDEN, EPOCHS, TRIALS, ROUNDS = 64, 4, 64, 7
WARM_UP = 40  # steps of ours first: an agent that plays whole episodes, as in most of training
SEED = 0


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agent_speed")
    parser.add_argument("--torch-python", help="interpreter that can import sb3_contrib")
    torch_python = parser.parse_args().torch_python
    began = time.time()
    ours = _Ours()
    theirs = _worker(torch_python) if torch_python else None
    rates: dict[str, list[float]] = {"ours": [], "recurrent_ppo": []}
    for _ in range(ROUNDS):
        rates["ours"].append(ours.round())
        if theirs is not None:
            rates["recurrent_ppo"].append(_ask(theirs))
        print({name: values[-1:] for name, values in rates.items()}, flush=True)
    figures = {name: statistics.median(values) for name, values in rates.items() if values}
    if theirs is not None:
        theirs.kill()
        ratios = [a / b for a, b in zip(rates["ours"], rates["recurrent_ppo"], strict=True)]
        figures["ratio"] = statistics.median(ratios)
        figures["ratio_least"], figures["ratio_most"] = min(ratios), max(ratios)
    record(
        "agent_speed",
        figures,
        seed=SEED,
        seconds=time.time() - began,
        settings={"hidden": HIDDEN, "epochs": EPOCHS, "trials": TRIALS, "rounds": ROUNDS},
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
        config = PPOConfig(steps=10_000, trials=TRIALS, epochs=EPOCHS, learning_rate=1e-3)
        learner = GRU(**dimensions(self.family), hidden=HIDDEN, key=jax.random.key(SEED))
        optimiser = make_optimiser(config, updates=config.epochs * config.minibatches)
        self._state = start(learner, optimiser).state
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


def _worker(python: str) -> subprocess.Popen:
    script = __file__.replace("agent_speed.py", "agent_speed_sb3.py")
    words = [python, script, str(HIDDEN), str(EPOCHS), str(SEED)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(worker: subprocess.Popen) -> float:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("round\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


if __name__ == "__main__":
    main()
