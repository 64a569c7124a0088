"""How much of the machine's matrix-multiply rate a training step of GRU and LSTM reaches.

    python -m benchmarks.step_speed --torch-python /path/to/torch/environment/bin/python

A step is the prequential loss, its gradient and Adam's update. Its work is counted as three times
the multiplications and additions of the forward pass's matrix products, nothing else. Matrix
product, our step and PyTorch's are timed in turn, so that a busy moment falls on all of them.
"""

import argparse
import statistics
import subprocess
import time
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

import yingshe as ys
from benchmarks.record import record
from yingshe.training.loss import prequential_loss

HIDDEN, TASKS, PAIRS = 256, 256, 40
SIDE = 2048  # of the matrices whose product is the machine's rate
ROUNDS, WARM_UP = 15, 2
SEED = 0

Recurrent = type[ys.learners.GRU] | type[ys.learners.LSTM]


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step_speed")
    parser.add_argument("--torch-python", help="interpreter that can import torch, to compare with")
    torch_python = parser.parse_args().torch_python
    begin = time.perf_counter()
    figures = {}
    for name, kind in (("gru", ys.learners.GRU), ("lstm", ys.learners.LSTM)):
        figures[name] = _measure(name, kind, torch_python)
        print(name, figures[name], flush=True)
    record(
        "step_speed",
        figures,
        seed=SEED,
        seconds=time.perf_counter() - begin,
        settings={"hidden": HIDDEN, "tasks": TASKS, "pairs": PAIRS, "rounds": ROUNDS},
    )


def _measure(name: str, kind: Recurrent, torch_python: str | None) -> dict:
    timers = {"matmul": _matmul(), "ours": _our_step(kind)}
    worker = None
    if torch_python:
        worker = _torch_worker(torch_python, name)
        timers["torch"] = lambda: _torch_step(worker)
    seconds = {label: [] for label in timers}
    for _ in range(WARM_UP + ROUNDS):
        for label, timer in timers.items():
            seconds[label].append(timer())
    if worker:
        worker.kill()
    median = {label: statistics.median(times[WARM_UP:]) for label, times in seconds.items()}
    rate = 2 * SIDE**3 / median["matmul"]
    figures = {"matmul_gflops": rate / 1e9}
    for label in ("ours", "torch"):
        if label in median:
            figures[f"{label}_ms"] = 1e3 * median[label]
            figures[f"{label}_fraction"] = _operations(name) / median[label] / rate
    return {label: round(value, 3) for label, value in figures.items()}


def _operations(name: str) -> float:
    gates = {"gru": 3, "lstm": 4}[name]
    # The last pair is predicted but need not be read.
    read = (PAIRS - 1) * (2 * HIDDEN + gates * (2 * HIDDEN + 2) * HIDDEN)
    answer = PAIRS * (HIDDEN + 3 * HIDDEN**2 + 2 * HIDDEN)
    return 3 * 2 * TASKS * (read + answer)


def _matmul() -> Callable[[], float]:
    matrix = jax.random.normal(jax.random.key(SEED), (SIDE, SIDE))
    product = jax.jit(jnp.matmul)

    def timer():
        start = time.perf_counter()
        product(matrix, matrix).block_until_ready()
        return time.perf_counter() - start

    return timer


def _our_step(kind: Recurrent) -> Callable[[], float]:
    learner = kind(1, 1, hidden=HIDDEN, key=jax.random.key(SEED))
    parameters, structure = eqx.partition(learner, eqx.is_inexact_array)
    optimizer = optax.adam(1e-3)
    x = jax.random.normal(jax.random.key(SEED + 1), (TASKS, PAIRS, 1))
    batch = ys.Pairs(x, jnp.sin(x))

    @jax.jit
    def step(parameters, moments):
        def loss(parameters):
            return prequential_loss(eqx.combine(parameters, structure), batch)

        gradient = jax.grad(loss)(parameters)
        updates, moments = optimizer.update(gradient, moments)
        return optax.apply_updates(parameters, updates), moments

    state = (parameters, optimizer.init(parameters))

    def timer():
        nonlocal state
        start = time.perf_counter()
        state = jax.block_until_ready(step(*state))
        return time.perf_counter() - start

    return timer


def _torch_worker(python: str, name: str) -> subprocess.Popen[str]:
    script = __file__.replace("step_speed.py", "step_speed_torch.py")
    command = [python, script, name, str(HIDDEN), str(TASKS), str(PAIRS)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )


def _torch_step(worker: subprocess.Popen[str]) -> float:
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("The PyTorch process has no pipes.")
    worker.stdin.write("step\n")
    return float(worker.stdout.readline())


if __name__ == "__main__":
    main()
