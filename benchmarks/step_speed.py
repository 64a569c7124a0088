"""Fraction of the machine's matrix-multiply rate that a training step of GRU and LSTM reaches.

A step is the prequential loss, its gradient and Adam's update. Its work counts as three times the
multiplications and additions of the forward pass's matrix products. Timings of the matrix product,
our step and PyTorch's alternate, so that other load on the machine affects all alike.
"""

import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

import yingshe as ys
from benchmarks._benchmark import Ablation, Benchmark, Result, ResultRow, Table
from benchmarks._figures import series
from yingshe.training.loss import prequential_loss

HIDDEN, TASKS, PAIRS = 256, 256, 40
SIDE = 2048  # of the matrices whose product measures the machine's rate
ROUNDS, WARM_UP = 15, 2
SEED = 0


def measure(*, torch_python: str | None = None) -> Result:
    """Measure a training step of both networks.

    Args:
        torch_python: Interpreter that can import torch, to compare with PyTorch.
    """
    kinds = {"gru": ys.learners.GRU, "lstm": ys.learners.LSTM}
    figures = {name: _measure(name, kind, torch_python) for name, kind in kinds.items()}
    settings = {"hidden": HIDDEN, "tasks": TASKS, "pairs": PAIRS, "rounds": ROUNDS}
    return Result(figures, SEED, settings)


def _measure(name: str, kind, torch_python: str | None) -> dict:
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
    # The last pair is predicted but need not be observed.
    observe = (PAIRS - 1) * (2 * HIDDEN + gates * (2 * HIDDEN + 2) * HIDDEN)
    predict = PAIRS * (HIDDEN + 3 * HIDDEN**2 + 2 * HIDDEN)
    return 3 * 2 * TASKS * (observe + predict)


def _matmul() -> Callable[[], float]:
    matrix = jax.random.normal(jax.random.key(SEED), (SIDE, SIDE))
    product = jax.jit(jnp.matmul)

    def timer():
        start = time.perf_counter()
        product(matrix, matrix).block_until_ready()
        return time.perf_counter() - start

    return timer


def _our_step(kind) -> Callable[[], float]:
    learner = kind(1, 1, hidden=HIDDEN, key=jax.random.key(SEED))
    parameters, structure = eqx.partition(learner, eqx.is_inexact_array)
    optimizer = optax.adam(1e-3)
    x = jax.random.normal(jax.random.key(SEED + 1), (TASKS, PAIRS, 1))
    batch = ys.Pairs(x, jnp.sin(x))

    @jax.jit
    def step(parameters, optimizer_state):
        def loss(parameters):
            return prequential_loss(eqx.combine(parameters, structure), batch)

        gradient = jax.grad(loss)(parameters)
        updates, optimizer_state = optimizer.update(gradient, optimizer_state)
        return optax.apply_updates(parameters, updates), optimizer_state

    state = (parameters, optimizer.init(parameters))

    def timer():
        nonlocal state
        start = time.perf_counter()
        state = jax.block_until_ready(step(*state))
        return time.perf_counter() - start

    return timer


def _torch_worker(python: str, name: str) -> subprocess.Popen[str]:
    script = str(Path(__file__).with_name("_step_speed_torch.py"))
    command = [python, script, name, str(HIDDEN), str(TASKS), str(PAIRS)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )


def _torch_step(worker: subprocess.Popen[str]) -> float:
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("The PyTorch process has no pipes.")
    worker.stdin.write("step\n")
    return float(worker.stdout.readline())


BENCHMARK = Benchmark(
    name="step_speed",
    title="Training step of GRU and LSTM",
    title_zh="GRU 与 LSTM 的训练步",
    group="Speed and precision",
    question="How close to the machine's matrix-product rate does a training step run?",
    setup="256 hidden units, 256 tasks, 40 examples; loss, gradient and Adam. Median of 15 rounds;"
    " only the work of the matrix products counts.",
    run=measure,
    minutes=1,
    needs="an interpreter with PyTorch for the comparison: `--torch-python PATH`",
    rows=(
        ResultRow(
            title="Training step, GRU / LSTM: fraction of matrix-product rate",
            title_zh="训练一步，GRU / LSTM：占矩阵乘法速率的比例",
            ours=lambda f: series([f[k]["ours_fraction"] for k in ("gru", "lstm")], 2),
            peer=lambda f: series([f[k]["torch_fraction"] for k in ("gru", "lstm")], 2),
            peer_name="PyTorch",
            peer_name_zh="PyTorch",
        ),
    ),
    tables=(
        Table(
            "Fraction of the matrix-product rate",
            {"GRU": "gru", "LSTM": "lstm"},
            {"yingshe": "ours_fraction", "PyTorch": "torch_fraction"},
            lambda f, m, k: f[k][m],
            ours=("yingshe",),
            digits=2,
        ),
        Table(
            "Milliseconds per step",
            {"GRU": "gru", "LSTM": "lstm"},
            {"yingshe": "ours_ms", "PyTorch": "torch_ms"},
            lambda f, m, k: f[k][m],
            ours=("yingshe",),
            digits=0,
        ),
    ),
    limitations=("PyTorch is faster here, for both networks.",),
    ablations=(
        Ablation("tokens computed inside or outside the scan", "did not reach PyTorch's rate"),
        Ablation("one wide product, or one for each gate", "did not reach PyTorch's rate"),
        Ablation("activations kept, or computed again", "did not reach PyTorch's rate"),
        Ablation("other schedulers of XLA", "did not reach PyTorch's rate"),
        Ablation("memory kept between steps (huge pages)", "GRU as fast as PyTorch in some runs"),
    ),
)
