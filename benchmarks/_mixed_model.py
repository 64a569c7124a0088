"""Strong baseline for recorded tables: an empirical-Bayes linear mixed model."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize


@dataclass(frozen=True)
class MixedModel:
    """y = p(x)ᵀβ + q(x)ᵀb + ε for each unit, b ~ N(0, σ² LLᵀ), ε ~ N(0, σ²), p and q powers of x.

    β, σ and L maximize the marginal likelihood. The b of a new unit is its posterior mean given the
    unit's support.

    References:
        Laird & Ware, Random-Effects Models for Longitudinal Data, 1982.
    """

    fixed: int  # degree of p
    random: int  # degree of q
    beta: np.ndarray
    root: np.ndarray  # L
    moments: tuple[float, float, float, float]  # mean and scale of x and of y

    @classmethod
    def fit(cls, units: list[tuple[np.ndarray, np.ndarray]], fixed: int, random: int):
        """Fit the model to all units at once.

        Args:
            units: Arrays x (n,) and y (n,) of each meta-train unit.
            fixed: Degree of p.
            random: Degree of q.
        """
        all_x, all_y = (np.concatenate(values) for values in zip(*units, strict=True))
        moments = (all_x.mean(), all_x.std(), all_y.mean(), all_y.std())
        p = [_powers((x - moments[0]) / moments[1], fixed) for x, _ in units]
        y = [(y - moments[2]) / moments[3] for _, y in units]
        q = random + 1
        pp = np.stack([a.T @ a for a in p])
        py = np.stack([a.T @ b for a, b in zip(p, y, strict=True)])
        yy, pairs = sum(b @ b for b in y), len(all_y)
        lower = np.tril_indices(q)

        def solve(entries):
            """Return the deviance, with σ² profiled out, β, and L."""
            root = np.zeros((q, q))
            root[lower] = entries
            factor = np.linalg.cholesky(np.eye(q) + root.T @ pp[:, :q, :q] @ root)
            u = np.linalg.solve(factor, root.T @ pp[:, :q, :])
            v = np.linalg.solve(factor, (py[:, :q] @ root)[..., None])[..., 0]
            gram = pp.sum(axis=0) - np.einsum("nij,nik->jk", u, u)
            cross = py.sum(axis=0) - np.einsum("nij,ni->j", u, v)
            beta = np.linalg.solve(gram, cross)
            variance = (yy - np.sum(v**2) - cross @ beta) / pairs
            diagonals = np.diagonal(factor, axis1=1, axis2=2)
            return 2 * np.log(diagonals).sum() + pairs * np.log(variance), beta, root

        best = minimize(lambda entries: solve(entries)[0], np.eye(q)[lower], method="BFGS")
        _, beta, root = solve(best.x)
        return cls(fixed, random, beta, root, moments)

    def predict(self, x: np.ndarray, y: np.ndarray, query: np.ndarray) -> np.ndarray:
        """Estimate y of a unit.

        Args:
            x: Inputs of the unit's support, (n,).
            y: Outputs of the unit's support, (n,).
            query: Inputs to predict at, (m,).

        Returns:
            Estimates, (m,).
        """
        x_mean, x_scale, y_mean, y_scale = self.moments
        support = _powers((x - x_mean) / x_scale, self.fixed)
        at = _powers((query - x_mean) / x_scale, self.fixed)
        residual = (y - y_mean) / y_scale - support @ self.beta
        q = self.random + 1
        z = support[:, :q] @ self.root
        b = self.root @ np.linalg.solve(z.T @ z + np.eye(q), z.T @ residual)
        return y_mean + y_scale * (at @ self.beta + at[:, :q] @ b)


def _powers(x: np.ndarray, degree: int) -> np.ndarray:
    return np.stack([x**d for d in range(degree + 1)], axis=-1)
