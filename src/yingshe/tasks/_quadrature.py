"""Posteriors over the few parameters of a task, by adaptive quadrature."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from yingshe.prediction import GaussianMixture

CellLikelihood = Callable[[Float[Array, " p"], Float[Array, " p"]], Float[Array, ""]]
"""(center, half_width) -> log-likelihood of the cell around the center, exact for width 0."""

_BINS = 64
_PROB_SCALE = 2**19  # probability 1 as an integer; 4096 of them can be summed


class Posterior(NamedTuple):
    """Weighted points of parameter space, and log p(y | x) in nats."""

    points: Float[Array, "points p"]
    log_weights: Float[Array, " points"]
    log_marginal_likelihood: Float[Array, ""]


def adaptive_quadrature(
    log_likelihood: CellLikelihood,
    low: tuple[float, ...],
    high: tuple[float, ...],
    cells: tuple[int, ...],
    refinements: int,
    points: int,
) -> Posterior:
    """Return the posterior of p parameters under a uniform prior on the box from low to high.

    Starts from a grid. Each refinement drops improbable cells and halves the sides of the others.
    Finally points are spread evenly in the remaining cells and get their exact likelihood. A
    posterior that fills the box and one that is a millionth of it both get enough points.
    Cells of small weight are resampled and reweighted, so that the result stays unbiased.
    `log_likelihood` must be so smooth that no cell with a part of the posterior seems impossible.

    Deterministic: resampling is systematic, and the points are a low-discrepancy sequence.

    Args:
        log_likelihood: Smoothed log-likelihood of a cell.
        low: Smallest parameters.
        high: Largest parameters.
        cells: Cells of the first grid in each dimension.
        refinements: Number of times that cells are halved.
        points: Number of likelihoods evaluated at once, and of points returned; at most 4096.

    Returns:
        Weighted points and the log marginal likelihood.

    References:
        Fearnhead & Clifford, On-line inference for hidden Markov models, 2003, sec. 3.
        Roberts, The Unreasonable Effectiveness of Quasirandom Sequences, 2018.
    """
    p = len(low)
    free = [b > a for a, b in zip(low, high, strict=True)]
    corners = 2.0 * _grid(tuple(2 if is_free else 1 for is_free in free)) - 1.0  # (2^free, p)
    count = points // len(corners)  # cells kept by each resampling
    # A smooth likelihood needs no refinement, but fewer cells than can be kept waste points.
    wasted = num_refinements(count / math.prod(cells), 1.0) // max(1, sum(free))
    refinements = max(refinements, wasted)
    log_likelihoods = jax.vmap(log_likelihood, in_axes=(0, None))
    box_low, box_width = jnp.array(low), jnp.array(high) - jnp.array(low)
    half_width = box_width / (2 * jnp.array(cells))
    centers = box_low + (2 * _grid(cells) + 1) * half_width
    # Prior mass that a cell represents.
    log_prior_mass = jnp.full(len(centers), -math.log(len(centers)))
    sample = _resample_cells(count, centers, log_prior_mass, log_likelihoods(centers, half_width))

    def refine(carry, _):
        (centers, log_prior_mass), half_width = carry
        half_width = half_width / 2
        children = (centers[:, None] + corners * half_width).reshape(-1, p)
        log_prior_mass = jnp.repeat(log_prior_mass - math.log(len(corners)), len(corners))
        sample = _resample_cells(
            count, children, log_prior_mass, log_likelihoods(children, half_width)
        )
        return (sample, half_width), None

    (sample, half_width), _ = jax.lax.scan(refine, (sample, half_width), None, length=refinements)
    centers, log_prior_mass = (jnp.repeat(leaf, len(corners), axis=0) for leaf in sample)
    points_in_cells = centers + (2 * _low_discrepancy(len(centers), p) - 1) * half_width
    log_prior_mass = log_prior_mass - math.log(len(corners))
    log_weights = log_prior_mass + log_likelihoods(points_in_cells, jnp.zeros(p))
    return Posterior(points_in_cells, log_weights, jax.nn.logsumexp(log_weights))


def smoothed_variance(
    half_range: Float[Array, " n"], noise_std: float, mask: Bool[Array, " n"]
) -> Float[Array, " n"]:
    """Return variances of the errors of n pairs in a cell within which f varies by `half_range`.

    The errors inside a cell move together, therefore half_range² is multiplied by n: the chi-square
    of the true parameters then stays near 1 anywhere in the cell.

    Args:
        half_range: Largest change of f from the center of the cell; 0 for a point.
        noise_std: Standard deviation of the noise.
        mask: True for real pairs.

    Returns:
        Variances; noise_std² for a point.
    """
    return noise_std**2 + jnp.sum(mask) * half_range**2


def smoothed_log_density(
    error: Float[Array, " n"],
    variance: Float[Array, " n"],
    noise_std: float,
    mask: Bool[Array, " n"],
    num_parameters: int,
) -> Float[Array, ""]:
    """Return the log-density of errors with variances from `smoothed_variance`.

    A cell can fit as many pairs exactly as there are parameters; only for these does the width of
    the cell cost probability.

    Args:
        error: y − f(x) at the center of the cell.
        variance: Variances of the errors.
        noise_std: Standard deviation of the noise.
        mask: True for real pairs.
        num_parameters: Number of parameters.

    Returns:
        Log-density; the normal one for a point.
    """
    n = jnp.sum(mask)
    fraction = jnp.minimum(num_parameters, n) / jnp.maximum(n, 1)
    log_variance = fraction * jnp.log(variance / noise_std**2) + 2 * math.log(noise_std)
    log_densities = -0.5 * (error**2 / variance + log_variance + math.log(2 * math.pi))
    return jnp.sum(jnp.where(mask, log_densities, 0.0))


def mixture_prediction(
    values: Float[Array, "points m"], log_weights: Float[Array, " points"], noise_std: float
) -> GaussianMixture:
    """Return weighted values of f at m queries, plus N(0, noise_std²), as a mixture of 64 normals.

    The values are sorted into bins of equal width. Each bin becomes a component with its weight and
    mean and half its width as standard deviation, because the values are points of a curve.

    Args:
        values: f at the queries, for each point of the posterior.
        log_weights: Weights of the points.
        noise_std: Standard deviation of the noise.

    Returns:
        Prediction at the queries.
    """
    weights = jax.nn.softmax(log_weights)

    def bin_up(value: Float[Array, " points"]):
        # Bins beyond the values of any weight would be wasted.
        has_weight = weights > 1e-6 * jnp.max(weights)
        low = jnp.min(jnp.where(has_weight, value, jnp.inf))
        high = jnp.max(jnp.where(has_weight, value, -jnp.inf))
        width = jnp.maximum((high - low) / _BINS, 1e-12)
        bins = jnp.clip((value - low) / width, 0, _BINS - 1).astype(int)
        total = jnp.zeros(_BINS).at[bins].add(weights)
        center = low + (jnp.arange(_BINS) + 0.5) * width
        offset = jnp.zeros(_BINS).at[bins].add(weights * (value - center[bins]))
        means = center + offset / jnp.maximum(total, 1e-30)
        return jnp.log(jnp.maximum(total, 1e-30)), means, width**2 / 4 + noise_std**2

    logits, means, variances = jax.vmap(bin_up, in_axes=1)(values)
    variances = jnp.broadcast_to(variances[:, None], means.shape)
    return GaussianMixture(
        logits=logits[:, None], means=means[:, None], variances=variances[:, None]
    )


def num_refinements(half_range: float, resolution: float) -> int:
    """Return the number of halvings that reduce the variation of f in a cell to a resolution.

    Args:
        half_range: Variation of f in a cell of the first grid.
        resolution: Variation of f in a cell after the last halving.

    Returns:
        Number of halvings, 0 or more.
    """
    return max(0, math.ceil(math.log2(half_range / resolution)))


def _resample_cells(
    max_cells: int,
    centers: Float[Array, "count p"],
    log_prior_mass: Float[Array, " count"],
    log_likelihoods: Float[Array, " count"],
) -> tuple[Float[Array, "max_cells p"], Float[Array, " max_cells"]]:
    """Return at most `max_cells` cells: those above a threshold, and a sample of the others."""
    # Without the barrier XLA evaluates all this at compile time where the support is empty.
    log_weights = jax.lax.optimization_barrier(log_prior_mass + log_likelihoods)
    weights = jax.nn.softmax(log_weights)

    def bisect(bracket, _):
        low, high = bracket
        middle = (low + high) / 2
        fits = jnp.sum(jnp.minimum(weights * jnp.exp(-middle), 1.0)) <= max_cells
        return (jnp.where(fits, low, middle), jnp.where(fits, middle, high)), None

    top = -math.log(max_cells) + 1e-3  # upper bound of the log-threshold
    (_, threshold), _ = jax.lax.scan(bisect, (top - 30.0, top), None, length=24)
    # Integers: a rounded sum of floats could decrease, or grow at a cell of probability 0.
    prob = jnp.round(jnp.minimum(weights * jnp.exp(-threshold), 1.0) * _PROB_SCALE).astype(int)
    num_samples = (jnp.cumsum(prob) + _PROB_SCALE // 2) // _PROB_SCALE  # up to each cell
    is_sampled = jnp.diff(num_samples, prepend=0) > 0
    slot = jnp.where(is_sampled, num_samples - 1, max_cells)
    index = jnp.zeros(max_cells, int).at[slot].set(jnp.arange(len(centers)), mode="drop")
    is_empty = jnp.arange(max_cells) >= num_samples[-1]
    log_mass = log_prior_mass - jnp.log(jnp.maximum(prob, 1) / _PROB_SCALE)
    return centers[index], jnp.where(is_empty, -jnp.inf, log_mass[index])


def _grid(cells: tuple[int, ...]) -> Float[Array, "count p"]:
    axes = [jnp.arange(float(count)) for count in cells]
    return jnp.stack(jnp.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(cells))


def _low_discrepancy(count: int, p: int) -> Float[Array, "count p"]:
    """Return points i·α mod 1 with α_j = g^−j, where g is the root of g^(p+1) = g + 1."""
    g = 2.0
    for _ in range(50):
        g = (1 + g) ** (1 / (p + 1))
    alpha = jnp.array([g ** -(j + 1) for j in range(p)])
    return (0.5 + jnp.arange(count)[:, None] * alpha) % 1.0
