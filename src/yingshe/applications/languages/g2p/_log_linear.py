"""Log-linear model of decisions, fitted by maximum posterior under a Gaussian prior.

A decision is among several rows. A row has one key per template. Its logit is a given offset, the
prior mean, plus the sum of the weights of its keys. Weights are independent, with mean zero and the
standard deviation of their template. The negative log-posterior is convex. The loss on other
decisions is differentiated through its minimum with respect to these standard deviations.

References:
    Rajeswaran et al., Meta-Learning with Implicit Gradients, 2019.
    Do et al., Efficient Multiple Hyperparameter Learning for Log-Linear Models, 2007.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

TOLERANCE = 1e-4
"""Relative decrease of the negative log-posterior at which the optimizer stops."""


class Decisions(NamedTuple):
    """Decisions one after another; each is among the rows from its start to the next start."""

    keys: UInt64[np.ndarray, "rows templates"]
    """Hashed feature of every template."""
    offsets: Float[np.ndarray, " rows"]
    """Logits before any weight is added."""
    is_correct: Bool[np.ndarray, " rows"]
    """True for exactly one row of each decision."""
    starts: Int[np.ndarray, " decisions"]
    """First row of each decision."""


class Weights(NamedTuple):
    """Learned weights by key."""

    keys: UInt64[np.ndarray, " keys"]
    """Keys in ascending order."""
    values: Float[np.ndarray, " keys"]
    """Weight of each key."""

    def sum(self, keys: UInt64[np.ndarray, "... templates"]) -> Float[np.ndarray, "..."]:
        """Return the sum of the weights over the last axis.

        Args:
            keys: Keys to look up; a key without a weight counts as zero.
        """
        return self.lookup(keys).sum(axis=-1)

    def lookup(self, keys: UInt64[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return the weight of every key, zero for unknown keys.

        Args:
            keys: Keys to look up.
        """
        if not len(self.keys):
            return np.zeros(keys.shape)
        index = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[index] == keys, self.values[index], 0.0)


class Fit(NamedTuple):
    """Weights at the maximum of the posterior, and the intermediate values of their derivatives."""

    weights: Weights
    design: "_Design"
    solution: Float[np.ndarray, " columns"]
    """Weights of the columns, in units of their prior standard deviation."""
    probs: Float[np.ndarray, " rows"]
    """Probability of each row of `decisions`."""
    decisions: Decisions
    """Decisions that the weights were fitted to."""


class _Design(NamedTuple):
    """Design matrix, rows by columns.

    Keys that occur in the same rows share a column. That is exact: the sum of two independent
    weights of standard deviations s and t is one weight of standard deviation √(s² + t²).
    """

    matrix: csr_matrix
    transposed: csr_matrix
    keys: UInt64[np.ndarray, " keys"]
    template: Int[np.ndarray, " keys"]
    column: Int[np.ndarray, " keys"]
    prior_std: Float[np.ndarray, " keys"]
    scale: Float[np.ndarray, " columns"]

    def to_solution(self, weights: Weights | None) -> Float[np.ndarray, " columns"]:
        """Return the weights of another design as weights of these columns."""
        if weights is None:
            return np.zeros(len(self.scale))
        summed = np.bincount(self.column, weights.lookup(self.keys), minlength=len(self.scale))
        return summed / self.scale


def fit(
    decisions: Decisions,
    prior_stds: Float[np.ndarray, " templates"],
    *,
    initial_weights: Weights | None = None,
    max_iterations: int = 40,
    tolerance: float = TOLERANCE,
) -> Fit:
    """Compute the weights of maximum posterior by L-BFGS.

    Args:
        decisions: Decisions with their correct rows.
        prior_stds: Prior standard deviation of the weights of each template.
        initial_weights: Weights to start from; by default the prior mean.
        max_iterations: Maximum number of iterations.
        tolerance: Relative decrease of the negative log-posterior at which to stop.

    Returns:
        The weights, and the intermediate values that `loss_and_meta_gradient` uses.
    """
    design = _make_design(decisions.keys, prior_stds)
    is_correct = decisions.is_correct.astype(float)

    def objective(weights):
        logits = decisions.offsets + design.matrix @ weights
        loss, probs = _loss_and_probs(logits, decisions)
        gradient = design.transposed @ (probs - is_correct) + weights
        return loss + 0.5 * (weights @ weights), gradient

    solution = minimize(
        objective,
        design.to_solution(initial_weights),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iterations, "maxcor": 6, "ftol": tolerance},
    ).x
    values = design.prior_std**2 / design.scale[design.column] * solution[design.column]
    weights = Weights(design.keys, values)
    _, probs = _loss_and_probs(decisions.offsets + design.matrix @ solution, decisions)
    return Fit(weights, design, solution, probs, decisions)


