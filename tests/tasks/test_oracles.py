"""Bayes-optimal predictors against independent computations in float64."""

import itertools
import math

import hypothesis as hp
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ExpSineSquared, Matern

from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.tasks import (
    GaussianProcess,
    Linear,
    Mixture,
    NonStationary,
    Polynomial,
    Sawtooth,
    Sinusoid,
    oracle_prequential,
)

QUERY = np.array([[-1.5], [-0.3], [0.4], [1.9]])


def draw(family, n, seed=0) -> Pairs:
    return jax.jit(lambda key: family.sample(key, n))(jax.random.key(seed))


def double(*arrays):
    return (np.asarray(a, np.float64) for a in arrays)


def gaussian_predictive(covariance, cross, query_variance, y, noise):
    """Mean and variance of y at the queries, by the textbook formula."""
    gain = np.linalg.solve(covariance + noise**2 * np.eye(len(y)), cross).T
    return gain @ y, query_variance - np.sum(gain * cross.T, axis=1) + noise**2


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        ("eq", RBF(0.25)),
        ("matern52", Matern(0.25, nu=2.5)),
        ("weakly_periodic", RBF(0.5) * ExpSineSquared(length_scale=1.0, periodicity=0.25)),
    ],
)
def test_gaussian_process_agrees_with_scikit_learn(name, kernel):
    family = GaussianProcess(name)
    support = draw(family, 12)
    reference = GaussianProcessRegressor(kernel, alpha=family.noise_std**2, optimizer=None)
    reference.fit(*double(support.x, support.y[:, 0]))
    mean, deviation = reference.predict(QUERY, return_std=True)
    got = jax.jit(family.oracle)(support, jnp.array(QUERY))
    np.testing.assert_allclose(got.mean[:, 0], mean, atol=1e-4)
    np.testing.assert_allclose(got.variance[:, 0], deviation**2 + family.noise_std**2, atol=1e-4)
    evidence = reference.log_marginal_likelihood_value_
    np.testing.assert_allclose(
        jax.jit(family.log_marginal_likelihood)(support), evidence, rtol=1e-4
    )


def test_linear_agrees_with_the_closed_form():
    family = Linear(x_dim=3, y_dim=2, noise_std=0.5, coefficient_scale=2.0, intercept_scale=0.7)
    support = draw(family, 5)
    query = draw(family, 4, seed=1).x
    scale = np.array([2.0, 2.0, 2.0, 0.7])
    phi, phi_query = (scale * np.c_[x, np.ones(len(x))] for x in double(support.x, query))
    mean, variance = gaussian_predictive(
        phi @ phi.T, phi @ phi_query.T, np.sum(phi_query**2, axis=1), np.asarray(support.y), 0.5
    )
    got = jax.jit(family.oracle)(support, query)
    np.testing.assert_allclose(got.mean, mean, atol=1e-5)
    np.testing.assert_allclose(got.variance[:, 0], variance, rtol=1e-5)


@pytest.mark.parametrize("shots", [21, 40])
def test_linear_without_noise_is_known_after_as_many_pairs_as_coefficients(shots):
    family = Linear(x_dim=20, noise_std=0.0, intercept_scale=0.0)
    keys = jax.random.split(jax.random.key(2), 200)
    tasks = jax.jit(jax.vmap(lambda key: family.sample(key, shots + 1)))(keys)
    got = jax.jit(jax.vmap(lambda task: family.oracle(task[:shots], task.x[shots:])))(tasks)
    # 20 is the variance of y; 21 random pairs are sometimes nearly dependent.
    assert np.mean((got.mean - tasks.y[:, shots:]) ** 2) < 1e-4 * 20


def test_polynomial_agrees_with_numpys_legendre_basis():
    family = Polynomial(degree=4, noise_std=0.2, scale=3.0)
    support = draw(family, 7)
    query = np.linspace(-1, 1, 5)[:, None]
    scale = 3.0 / math.sqrt(5) * np.sqrt(2 * np.arange(5) + 1)
    phi, phi_query = (
        np.polynomial.legendre.legvander(x[:, 0], 4) * scale for x in double(support.x, query)
    )
    mean, variance = gaussian_predictive(
        phi @ phi.T, phi @ phi_query.T, np.sum(phi_query**2, axis=1), np.asarray(support.y), 0.2
    )
    got = jax.jit(family.oracle)(support, jnp.array(query))
    np.testing.assert_allclose(got.mean, mean, atol=1e-4)
    np.testing.assert_allclose(got.variance[:, 0], variance, rtol=1e-3)
    np.testing.assert_allclose(family.covariance(support.x, support.x), phi @ phi.T, atol=1e-4)


