"""Probabilities of a learner in episodes of teaching and asking, and how good they are."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from yingshe.applications.languages.intents.examples import WAYS, Episode, Examples
from yingshe.learners import Learner, observe_all
from yingshe.pairs import Pairs

_BINS = 15


def reader(learner: Learner, *, taught: int, asked: int) -> Callable[..., np.ndarray]:
    """Log-probabilities (asked, 11) of an episode, compiled once for episodes up to those sizes."""

    @eqx.filter_jit
    def read(learner, x, y, mask, new):
        state = observe_all(learner, learner.init_state(), Pairs(x, y, mask))
        return jax.vmap(learner.predict, in_axes=(None, 0))(state, new).probs

    def answer(known: Examples, one: Episode) -> Float[np.ndarray, "asked ways"]:
        x, new = (
            _padded(known.x[rows], n) for rows, n in ((one.taught, taught), (one.asked, asked))
        )
        y = _padded(np.eye(WAYS + 1, dtype=np.float32)[one.taught_intent], taught)
        mask = jnp.arange(taught) < len(one.taught)
        return np.log(np.asarray(read(learner, x, y, mask, new))[: len(one.asked)] + 1e-12)

    return answer


def calibration_error(probability: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error: |share right − mean probability| over 15 bins of equal number.

    After Naeini, Cooper and Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian
    Binning, 2015; bins of equal number after Nixon et al., Measuring Calibration, 2019.
    """
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, min(_BINS, len(order)))
    gaps = [len(b) * abs(float(right[b].mean() - probability[b].mean())) for b in bins]
    return float(sum(gaps) / len(order))


def _padded(rows: np.ndarray, number: int) -> np.ndarray:
    return np.pad(rows, ((0, number - len(rows)), (0, 0)))
