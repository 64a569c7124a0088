"""RLS in float32 after a million observations, compared with the float64 batch solution."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import yingshe as ys
from benchmarks._benchmark import Benchmark, Result, ResultRow, Table
from benchmarks._figures import number

OBSERVATIONS = 1_000_000
X_DIM = 31  # with the intercept: 32 features
NOISE = 0.5
SEEDS = (1_000_001, 1_000_002, 1_000_003)


def measure() -> Result:
    """Measure the distance to the batch solution, for three seeds."""
    runs = [_measure(seed) for seed in SEEDS]
    figures = {
        "observations": OBSERVATIONS,
        "features": X_DIM + 1,
        "mean_relative_error": max(run["mean_relative_error"] for run in runs),
        "covariance_relative_error": max(run["covariance_relative_error"] for run in runs),
        "smallest_eigenvalue": min(run["smallest_eigenvalue"] for run in runs),
        "runs": runs,
    }
    return Result(figures, list(SEEDS))


def _measure(seed: int) -> dict[str, float]:
    """Return the distance of the posterior from the batch solution, and its spectrum."""
    learner = ys.learners.RLS(X_DIM, 1, num_features=0, key=jax.random.key(0))
    learner = eqx.tree_at(lambda r: r.log_noise, learner, jnp.log(NOISE))
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(OBSERVATIONS, X_DIM)).astype(np.float32)
    w = rng.normal(size=(X_DIM + 1, 1))
    phi = np.concatenate([np.ones((OBSERVATIONS, 1)), x], axis=1)
    y = (phi @ w + NOISE * rng.normal(size=(OBSERVATIONS, 1))).astype(np.float32)

    observe = eqx.filter_jit(
        lambda x, y: ys.learners.observe_all(learner, learner.init_state(), ys.Pairs(x, y))
    )
    state = observe(x, y)

    noise = float(learner._noise())
    precision = phi.T @ phi / noise + np.eye(X_DIM + 1)
    batch = np.linalg.solve(precision, phi.T @ y.astype(float) / noise)
    covariance = (
        np.asarray(state.sqrt_covariance, float) @ np.asarray(state.sqrt_covariance, float).T
    )
    exact = np.linalg.inv(precision)
    return {
        "mean_relative_error": float(np.linalg.norm(state.mean - batch) / np.linalg.norm(batch)),
        "smallest_eigenvalue": float(np.linalg.eigvalsh(covariance).min()),
        "covariance_relative_error": float(
            np.linalg.norm(covariance - exact) / np.linalg.norm(exact)
        ),
    }


BENCHMARK = Benchmark(
    name="rls_precision",
    title="RLS in single precision",
    title_zh="单精度 RLS",
    group="Speed and precision",
    question="Does `RLS` in float32 stay exact over a million observations?",
    setup="10⁶ observations of a linear function of 32 features, noise 0.5; three seeds, the worst"
    " of them. Reference: batch solution in float64.",
    run=measure,
    minutes=0.3,
    rows=(
        ResultRow(
            title="`RLS`, 10⁶ observations, float32: relative error of the mean",
            title_zh="`RLS`（float32）10⁶ 个观测后均值的相对误差",
            ours=lambda f: number(f["mean_relative_error"]),
            peer=lambda _: "0",
            peer_name="float64 batch solution",
            peer_name_zh="float64 批量解",
        ),
    ),
    tables=(
        Table(
            "Distance from the float64 batch solution, worst of three seeds",
            {
                "mean": "mean_relative_error",
                "covariance": "covariance_relative_error",
                "smallest eigenvalue": "smallest_eigenvalue",
            },
            {"RLS, float32": None},
            lambda f, _, column: f[column],
            ours=("RLS, float32",),
        ),
    ),
)