@jax.jit
def predict_by_three(support: Pairs):
    families = (Linear(noise_std=0.3), GaussianProcess(), NonStationary(Linear(noise_std=0.3)))
    return [family.oracle(support, jnp.array(QUERY)) for family in families]


@hp.settings(max_examples=10, deadline=None, derandomize=True)
@hp.given(real=st.lists(st.booleans(), min_size=8, max_size=8))
def test_it_does_not_matter_where_padding_stands(real):
    support = draw(Linear(noise_std=0.3), 8).masked(jnp.array(real))
    order = np.argsort(~np.array(real), stable=True)
    padding_last = Pairs(support.x[order], support.y[order], support.mask[order])
    for got, expected in zip(
        predict_by_three(support), predict_by_three(padding_last), strict=True
    ):
        np.testing.assert_allclose(got.mean, expected.mean, atol=2e-4)
        np.testing.assert_allclose(got.variance, expected.variance, rtol=2e-4)


def test_padding_is_as_if_it_were_not_there():
    support = draw(Linear(noise_std=0.3), 8)
    padded = predict_by_three(support.masked(jnp.arange(8) < 5))
    for got, expected in zip(padded, predict_by_three(support[:5]), strict=True):
        np.testing.assert_allclose(got.mean, expected.mean, atol=2e-4)
        np.testing.assert_allclose(got.variance, expected.variance, rtol=2e-4)


def dense_sinusoid(x, y, query, noise, points=1500):
    """Mean and variance of y by a product grid over (A, φ)."""
    a = 0.1 + 4.9 * (np.arange(points) + 0.5)[:, None] / points
    phase = np.pi * (np.arange(points) + 0.5) / points
    log_weights = sum(
        norm.logpdf(y_i, a * np.sin(x_i - phase), noise) for x_i, y_i in zip(x, y, strict=True)
    )
    weights = np.exp(log_weights - np.max(log_weights))
    weights /= np.sum(weights)
    values = [a * np.sin(q - phase) for q in query]
    means = np.array([np.sum(weights * v) for v in values])
    squares = np.array([np.sum(weights * v**2) for v in values])
    return means, squares - means**2 + noise**2


@pytest.mark.slow
def test_sinusoid_agrees_with_a_dense_grid():
    family = Sinusoid(noise_std=0.3)
    support = Pairs(jnp.array([[1.0], [-2.4]]), jnp.array([[1.2], [-0.6]]))
    predict = jax.jit(family.oracle)
    for shots in (1, 2):
        x, y, query = double(support.x[:shots, 0], support.y[:shots, 0], QUERY[:, 0])
        mean, variance = dense_sinusoid(x, y, query, 0.3)
        got = predict(support.masked(jnp.arange(2) < shots), jnp.array(QUERY))
        np.testing.assert_allclose(got.mean[:, 0], mean, atol=0.01)
        np.testing.assert_allclose(got.variance[:, 0], variance, rtol=0.02)


def test_sinusoid_without_noise_is_a_curve_after_one_pair_and_a_point_after_two():
    support = Pairs(jnp.array([[0.7], [2.9]]), jnp.array([[1.3], [2.2]]))
    predict = jax.jit(Sinusoid().oracle)
    # One pair: A = y / sin(x − φ) where that is an amplitude, with density 1 / |sin(x − φ)| over φ.
    phase = np.pi * (np.arange(200_000) + 0.5) / 200_000
    wave = np.sin(0.7 - phase)
    amplitude = 1.3 / wave
    weights = np.where((amplitude > 0.1) & (amplitude < 5.0), 1 / np.abs(wave), 0.0)
    values = amplitude * np.sin(QUERY - phase)
    mean = np.average(values, axis=1, weights=weights)
    variance = np.average((values - mean[:, None]) ** 2, axis=1, weights=weights)
    got = predict(support.masked(jnp.array([True, False])), jnp.array(QUERY))
    np.testing.assert_allclose(got.mean[:, 0], mean, atol=0.01)
    np.testing.assert_allclose(got.variance[:, 0], variance, rtol=0.02)
    # Two pairs: two linear equations for A cos φ and A sin φ.
    x, y = double(support.x, support.y)
    parts = np.linalg.solve(np.c_[np.sin(x), -np.cos(x)], y)
    got = predict(support, jnp.array(QUERY))
    np.testing.assert_allclose(got.mean, np.c_[np.sin(QUERY), -np.cos(QUERY)] @ parts, atol=5e-3)


