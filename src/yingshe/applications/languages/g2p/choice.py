"""Which of several: a log-linear model of choices, of maximum posterior under a Gaussian prior.

A choice is among rows; a row has keys, one of each template, and its logit is a given offset, the
prior mean, plus the sum of the weights of its keys. Weights are independent, of mean zero and the
standard deviation of their template. The negative log-posterior is convex. How well the weights fit
choices that were not read can be differentiated through its minimum, with respect to those
deviations: implicit meta-gradients (Rajeswaran et al., Meta-Learning with Implicit Gradients, 2019;
Do et al., Efficient Multiple Hyperparameter Learning for Log-Linear Models, 2007).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

TOLERANCE = 1e-4
"""Of the negative log-posterior, by which the last step lowers it."""


class Choices(NamedTuple):
    """Choices one after another, each among the rows from its start on."""

    keys: UInt64[np.ndarray, "rows templates"]
    offsets: Float[np.ndarray, " rows"]
    """Logits before any weight."""
    right: Bool[np.ndarray, " rows"]
    """One row of each choice."""
    starts: Int[np.ndarray, " choices"]


class Weights(NamedTuple):
    """What has been learned, by key."""

    keys: UInt64[np.ndarray, " keys"]
    """In order."""
    values: Float[np.ndarray, " keys"]

    def sum(self, keys: UInt64[np.ndarray, "... templates"]) -> Float[np.ndarray, "..."]:
        """The sum of the weights of the last axis; the weight of a key never seen is zero."""
        return self.each(keys).sum(axis=-1)

    def each(self, keys: UInt64[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        if not len(self.keys):
            return np.zeros(keys.shape)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.values[place], 0.0)


class Fit(NamedTuple):
    """Weights at the maximum, and what its derivatives need."""

    weights: Weights
    design: "_Design"
    solution: Float[np.ndarray, " columns"]
    chances: Float[np.ndarray, " rows"]
    """Of each row of the choices that were read."""
    choices: Choices


class _Design(NamedTuple):
    """Rows by columns. Keys that occur in the same rows share a column, exactly: the sum of two
    independent weights of deviations s and t is one weight of deviation √(s² + t²).
    """

    matrix: csr_matrix
    transposed: csr_matrix
    keys: UInt64[np.ndarray, " keys"]
    template: Int[np.ndarray, " keys"]
    column: Int[np.ndarray, " keys"]
    deviation: Float[np.ndarray, " keys"]
    scale: Float[np.ndarray, " columns"]

    def solution_of(self, weights: Weights | None) -> Float[np.ndarray, " columns"]:
        """Of weights that were found elsewhere, what they are here."""
        if weights is None:
            return np.zeros(len(self.scale))
        summed = np.bincount(self.column, weights.each(self.keys), minlength=len(self.scale))
        return summed / self.scale


def fit(
    choices: Choices,
    deviations: Float[np.ndarray, " templates"],
    *,
    start: Weights | None = None,
    iterations: int = 40,
    tolerance: float = TOLERANCE,
) -> Fit:
    """The weights of maximum posterior, by L-BFGS from `start`, or else from the prior mean.

    It ends when a step lowers the negative log-posterior by less than `tolerance` of it.
    """
    design = _design(choices.keys, deviations)
    right = choices.right.astype(float)

    def objective(weights):
        logits = choices.offsets + design.matrix @ weights
        loss, chances = _loss_and_chances(logits, choices)
        gradient = design.transposed @ (chances - right) + weights
        return loss + 0.5 * (weights @ weights), gradient

    found = minimize(
        objective,
        design.solution_of(start),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "maxcor": 6, "ftol": tolerance},
    ).x
    values = design.deviation**2 / design.scale[design.column] * found[design.column]
    weights = Weights(design.keys, values)
    _, chances = _loss_and_chances(choices.offsets + design.matrix @ found, choices)
    return Fit(weights, design, found, chances, choices)


def loss_and_meta_gradient(
    fitted: Fit, judged: Choices, *, iterations: int = 15
) -> tuple[float, Float[np.ndarray, " templates"], float]:
    """Of choices that were not read: the negative log-likelihood in nats; its gradient in the
    logarithms of the deviations; and in the logarithm of a factor on all offsets.

    With F the negative log-posterior, w its minimiser and p a parameter of the prior,
    dL/dp = ∂L/∂p − ∇L(w)ᵀ (∇²F)⁻¹ ∂∇F/∂p. The inverse is applied by conjugate gradients.
    """
    design, read = fitted.design, fitted.choices
    logits = judged.offsets + fitted.weights.sum(judged.keys)
    loss, chances = _loss_and_chances(logits, judged)
    of_rows = chances - judged.right
    place = np.minimum(np.searchsorted(design.keys, judged.keys), len(design.keys) - 1)
    known = design.keys[place] == judged.keys
    spread = np.broadcast_to(of_rows[:, None], judged.keys.shape)[known]
    of_keys = np.bincount(place[known], spread, minlength=len(design.keys))
    share = design.deviation / design.scale[design.column]
    columns = len(design.scale)
    target = np.bincount(design.column, share * design.deviation * of_keys, minlength=columns)

    def curved(logits):  # the Hessian of the log-likelihood in its logits
        weighted = fitted.chances * logits
        return weighted - fitted.chances * _spread(np.add.reduceat(weighted, read.starts), read)

    def hessian(direction):
        return design.transposed @ curved(design.matrix @ direction) + direction

    solved = _conjugate_gradients(hessian, target, iterations)
    pull = share * (solved - target)[design.column] + design.deviation * of_keys
    of_deviations = 2 * fitted.solution[design.column] * share * pull
    gradient = np.bincount(design.template, of_deviations, minlength=judged.keys.shape[1])
    indirect = (design.matrix @ solved) @ curved(read.offsets)
    return loss, gradient, float(of_rows @ judged.offsets - indirect)


def log_chances(logits: Float[np.ndarray, "... options"]) -> Float[np.ndarray, "... options"]:
    """Log-softmax over the last axis, where −∞ marks what is no option."""
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _design(keys, deviations) -> _Design:
    rows, templates = keys.shape
    # Template by template: keys of two are never equal, and short sorts are fast.
    parts = [_numbered(np.ascontiguousarray(keys[:, t])) for t in range(templates)]
    sizes = np.array([len(found) for found, _ in parts])
    inverse = np.stack(
        [i + start for (_, i), start in zip(parts, np.cumsum(sizes) - sizes, strict=True)], axis=1
    ).ravel()
    unique = np.concatenate([found for found, _ in parts])
    template = np.repeat(np.arange(templates), sizes)
    row = np.repeat(np.arange(rows), templates)
    # Two sets of rows are equal if the sums of these random numbers are: to 52 bits, surely.
    signature = np.bincount(inverse, np.random.default_rng(0).uniform(1, 2, rows)[row])
    columns, column = np.unique(signature, return_inverse=True)
    deviation = deviations[template]
    scale = np.sqrt(np.bincount(column, deviation**2, minlength=len(columns)))
    one_of = np.zeros(len(columns), int)
    one_of[column] = np.arange(len(unique))
    stands = np.zeros(len(unique), bool)
    stands[one_of] = True
    kept = stands[inverse]
    cells = (row[kept], column[inverse[kept]])
    matrix = csr_matrix((scale[cells[1]], cells), shape=(rows, len(columns)))
    order = np.argsort(unique)
    return _Design(
        matrix,
        matrix.T.tocsr(),
        unique[order],
        template[order],
        column[order],
        deviation[order],
        scale,
    )


def _numbered(values):
    """The different ones in order, and the number of each: faster than `np.unique` gives both."""
    found = np.unique(values)
    return found, np.searchsorted(found, values)


def _spread(of_choices, choices: Choices) -> Float[np.ndarray, " rows"]:
    """A number of each choice, for each of its rows."""
    return np.repeat(of_choices, np.diff(choices.starts, append=len(choices.right)))


def _loss_and_chances(logits, choices: Choices):
    top = np.maximum.reduceat(logits, choices.starts)
    powers = np.exp(logits - _spread(top, choices))
    totals = np.add.reduceat(powers, choices.starts)
    loss = np.sum(top + np.log(totals)) - logits[choices.right].sum()
    return float(loss), powers / _spread(totals, choices)


def _conjugate_gradients(apply, target, iterations: int):
    solution, residual = np.zeros_like(target), target.copy()
    direction, size = residual.copy(), target @ target
    for _ in range(iterations):
        if size < 1e-9:
            break
        applied = apply(direction)
        step = size / (direction @ applied)
        solution += step * direction
        residual -= step * applied
        size, before = residual @ residual, size
        direction = residual + size / before * direction
    return solution
