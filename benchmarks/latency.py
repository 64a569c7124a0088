"""Time of observe and predict as called from Python, after 10, 10³ and 10⁶ observations."""

import time

import jax
import numpy as np

import yingshe as ys
from benchmarks.record import record

FEATURES = 30  # with 1 and x: a state of 32
CALLS = 3000
SEED = 1_000_001


def microseconds(call) -> dict[str, float]:
    """Median and 99th percentile over many calls, each waited for."""
    for _ in range(100):
        call()
    times = np.empty(CALLS)
    for i in range(CALLS):
        started = time.perf_counter()
        call()
        times[i] = time.perf_counter() - started
    median, late = np.percentile(times * 1e6, (50, 99))
    return {"median": round(float(median), 1), "p99": round(float(late), 1)}


def main():
    started = time.time()
    learner = ys.learners.RLS(1, 1, num_features=FEATURES, key=jax.random.key(0))
    rng = np.random.default_rng(SEED)
    rows = []
    mapping = ys.adapt(learner, np.zeros((0, 1)), np.zeros((0, 1)))
    read = 0
    for observations in (10, 1_000, 1_000_000):
        x = rng.normal(size=(observations - read, 1))
        mapping = mapping.observe(x, np.sin(x))
        read = observations
        one_x, one_y = np.float32([0.3]), np.float32([0.1])

        def observe(f=mapping, x=one_x, y=one_y):
            jax.block_until_ready(f.observe(x, y).state)

        def predict(f=mapping, x=one_x):
            f(x).mean.block_until_ready()

        def both(f=mapping, x=one_x, y=one_y):
            f.observe(x, y)(x).mean.block_until_ready()

        rows.append(
            {
                "observations": observations,
                "observe_us": microseconds(observe),
                "predict_us": microseconds(predict),
                "observe_and_predict_us": microseconds(both),
            }
        )
        print(rows[-1])
    record(
        "latency",
        {"state_features": FEATURES + 2, "rows": rows},
        seed=SEED,
        seconds=time.time() - started,
    )


if __name__ == "__main__":
    main()