@pytest.mark.slow
def test_sinusoid_with_random_frequency_finds_the_wave():
    family = Sinusoid.meta_sgd()
    keys = jax.random.split(jax.random.key(4), 50)
    tasks = jax.jit(jax.vmap(lambda key: family.sample(key, 9)))(keys)
    got = jax.jit(jax.vmap(lambda task: family.oracle(task[:8], task.x[8:])))(tasks)
    assert np.max((got.mean - tasks.y[:, 8:]) ** 2) < 1e-2  # of a variance of 4


@pytest.mark.slow
def test_sawtooth_agrees_with_a_dense_grid():
    family = Sawtooth()
    support = Pairs(
        jnp.array([[0.31], [-1.2], [0.05], [1.7]]), jnp.array([[0.52], [0.11], [0.93], [0.4]])
    )
    predict = jax.jit(family.oracle)
    evidence = jax.jit(family.log_marginal_likelihood)
    cells, phases = 800, 300
    frequency = 3 + 2 * (np.arange(cells) + 0.5) / cells
    signed = np.r_[-frequency, frequency][:, None]
    phase = (np.arange(phases) + 0.5) / phases
    y_query = np.array([[0.1], [0.5], [0.9], [0.03]])
    values = [(signed * q - phase) % 1.0 for q in QUERY[:, 0]]
    log_weights = np.full((2 * cells, phases), -math.log(2 * cells * phases))
    for shots in range(5):
        got = predict(support.masked(jnp.arange(4) < shots), jnp.array(QUERY))
        total = logsumexp(log_weights)
        for i, value in enumerate(values):
            mean = np.sum(np.exp(log_weights - total) * value)
            np.testing.assert_allclose(got.mean[i, 0], mean, atol=0.01)
            density = logsumexp(log_weights - total + norm.logpdf(y_query[i], value, 0.05))
            got_density = got.log_prob(jnp.broadcast_to(jnp.array(y_query[i]), (4, 1)))[i]
            # 4,096 points: less exact in the tails
            np.testing.assert_allclose(got_density, density, atol=0.06, rtol=0.02)
        got_evidence = evidence(support.masked(jnp.arange(4) < shots))
        np.testing.assert_allclose(got_evidence, total, atol=0.03)
        if shots < 4:
            x, y = (float(a[shots, 0]) for a in (support.x, support.y))
            log_weights += norm.logpdf(y, (signed * x - phase) % 1.0, 0.05)


def test_gradual_drift_is_the_familys_covariance_times_a_power_of_the_correlation():
    family = NonStationary(Linear(noise_std=0.2), autocorrelation=0.8)
    support = draw(family, 6)
    (x,) = double(support.x[:, 0])
    step = np.arange(6)
    covariance = (1 + np.outer(x, x)) * 0.8 ** np.abs(step[:, None] - step)
    cross = (1 + np.outer(x, QUERY[:, 0])) * 0.8 ** (6 - step)[:, None]
    mean, variance = gaussian_predictive(
        covariance, cross, 1 + QUERY[:, 0] ** 2, np.asarray(support.y), 0.2
    )
    got = jax.jit(family.oracle)(support, jnp.array(QUERY))
    np.testing.assert_allclose(got.mean, mean, atol=1e-4)
    np.testing.assert_allclose(got.variance[:, 0], variance, rtol=1e-4)


def test_abrupt_drift_weighs_every_history_of_changes():
    family = NonStationary(Linear(noise_std=0.2), kind="abrupt", autocorrelation=0.8)
    support = draw(family, 4, seed=3)
    x, y = double(support.x[:, 0], support.y[:, 0])
    x_query, y_query = 0.6, 0.9
    x, y = np.r_[x, x_query], np.r_[y, y_query]
    joint = {4: [], 5: []}  # log p(y_1..y_n, changes) for every history of changes
    for n, terms in joint.items():
        for changes in itertools.product((0, 1), repeat=n - 1):
            task = np.cumsum(np.r_[0, changes])
            covariance = (1 + np.outer(x[:n], x[:n])) * (task[:n, None] == task[:n])
            prior = sum(math.log(0.2 if change else 0.8) for change in changes)
            noisy = covariance + 0.04 * np.eye(n)
            terms.append(prior + multivariate_normal.logpdf(y[:n], np.zeros(n), noisy))
    expected = logsumexp(joint[5]) - logsumexp(joint[4])
    got = jax.jit(family.oracle)(support, jnp.array([[x_query]]))
    np.testing.assert_allclose(got.log_prob(jnp.array([[y_query]])), expected, atol=1e-4)


