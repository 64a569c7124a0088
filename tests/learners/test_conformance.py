"""Contract of `Learner`, which every learner keeps."""

import inspect

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from yingshe.learners import (
    LEARNERS,
    Learner,
    StandardizedLearner,
    hyperparameters,
    observe_all,
    scan_prequential,
)
from yingshe.pairs import Pairs
from yingshe.standardizer import Standardizer

N, X_DIM, Y_DIM = 9, 2, 2
CASES = [
    (name, likelihood)
    for name in LEARNERS
    for likelihood in ("gaussian", "categorical")
    if name not in ("value_iteration_network", "candidate_ranker")
    and (name, likelihood) != ("matching_network", "gaussian")
]
# Networks share their way from raw numbers to predictions: of the four, one stands for all.
CASES += [(name, "point") for name in ("attentive_process", "gru", "rls", "gradient_descent")]
CASES += [("value_iteration_network", "point"), ("candidate_ranker", "categorical")]


def _pairs(likelihood: str) -> Pairs:
    x_key, y_key = jax.random.split(jax.random.key(3))
    x = jax.random.normal(x_key, (N, X_DIM))
    y = jnp.sin(2 * x) + 0.1 * jax.random.normal(y_key, (N, Y_DIM))
    if likelihood == "categorical":
        y = jax.nn.one_hot(jnp.argmax(y, axis=1), Y_DIM)
    return Pairs(x, y, jnp.arange(N) % 4 != 2)  # padding may stand anywhere


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(case))
def case(request):
    name, likelihood = request.param
    return _learner(name, likelihood), _pairs(likelihood)


@eqx.filter_jit
def _learner(name: str, likelihood: str) -> Learner:
    """Away from the initial parameters, where a zero may hide a wrong term."""
    learner = LEARNERS[name](X_DIM, Y_DIM, likelihood=likelihood, key=jax.random.key(0))
    arrays, rest = eqx.partition(learner, eqx.is_inexact_array)
    flat, unravel = ravel_pytree(arrays)
    flat += 0.05 * jax.random.normal(jax.random.key(1), flat.shape)
    return eqx.combine(unravel(flat), rest)


def _close(a, b, tolerance=1e-4):
    for left, right in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance)


def test_prequential_is_predict_then_observe(case):
    learner, pairs = case
    fast = eqx.filter_jit(type(learner).prequential)(learner, pairs)
    slow = eqx.filter_jit(scan_prequential)(learner, pairs)
    real = np.asarray(pairs.mask)
    _close(*(jax.tree.map(lambda leaf: leaf[real], p) for p in (fast, slow)), tolerance=1e-3)


def test_padding_changes_nothing(case):
    learner, pairs = case
    real = np.asarray(pairs.mask)
    changed = Pairs(
        jnp.where(real[:, None], pairs.x, 7.0), jnp.where(real[:, None], pairs.y, -9.0), real
    )
    prequential = eqx.filter_jit(type(learner).prequential)
    left, right = (prequential(learner, p) for p in (pairs, changed))
    _close(*(jax.tree.map(lambda leaf: leaf[real], p) for p in (left, right)))
    read = eqx.filter_jit(lambda p: observe_all(learner, learner.init_state(), p))
    _close(read(pairs), read(changed))


def test_state_is_arrays_of_constant_size(case):
    learner, pairs = case
    before = learner.init_state()
    after = eqx.filter_jit(type(learner).observe)(learner, before, pairs.x[0], pairs.y[0])
    assert jax.tree.structure(before) == jax.tree.structure(after)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert isinstance(new, jax.Array)
        assert (old.shape, old.dtype) == (new.shape, new.dtype)


def test_loss_has_finite_gradients_even_with_padding(case):
    learner, pairs = case

    @eqx.filter_jit
    @eqx.filter_grad
    def gradient(learner):
        losses = learner.prequential(pairs).loss(pairs.y)
        return jnp.sum(jnp.where(pairs.mask, losses, 0.0))

    leaves = jax.tree.leaves(gradient(learner))
    assert leaves
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in leaves)
    assert any(bool(jnp.any(leaf != 0)) for leaf in leaves)


@pytest.mark.parametrize("name", LEARNERS)
def test_every_argument_but_the_key_is_a_static_field(name):
    cls = LEARNERS[name]
    learner = cls(3, 2, key=jax.random.key(0))
    again = cls(**hyperparameters(learner), key=jax.random.key(0))
    assert jax.tree.structure(learner) == jax.tree.structure(again)
    parameters = inspect.signature(cls).parameters
    assert list(parameters)[:2] == ["x_dim", "y_dim"]
    assert all(
        p.kind is p.KEYWORD_ONLY for n, p in parameters.items() if n not in ("x_dim", "y_dim")
    )


@pytest.mark.slow
def test_a_standardized_learner_works_in_the_users_units():
    inner = LEARNERS["rls"](X_DIM, Y_DIM, num_features=0, key=jax.random.key(0))
    standardizer = Standardizer(
        *(jnp.asarray(v) for v in ([5.0, -1.0], [2.0, 0.5], [100.0, 3.0], [10.0, 1.0]))
    )
    pairs = _pairs("gaussian")
    outside = Pairs(
        pairs.x * standardizer.x_scale + standardizer.x_mean,
        pairs.y * standardizer.y_scale + standardizer.y_mean,
        pairs.mask,
    )
    wrapped = StandardizedLearner(inner, standardizer).prequential(outside)
    standardized = inner.prequential(pairs)
    np.testing.assert_allclose(
        wrapped.mean, standardized.mean * standardizer.y_scale + standardizer.y_mean, rtol=1e-4
    )
    np.testing.assert_allclose(
        wrapped.variance, standardized.variance * standardizer.y_scale**2, rtol=1e-4
    )
