"""Time of observe and predict as called from Python, after 10, 10³ and 10⁶ observations."""

import time

import jax
import numpy as np

import yingshe as ys
from benchmarks._benchmark import Benchmark, Result, ResultRow, Table
from benchmarks._figures import series

FEATURES = 30  # 32 with 1 and x
CALLS = 3000
SEED = 1_000_001


def measure() -> Result:
    """Measure median and 99th percentile of many calls."""
    learner = ys.learners.RLS(1, 1, num_features=FEATURES, key=jax.random.key(0))
    rng = np.random.default_rng(SEED)
    rows = []
    mapping = ys.adapt(learner, np.zeros((0, 1)), np.zeros((0, 1)))
    observed = 0
    for observations in (10, 1_000, 1_000_000):
        x = rng.normal(size=(observations - observed, 1))
        mapping = mapping.observe(x, np.sin(x))
        observed = observations
        x, y = np.float32([0.3]), np.float32([0.1])

        def observe(f=mapping, x=x, y=y):
            jax.block_until_ready(f.observe(x, y).state)

        def predict(f=mapping, x=x):
            f(x).mean.block_until_ready()

        def both(f=mapping, x=x, y=y):
            f.observe(x, y)(x).mean.block_until_ready()

        rows.append(
            {
                "observations": observations,
                "observe_us": _microseconds(observe),
                "predict_us": _microseconds(predict),
                "observe_and_predict_us": _microseconds(both),
            }
        )
    return Result({"state_features": FEATURES + 2, "rows": rows}, SEED)


def _microseconds(call) -> dict[str, float]:
    """Return median and 99th percentile of many blocking calls."""
    for _ in range(100):
        call()
    times = np.empty(CALLS)
    for i in range(CALLS):
        start_time = time.perf_counter()
        call()
        times[i] = time.perf_counter() - start_time
    median, p99 = np.percentile(times * 1e6, (50, 99))
    return {"median": round(float(median), 1), "p99": round(float(p99), 1)}


def _times(figures, quantile: str) -> str:
    return series([row["observe_and_predict_us"][quantile] for row in figures["rows"]], 0)


BENCHMARK = Benchmark(
    name="latency",
    title="Latency of a mapping",
    title_zh="映射的延迟",
    group="Speed and precision",
    question="Does the time of one observation and one prediction grow with the number of"
    " observations?",
    setup="`RLS` with 32 features, called from Python; 3,000 calls after 10, 10³ and 10⁶"
    " observations. Times in µs on the CPU.",
    run=measure,
    minutes=0.2,
    rows=(
        ResultRow(
            title="observe + predict after 10 / 10³ / 10⁶ pairs: median µs",
            title_zh="10 / 10³ / 10⁶ 对之后 observe + predict：中位数 µs",
            ours=lambda f: _times(f, "median"),
            peer=lambda f: _times(f, "p99"),
            peer_name="99th percentile",
            peer_name_zh="第 99 百分位",
        ),
    ),
    tables=(
        Table(
            "Microseconds, median (99th percentile)",
            {"10 pairs": 0, "10³": 1, "10⁶": 2},
            {
                "observe": "observe_us",
                "predict": "predict_us",
                "observe and predict": "observe_and_predict_us",
            },
            lambda f, call, i: "{median:.0f} ({p99:.0f})".format(**f["rows"][i][call]),
            head="call",
        ),
    ),
    limitations=("Times depend on the machine; only their growth is the claim.",),
)
