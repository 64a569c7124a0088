"""RLS in float32 after a million observations, beside the batch solution in float64."""

import time

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import yingshe as ys
from benchmarks.record import record

OBSERVATIONS = 1_000_000
X_DIM = 31  # with the intercept: 32 features
NOISE = 0.5
SEEDS = (1_000_001, 1_000_002, 1_000_003)


def measure(seed: int) -> dict[str, float]:
    """How far the posterior is from the batch solution, and the covariance's spectrum."""
    learner = ys.learners.RLS(X_DIM, 1, num_features=0, key=jax.random.key(0))
    learner = eqx.tree_at(lambda r: r.log_noise, learner, jnp.log(NOISE))
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(OBSERVATIONS, X_DIM)).astype(np.float32)
    w = rng.normal(size=(X_DIM + 1, 1))
    phi = np.concatenate([np.ones((OBSERVATIONS, 1)), x], axis=1)
    y = (phi @ w + NOISE * rng.normal(size=(OBSERVATIONS, 1))).astype(np.float32)

    read = eqx.filter_jit(
        lambda x, y: ys.learners.observe_all(learner, learner.init_state(), ys.Pairs(x, y))
    )
    state = read(x, y)

    noise = float(learner._noise())
    precision = phi.T @ phi / noise + np.eye(X_DIM + 1)
    batch = np.linalg.solve(precision, phi.T @ y.astype(float) / noise)
    covariance = np.asarray(state.root, float) @ np.asarray(state.root, float).T
    exact = np.linalg.inv(precision)
    return {
        "mean_relative_error": float(np.linalg.norm(state.mean - batch) / np.linalg.norm(batch)),
        "smallest_eigenvalue": float(np.linalg.eigvalsh(covariance).min()),
        "covariance_relative_error": float(
            np.linalg.norm(covariance - exact) / np.linalg.norm(exact)
        ),
    }


def main():
    started = time.time()
    runs = [measure(seed) for seed in SEEDS]
    figures = {
        "observations": OBSERVATIONS,
        "features": X_DIM + 1,
        "mean_relative_error": max(run["mean_relative_error"] for run in runs),
        "covariance_relative_error": max(run["covariance_relative_error"] for run in runs),
        "smallest_eigenvalue": min(run["smallest_eigenvalue"] for run in runs),
        "runs": runs,
    }
    print(figures)
    record("rls_precision", figures, seed=list(SEEDS), seconds=time.time() - started)


if __name__ == "__main__":
    main()