def loss_and_meta_gradient(
    fitted: Fit, query: Decisions, *, iterations: int = 15
) -> tuple[float, Float[np.ndarray, " templates"], float]:
    """Compute the loss on query decisions and its gradient through the fit.

    With F the negative log-posterior, w its minimizer and p a parameter of the prior,
    dL/dp = ∂L/∂p − ∇L(w)ᵀ (∇²F)⁻¹ ∂∇F/∂p. The inverse is applied by conjugate gradients.

    Args:
        fitted: Weights fitted to the support decisions.
        query: Decisions that the weights were not fitted to.
        iterations: Number of iterations of conjugate gradients.

    Returns:
        Negative log-likelihood of `query` in nats; its gradient with respect to the logarithms of
        the prior standard deviations; its derivative with respect to the logarithm of a factor on
        all offsets.
    """
    design, support = fitted.design, fitted.decisions
    logits = query.offsets + fitted.weights.sum(query.keys)
    loss, probs = _loss_and_probs(logits, query)
    row_gradient = probs - query.is_correct
    index = np.minimum(np.searchsorted(design.keys, query.keys), len(design.keys) - 1)
    is_known = design.keys[index] == query.keys
    key_weights = np.broadcast_to(row_gradient[:, None], query.keys.shape)[is_known]
    key_gradient = np.bincount(index[is_known], key_weights, minlength=len(design.keys))
    fraction = design.prior_std / design.scale[design.column]
    columns = len(design.scale)
    target = np.bincount(
        design.column, fraction * design.prior_std * key_gradient, minlength=columns
    )

    def apply_logit_hessian(logits):
        weighted = fitted.probs * logits
        sums = np.add.reduceat(weighted, support.starts)
        return weighted - fitted.probs * _repeat_by_decision(sums, support)

    def apply_hessian(direction):
        return design.transposed @ apply_logit_hessian(design.matrix @ direction) + direction

    solved = _solve_conjugate_gradients(apply_hessian, target, iterations)
    total_gradient = fraction * (solved - target)[design.column] + design.prior_std * key_gradient
    std_gradient = 2 * fitted.solution[design.column] * fraction * total_gradient
    gradient = np.bincount(design.template, std_gradient, minlength=query.keys.shape[1])
    indirect = (design.matrix @ solved) @ apply_logit_hessian(support.offsets)
    return loss, gradient, float(row_gradient @ query.offsets - indirect)


def log_softmax(logits: Float[np.ndarray, "... options"]) -> Float[np.ndarray, "... options"]:
    """Return log-probabilities over the last axis.

    Args:
        logits: Logits; −∞ marks padding.
    """
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _make_design(keys, prior_stds) -> _Design:
    rows, templates = keys.shape
    # Template by template: keys of two templates are never equal, and short sorts are fast.
    parts = [_unique_inverse(np.ascontiguousarray(keys[:, t])) for t in range(templates)]
    sizes = np.array([len(unique) for unique, _ in parts])
    inverse = np.stack(
        [i + start for (_, i), start in zip(parts, np.cumsum(sizes) - sizes, strict=True)], axis=1
    ).ravel()
    unique = np.concatenate([unique for unique, _ in parts])
    template = np.repeat(np.arange(templates), sizes)
    row = np.repeat(np.arange(rows), templates)
    # Two sets of rows are equal if the sums of these random numbers are, to 52 bits.
    signature = np.bincount(inverse, np.random.default_rng(0).uniform(1, 2, rows)[row])
    columns, column = np.unique(signature, return_inverse=True)
    prior_std = prior_stds[template]
    scale = np.sqrt(np.bincount(column, prior_std**2, minlength=len(columns)))
    representative = np.zeros(len(columns), int)
    representative[column] = np.arange(len(unique))
    is_representative = np.zeros(len(unique), bool)
    is_representative[representative] = True
    selected = is_representative[inverse]
    cells = (row[selected], column[inverse[selected]])
    matrix = csr_matrix((scale[cells[1]], cells), shape=(rows, len(columns)))
    order = np.argsort(unique)
    return _Design(
        matrix,
        matrix.T.tocsr(),
        unique[order],
        template[order],
        column[order],
        prior_std[order],
        scale,
    )


def _unique_inverse(values):
    """Return sorted unique values and the index of each value: faster than `np.unique`."""
    unique = np.unique(values)
    return unique, np.searchsorted(unique, values)


def _repeat_by_decision(values, decisions: Decisions) -> Float[np.ndarray, " rows"]:
    """Repeat one number per decision for each of its rows."""
    return np.repeat(values, np.diff(decisions.starts, append=len(decisions.is_correct)))


def _loss_and_probs(logits, decisions: Decisions):
    top = np.maximum.reduceat(logits, decisions.starts)
    powers = np.exp(logits - _repeat_by_decision(top, decisions))
    totals = np.add.reduceat(powers, decisions.starts)
    loss = np.sum(top + np.log(totals)) - logits[decisions.is_correct].sum()
    return float(loss), powers / _repeat_by_decision(totals, decisions)


def _solve_conjugate_gradients(apply, target, iterations: int):
    solution, residual = np.zeros_like(target), target.copy()
    direction, size = residual.copy(), target @ target
    for _ in range(iterations):
        if size < 1e-9:
            break
        applied = apply(direction)
        step = size / (direction @ applied)
        solution += step * direction
        residual -= step * applied
        size, previous = residual @ residual, size
        direction = residual + size / previous * direction
    return solution
