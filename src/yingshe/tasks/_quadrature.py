"""Posteriors over the few parameters of a task, by a quadrature that zooms in on them."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from yingshe.prediction import GaussianMixture

CellLikelihood = Callable[[Float[Array, " p"], Float[Array, " p"]], Float[Array, ""]]
"""(centre, half_width) -> a log-likelihood of the cell default_variants the centre, exact for width 0."""

_BINS = 64
_CERTAIN = 2**19  # the chance 1, in whole numbers of which 4096 can be summed


class Posterior(NamedTuple):
    """Weighted points of parameter space that stand for the posterior, and log p(y | x) in nats."""

    points: Float[Array, "points p"]
    log_weights: Float[Array, " points"]
    log_marginal_likelihood: Float[Array, ""]


def adaptive_quadrature(
    log_likelihood: CellLikelihood,
    low: tuple[float, ...],
    high: tuple[float, ...],
    cells: tuple[int, ...],
    halvings: int,
    points: int,
) -> Posterior:
    """The posterior of p parameters under a uniform prior on the box from low to high.

    Starts from a grid of `cells` cells, and `halvings` times drops the improbable cells and halves
    the sides of the others; then spreads points evenly in the cells that are left and gives them
    their exact likelihood. A posterior that fills the box and one that is a millionth of it are
    thus both met by enough points. `log_likelihood` of a cell need only be blunt enough that no
    cell that holds a part of the posterior seems impossible: a cell of small weight is kept by lot
    and then stands for those that were dropped (Fearnhead and Clifford, 2003, sec. 3), so that the
    result stays unbiased.

    `points` (at most 4096) is how many likelihoods are evaluated at once, and how many points come
    back.

    Deterministic: the lots are systematic, and the points the low-discrepancy sequence of Roberts,
    2018.
    """
    p = len(low)
    free = [b > a for a, b in zip(low, high, strict=True)]
    corners = 2.0 * _grid(tuple(2 if is_free else 1 for is_free in free)) - 1.0  # (2^free, p)
    count = points // len(corners)  # of cells kept each time
    # A blunt likelihood needs no halving, but fewer cells than can be kept would waste points.
    halvings = max(halvings, halvings_to(count / math.prod(cells), 1.0) // max(1, sum(free)))
    log_likelihoods = jax.vmap(log_likelihood, in_axes=(0, None))
    box_low, box_width = jnp.array(low), jnp.array(high) - jnp.array(low)
    half_width = box_width / (2 * jnp.array(cells))
    centres = box_low + (2 * _grid(cells) + 1) * half_width
    # What part of the prior a cell stands for.
    log_share = jnp.full(len(centres), -math.log(len(centres)))
    kept = _keep(count, centres, log_share, log_likelihoods(centres, half_width))

    def halve(carry, _):
        (centres, log_share), half_width = carry
        half_width = half_width / 2
        children = (centres[:, None] + corners * half_width).reshape(-1, p)
        log_share = jnp.repeat(log_share - math.log(len(corners)), len(corners))
        kept = _keep(count, children, log_share, log_likelihoods(children, half_width))
        return (kept, half_width), None

    (kept, half_width), _ = jax.lax.scan(halve, (kept, half_width), None, length=halvings)
    centres, log_share = (jnp.repeat(leaf, len(corners), axis=0) for leaf in kept)
    spread = centres + (2 * _low_discrepancy(len(centres), p) - 1) * half_width
    log_share = log_share - math.log(len(corners))
    log_weights = log_share + log_likelihoods(spread, jnp.zeros(p))
    return Posterior(spread, log_weights, jax.nn.logsumexp(log_weights))


def blunt_variance(
    reach: Float[Array, " n"], noise: float, mask: Bool[Array, " n"]
) -> Float[Array, " n"]:
    """Variances of the errors of n pairs in a cell within which f moves by `reach`; for 0, noise².

    The errors inside a cell move together, and so the reach² is multiplied by n: the chi-square of
    the true parameters then stays near 1 from wherever in the cell they are seen.
    """
    return noise**2 + jnp.sum(mask) * reach**2


def blunt_log_density(
    error: Float[Array, " n"],
    variance: Float[Array, " n"],
    noise: float,
    mask: Bool[Array, " n"],
    unknown: int,
) -> Float[Array, ""]:
    """Log-density of errors, with variances from `blunt_variance`; for noise² the normal one.

    `unknown` is the number of parameters: a cell can fit no more pairs than that at will, and it is
    for these only that it pays for being wide.
    """
    n = jnp.sum(mask)
    share = jnp.minimum(unknown, n) / jnp.maximum(n, 1)
    log_variance = share * jnp.log(variance / noise**2) + 2 * math.log(noise)
    log_densities = -0.5 * (error**2 / variance + log_variance + math.log(2 * math.pi))
    return jnp.sum(jnp.where(mask, log_densities, 0.0))


def mixture_prediction(
    values: Float[Array, "points m"], log_weights: Float[Array, " points"], noise: float
) -> GaussianMixture:
    """Weighted values of f at m queries, plus N(0, noise²), as a mixture of 64 normals.

    The values are sorted into bins of equal width. Each bin becomes a component of its weight and
    mean, with half the width as its standard deviation: no less, for the values are but points of
    a curve.
    """
    weights = jax.nn.softmax(log_weights)

    def bin_up(value: Float[Array, " points"]):
        # Beyond the values that weigh anything, bins would be wasted.
        matters = weights > 1e-6 * jnp.max(weights)
        low = jnp.min(jnp.where(matters, value, jnp.inf))
        high = jnp.max(jnp.where(matters, value, -jnp.inf))
        width = jnp.maximum((high - low) / _BINS, 1e-12)
        bins = jnp.clip((value - low) / width, 0, _BINS - 1).astype(int)
        total = jnp.zeros(_BINS).at[bins].add(weights)
        centre = low + (jnp.arange(_BINS) + 0.5) * width
        offset = jnp.zeros(_BINS).at[bins].add(weights * (value - centre[bins]))
        means = centre + offset / jnp.maximum(total, 1e-30)
        return jnp.log(jnp.maximum(total, 1e-30)), means, width**2 / 4 + noise**2

    logits, means, variances = jax.vmap(bin_up, in_axes=1)(values)
    variances = jnp.broadcast_to(variances[:, None], means.shape)
    return GaussianMixture(
        logits=logits[:, None], means=means[:, None], variances=variances[:, None]
    )


def halvings_to(reach: float, resolution: float) -> int:
    """How often to halve a cell within which f moves by `reach` until it moves by `resolution`."""
    return max(0, math.ceil(math.log2(reach / resolution)))


def _keep(
    most: int,
    centres: Float[Array, "count p"],
    log_share: Float[Array, " count"],
    log_likelihoods: Float[Array, " count"],
) -> tuple[Float[Array, "kept p"], Float[Array, " kept"]]:
    """At most `most` cells: those above a threshold of weight, and lots drawn among the others."""
    # The barrier keeps XLA from working at compile time where there is no support.
    log_weights = jax.lax.optimization_barrier(log_share + log_likelihoods)
    weights = jax.nn.softmax(log_weights)

    def bisect(bracket, _):
        low, high = bracket
        middle = (low + high) / 2
        fits = jnp.sum(jnp.minimum(weights * jnp.exp(-middle), 1.0)) <= most
        return (jnp.where(fits, low, middle), jnp.where(fits, middle, high)), None

    top = (
        -math.log(most) + 1e-3
    )  # of the logarithm of the threshold, above which it is never needed
    (_, threshold), _ = jax.lax.scan(bisect, (top - 30.0, top), None, length=24)
    # Whole numbers, because rounded sums of chances could fall, or rise where there is no chance.
    chance = jnp.round(jnp.minimum(weights * jnp.exp(-threshold), 1.0) * _CERTAIN).astype(int)
    number = (jnp.cumsum(chance) + _CERTAIN // 2) // _CERTAIN  # of lots drawn up to each cell
    drawn = jnp.diff(number, prepend=0) > 0
    slot = jnp.where(drawn, number - 1, most)
    index = jnp.zeros(most, int).at[slot].set(jnp.arange(len(centres)), mode="drop")
    empty = jnp.arange(most) >= number[-1]
    stands_for = log_share - jnp.log(jnp.maximum(chance, 1) / _CERTAIN)
    return centres[index], jnp.where(empty, -jnp.inf, stands_for[index])


def _grid(cells: tuple[int, ...]) -> Float[Array, "count p"]:
    axes = [jnp.arange(float(count)) for count in cells]
    return jnp.stack(jnp.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(cells))


def _low_discrepancy(count: int, p: int) -> Float[Array, "count p"]:
    """Points i·α mod 1 with α_j = g^−j, where g is the root of g^(p+1) = g + 1."""
    g = 2.0
    for _ in range(50):
        g = (1 + g) ** (1 / (p + 1))
    alpha = jnp.array([g ** -(j + 1) for j in range(p)])
    return (0.5 + jnp.arange(count)[:, None] * alpha) % 1.0