@pytest.mark.parametrize("how", ["gradual", "abrupt"])
def test_drifting_tasks_are_correlated_as_promised(how):
    constants = Polynomial(degree=0, noise_std=0.0)
    family = NonStationary(constants, kind=how, autocorrelation=0.7)
    keys = jax.random.split(jax.random.key(5), 20_000)
    y = jax.jit(jax.vmap(lambda key: family.sample(key, 4).y[:, 0]))(keys)
    # The standard error of a covariance of 20,000 draws is at most 0.01.
    expected = 0.7 ** np.abs(np.arange(4)[:, None] - np.arange(4))
    np.testing.assert_allclose(y.T @ y / len(keys), expected, atol=0.04)


@pytest.mark.slow
def test_mixture_weighs_its_members_by_their_evidence():
    members = (GaussianProcess("eq"), GaussianProcess("matern52"), Linear(noise_std=0.3))
    family = Mixture(members)
    support = draw(family, 6)
    x, y = jnp.array(QUERY), jnp.array([[0.3], [-1.0], [0.2], [2.0]])
    evidence = np.array([jax.jit(member.log_marginal_likelihood)(support) for member in members])
    densities = np.array([jax.jit(member.oracle)(support, x).log_prob(y) for member in members])
    expected = logsumexp(evidence[:, None] + densities, axis=0) - logsumexp(evidence)
    got = jax.jit(family.oracle)(support, x)
    np.testing.assert_allclose(got.log_prob(y), expected, atol=1e-4)
    total = logsumexp(evidence) - math.log(3)
    np.testing.assert_allclose(jax.jit(family.log_marginal_likelihood)(support), total, atol=1e-4)
    assert Mixture((Sinusoid(), Linear())).oracle is None


@pytest.mark.slow
def test_prequential_predicts_each_pair_from_those_before_it():
    family = GaussianProcess()
    pairs = draw(family, 5).masked(jnp.array([True, True, False, True, True]))
    got = jax.jit(lambda pairs: oracle_prequential(family.oracle, pairs))(pairs)
    predict = jax.jit(family.oracle)
    for t in range(5):
        expected = predict(pairs.masked(jnp.arange(5) < t), pairs.x[t : t + 1])
        np.testing.assert_allclose(got.mean[t], expected.mean[0], atol=1e-5)
        np.testing.assert_allclose(got.variance[t], expected.variance[0], atol=1e-5)
    # The chain rule: one-step-ahead densities multiply to the evidence.
    total = jnp.sum(got.log_prob(pairs.y) * pairs.mask)
    np.testing.assert_allclose(total, family.log_marginal_likelihood(pairs), rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianProcess(length_scale=0.0), "above 0"),
        (lambda: Linear(noise_std=-1.0), "0 or more"),
        (lambda: Polynomial(degree=-1), "0 or more"),
        (lambda: Sinusoid(amplitude=(5.0, 0.1)), "low ≤ high"),
        (lambda: Sawtooth(frequency=(0.0, 5.0)), "0 < low"),
        (lambda: Mixture(()), "one family or more"),
        (lambda: Mixture((Linear(x_dim=2), Sawtooth())), "same numbers"),
        (lambda: NonStationary(autocorrelation=1.5), r"in \[0, 1\]"),
        (lambda: NonStationary(Mixture()), "kind='abrupt'"),
    ],
)
def test_options_that_make_no_sense_are_refused(make, message):
    with pytest.raises(UserError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "nearest"),
    [
        (lambda: GaussianProcess("mattern52"), "matern52"),
        (lambda: NonStationary(kind="gradually"), "gradual"),
    ],
)
def test_a_misspelt_option_suggests_the_nearest(make, nearest):
    jaxtyping.config.update("jaxtyping_disable", True)  # which would refuse it in its own words
    try:
        with pytest.raises(UserError, match=f"Did you mean '{nearest}'"):
            make()
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)
