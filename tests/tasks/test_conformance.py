"""What every family in the registry must do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from yingshe.pairs import Pairs
from yingshe.tasks import FAMILIES, NonStationary

TASKS = 128
SHOTS = 4
N = SHOTS + 1
# Of the mean of TASKS standardized squared errors whose tails are heavier than the normal ones.
CALIBRATION_MARGIN = 0.5

VARIANTS = {name: FAMILIES[name]() for name in FAMILIES} | {
    # Changes must be frequent for their errors to average out.
    "drifting abruptly": NonStationary(kind="abrupt", autocorrelation=0.7),
}
NOISE_FREE = {"sinusoid"}  # after two pairs nothing is uncertain


class Case:
    """A batch of tasks, and the oracle's predictions of their pairs 0 and SHOTS; compiled once."""

    def __init__(self, name):
        self.family = VARIANTS[name]
        self.keys = jax.random.split(jax.random.key(0), TASKS)
        self.sample = jax.jit(jax.vmap(lambda key: self.family.sample(key, N)))
        self.tasks = self.sample(self.keys)

        def predict(pairs, shots):
            x = jax.lax.dynamic_slice_in_dim(pairs.x, shots, 1)
            return self.family.oracle(pairs.masked(jnp.arange(N) < shots), x)

        self._predict = jax.jit(jax.vmap(predict, in_axes=(0, None)))

    def predict(self, tasks, shots):
        if self.family.oracle is None:
            pytest.skip("the Bayes-optimal predictor of this family is not known")
        return self._predict(tasks, shots)

    def target(self, shots):
        return self.tasks.y[:, shots : shots + 1]


@pytest.fixture(scope="module", params=list(VARIANTS))
def case(request):
    return request.param, Case(request.param)


def test_a_sample_has_the_promised_shapes_and_is_finite(case):
    _, case = case
    assert case.tasks.x.shape == (TASKS, N, case.family.x_dim)
    assert case.tasks.y.shape == (TASKS, N, case.family.y_dim)
    assert case.tasks.mask.all()
    assert np.isfinite(case.tasks.x).all()
    assert np.isfinite(case.tasks.y).all()


def test_a_key_decides_the_task(case):
    _, case = case
    again = case.sample(case.keys)
    np.testing.assert_array_equal(again.x, case.tasks.x)
    np.testing.assert_array_equal(again.y, case.tasks.y)
    assert len(np.unique(case.tasks.y[:, 0, 0])) == TASKS


@pytest.mark.slow
def test_the_oracle_is_finite_and_beats_the_prior(case):
    _, case = case
    errors = []
    for shots in (0, SHOTS):
        prediction = case.predict(case.tasks, shots)
        assert prediction.mean.shape == (TASKS, 1, case.family.y_dim)
        assert np.isfinite(prediction.mean).all()
        assert (prediction.variance > 0).all()
        assert np.isfinite(prediction.log_prob(case.target(shots))).all()
        # Both against the same targets, so that luck in them cancels.
        errors.append(np.mean((prediction.mean - case.target(shots)) ** 2))
    assert errors[1] < errors[0]


def test_the_oracle_is_calibrated(case):
    name, case = case
    for shots in (0,) if name in NOISE_FREE else (0, SHOTS):
        prediction = case.predict(case.tasks, shots)
        squares = (prediction.mean - case.target(shots)) ** 2 / prediction.variance
        assert abs(np.mean(squares) - 1.0) < CALIBRATION_MARGIN


def test_the_oracle_ignores_padding(case):
    _, case = case
    real = jnp.arange(N) < SHOTS - 1
    clean = case.tasks.masked(real)
    # The last pair is the query, whose y is padding too.
    garbage = jnp.where(real[:, None], 0.0, 1e3)
    dirty = Pairs(clean.x + garbage.at[SHOTS].set(0.0), clean.y + garbage, clean.mask)
    expected, got = case.predict(clean, SHOTS), case.predict(dirty, SHOTS)
    np.testing.assert_allclose(got.mean, expected.mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(got.variance, expected.variance, rtol=1e-6)
